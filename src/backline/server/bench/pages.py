"""Public pages and clicks: how many a core serves, how long a fan waits, how much a page weighs."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

import apsw
import brotli

from backline.sandbox import invented
from backline.server.bench.house import House, end_with_this_process, free_ports, house
from backline.server.bench.load import SERVER_CORE, closed_loop, missing_tools
from backline.server.bench.results import Bench, Result, at_least, at_most, skipped, told
from backline.server.bench.stream import open_loop
from backline.server.children import http_answers
from backline.server.commands import CommandError

Tell = Callable[[str], None]

DEMO_SLUG = "oleander-pike"
ROUNDS = 3
CONNECTIONS = 128
_BROWSER = {"User-Agent": "Mozilla/5.0 (iPhone)", "Accept-Language": "de", "Accept-Encoding": "gzip, deflate, br"}
SECONDS = 8
PAGE_BYTES = 14 * 1024


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of the demo artist's hub, of the release's page with the most services, and of a click there."""

    hub: str
    page: str
    click: str


@contextmanager
def published() -> Iterator[tuple[House, Addresses]]:
    """Give a house whose demo artist is imported, with nothing running but the database."""
    with house(BACKLINE_TRUSTED_PROXIES="127.0.0.1") as here:
        here.start("sandbox")
        here.start("worker")
        here.start("play")
        url = f"https://open.spotify.com/artist/{invented.DEMO_ARTIST_ID}"
        hub = here.json("artist", "import", url, "--wait")["hub_url"]
        pages = {page: _clicks(page) for page in _pages(hub)}
        fullest = max(pages, key=lambda page: len(pages[page]))
        for program in ("play", "worker", "sandbox"):
            here.stop(program)
        yield here, Addresses(hub, fullest, pages[fullest][0])


def first_click(here: House) -> str:
    """Return the address of a destination on one of the demo artist's pages; play must run."""
    return next(click for page in _pages(f"{here.url('play')}/{DEMO_SLUG}") for click in _clicks(page))


def _pages(hub: str) -> list[str]:
    """Return the addresses of an artist's pages, as the hub links to them."""
    found = re.findall(r'href="([^"#?]+)"', _get(hub).decode())
    pages = (urljoin(hub, address) for address in dict.fromkeys(found))
    return [page for page in pages if re.fullmatch(re.escape(hub) + "/[a-z0-9-]+", page)]


def _clicks(page: str) -> list[str]:
    """Return the addresses of a page's destinations."""
    found = re.findall(r'href="([^"]*/go/[a-z0-9-]+)', _get(page).decode())
    return [urljoin(page, address) for address in dict.fromkeys(found)]


def _get(url: str, **headers: str) -> bytes:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return bytes(answer.read())


def page_throughput(tell: Tell) -> Sequence[Result]:
    """Measure pages per second on one core against nginx serving the same bytes, and waiting at half load."""
    missing = missing_tools("wrk", "nginx", "taskset")
    if missing:
        return [skipped("page_throughput", missing)]
    with published() as (here, addresses):
        here.start("play", cores=[SERVER_CORE])
        body = _get(addresses.page, **_BROWSER)
        with _nginx(body) as nginx_url:
            for url in (addresses.page, nginx_url):
                closed_loop(url, seconds=2, connections=CONNECTIONS)
            rounds = []
            for number in range(ROUNDS):  # in turns, so that a disturbance of the machine meets both
                tell(f"  round {number + 1} of {ROUNDS}: play, then nginx, closed loop")
                rounds.append(
                    (
                        closed_loop(addresses.page, seconds=4, connections=CONNECTIONS),
                        closed_loop(nginx_url, seconds=4, connections=CONNECTIONS),
                    )
                )
        play = median(play.per_second for play, _ in rounds)
        nginx = median(nginx.per_second for _, nginx in rounds)
        tell("  play, open loop at half load")
        waiting = open_loop(addresses.page, rate=play / 2, seconds=SECONDS / 2)
    if failed := waiting.errors + sum(each.errors for both in rounds for each in both):
        raise CommandError(f"{failed} requests for pages failed in the measurement.")
    return [
        told("page_throughput", round(play), "pages/s, one core", f"wrk, closed loop, {CONNECTIONS} connections"),
        told("page_throughput_nginx", round(nginx), "pages/s, one core", f"nginx, {len(body)} bytes from disk"),
        at_least(
            "page_throughput_ratio",
            median(play.per_second / nginx.per_second for play, nginx in rounds),
            "of nginx",
            0.35,
            f"nginx, same run, median of {ROUNDS} rounds",
        ),
        at_most(
            "page_p99", waiting.p99_ms, "ms", 10, f"open loop at {waiting.per_second:,.0f}/s (half load), median of 3"
        ),
    ]


def redirect_throughput(tell: Tell) -> Sequence[Result]:
    """Measure clicks per second on one core, each event on disk before its answer, and waiting at half load."""
    missing = missing_tools("wrk", "taskset")
    if missing:
        return [skipped("redirect_throughput", missing)]
    with published() as (here, addresses):
        here.start("play", cores=[SERVER_CORE])
        closed_loop(addresses.click, seconds=2, connections=CONNECTIONS)
        before = _events_on_disk(here)
        memory = here.private_bytes("play")
        tell("  closed loop")
        clicks = closed_loop(addresses.click, seconds=SECONDS, connections=CONNECTIONS)
        written = _events_on_disk(here) - before
        kept = max(0, here.private_bytes("play") - memory) / clicks.requests
        tell("  open loop at half of it")
        waiting = open_loop(addresses.click, rate=clicks.per_second / 2, seconds=SECONDS / 2)
    if clicks.errors or waiting.errors:
        raise CommandError(f"{clicks.errors + waiting.errors} clicks failed in the measurement.")
    return [
        at_least(
            "redirect_throughput",
            round(clicks.per_second),
            "clicks/s, one core",
            10_000,
            f"wrk, closed loop, {CONNECTIONS} connections",
        ),
        at_most(
            "redirect_p99",
            waiting.p99_ms,
            "ms",
            15,
            f"open loop at {waiting.per_second:,.0f}/s (half load), median of 3",
        ),
        at_most(
            "redirect_events_missing", max(0, clicks.requests - written), "events", 0, f"{clicks.requests:,} answers"
        ),
        at_most("redirect_memory", round(kept, 1), "bytes kept per click", 20, "more memory after them than before"),
    ]


def two_cores(tell: Tell) -> Sequence[Result]:
    """Measure pages and clicks of two processes on two cores, beside nginx with two processes on the same."""
    missing = missing_tools("wrk", "nginx", "taskset")
    available = sorted(os.sched_getaffinity(0))
    if missing or len(available) < 2:
        return [skipped("two_cores", missing or "this machine has one core")]
    servers = available[:2]
    clients = available[2:4] or servers
    where = "the client on cores of its own" if clients is not servers else "the client on the same two cores"
    with published() as (here, addresses):
        here.environ["BACKLINE_PLAY_PROCESSES"] = "2"
        here.start("play", cores=servers)
        body = _get(addresses.page, **_BROWSER)
        rounds = []
        with _nginx(body, servers) as nginx_url:
            click_url = nginx_url.removesuffix("page") + "click"
            urls = (addresses.page, nginx_url, addresses.click, click_url)
            for number in range(ROUNDS + 1):  # the first one to get warm
                tell(f"  round {number} of {ROUNDS}: play, then nginx, pages, then clicks")
                took = [
                    closed_loop(url, seconds=3 if number else 1, connections=CONNECTIONS, cores=clients) for url in urls
                ]
                rounds += [took] if number else []
    if failed := sum(each.errors for took in rounds for each in took):
        raise CommandError(f"{failed} requests failed in the measurement.")
    page, page_nginx, click, click_nginx = (median(took[place].per_second for took in rounds) for place in range(4))
    return [
        told("page_two_cores", round(page), "pages/s, two cores", f"2 processes of play, {where}"),
        told("page_two_cores_nginx", round(page_nginx), "pages/s, two cores", f"2 processes of nginx, {where}"),
        told("page_two_cores_ratio", round(page / page_nginx, 3), "of nginx", f"median of {ROUNDS} rounds"),
        told("click_two_cores", round(click), "clicks/s, two cores", "each event on disk before its answer"),
        told("click_two_cores_nginx", round(click_nginx), "redirects/s, two cores", "nginx, nothing written"),
        told("click_two_cores_ratio", round(click / click_nginx, 3), "of nginx", f"median of {ROUNDS} rounds"),
    ]


def page_weight(tell: Tell) -> Sequence[Result]:
    """Weigh a release's page and the hub, compressed, with everything they load that is no picture."""
    results = []
    with published() as (here, addresses):
        here.start("play")
        for name, url in (("page_weight", addresses.page), ("hub_weight", addresses.hub)):
            tell(f"  {url.removeprefix(here.url('play'))}")
            html = _get(url).decode()
            loaded = re.findall(r'<script[^>]+src="([^"]+)"', html)
            loaded += re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"', html)
            elsewhere = [address for address in loaded if not urljoin(url, address).startswith(here.url("play"))]
            parts = [_get(url, **{"Accept-Encoding": "br"}), *(_get(urljoin(url, address)) for address in loaded)]
            plain = [html.encode(), *parts[1:]]
            weights = {
                "br": len(parts[0]) + sum(len(brotli.compress(part)) for part in parts[1:]),
                "gzip": sum(len(gzip.compress(part, 6)) for part in plain),
            }
            results.append(at_most(name, weights["br"], "bytes, brotli", PAGE_BYTES, f"{weights['gzip']} with gzip"))
            results.append(at_most(f"{name}_third_party", len(elsewhere), "requests elsewhere", 0))
    return results


def _events_on_disk(here: House) -> int:
    """Count what the spools hold."""
    total = 0
    for spool in (here.home / "spool").glob("*.spool"):
        connection = apsw.Connection(str(spool), flags=apsw.SQLITE_OPEN_READONLY)
        total += next(connection.execute("SELECT count(*) FROM events"))[0]
        connection.close()
    return total


@contextmanager
def _nginx(body: bytes, cores: Sequence[int] = (SERVER_CORE,)) -> Iterator[str]:
    """Serve the bytes as a file with nginx, a process for each core; ``/click`` beside it is a redirect."""
    program = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="backline-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "page").write_bytes(body)
        (folder / "page").chmod(0o644)
        (folder / "nginx.conf").write_text(
            f"daemon off; worker_processes {len(cores)}; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{ worker_connections 1024; }}\n"
            "http { access_log off; sendfile on; keepalive_requests 1000000000; default_type text/html;\n"
            + "".join(
                f" {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"\n server {{ listen 127.0.0.1:{port} reuseport; root {folder};"
            " location /click { return 302 https://open.spotify.com/album/0123456789abcdefghijkl; } } }\n",
            encoding="utf-8",
        )
        process = subprocess.Popen(  # noqa: S603
            ["taskset", "-c", ",".join(map(str, cores)), str(program), "-c", str(folder / "nginx.conf")],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_this_process(),  # noqa: PLW1509  # one thread here
        )
        try:
            url = f"http://127.0.0.1:{port}/page"
            for _ in range(500):
                if http_answers(url):
                    break
            yield url
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)


BENCHES = (
    Bench("page_throughput", "pages from memory, full path, against nginx with the same bytes", page_throughput),
    Bench("redirect_throughput", "click redirects, each event on disk before its answer", redirect_throughput),
    Bench("two_cores", "pages and clicks with two processes on two cores, against nginx with two", two_cores),
    Bench("page_weight", "compressed size of a release's page and of the hub", page_weight),
)
