"""Load in a closed loop, by wrk: as many requests as answers come back.

It finds the most a server does, and says nothing honest about waiting; that is what :mod:`stream` is for.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CLIENT_CORE = 1
SERVER_CORE = 0


@dataclass(frozen=True, slots=True)
class Throughput:
    """What wrk saw: answers per second, their number, and how many were not 2xx or 3xx or did not come."""

    per_second: float
    requests: int
    errors: int


def visitors(count: int = 997) -> list[str]:
    """Return invented public addresses of visitors, spread over the address space."""
    return [
        f"{20 + number * 7 % 200}.{number * 13 % 250}.{number * 29 % 250}.{number % 250}" for number in range(count)
    ]


def missing_tools(*names: str) -> str:
    """Return a sentence naming the programs that are not there, empty when all are."""
    gone = [name for name in names if shutil.which(name, path="/usr/local/bin:/usr/bin:/bin:/usr/sbin") is None]
    return f"{' and '.join(gone)} not installed" if gone else ""


def closed_loop(
    url: str, *, seconds: int, connections: int = 64, paths: Sequence[str] = (), cores: Sequence[int] = (CLIENT_CORE,)
) -> Throughput:
    """Run wrk against ``url``, or the ``paths`` on its server in turn, every request from another fan.

    wrk has a thread for each of ``cores``, normally a core of its own that the server does not use.
    The requests are made beforehand: a script that formats each one stops at about 50,000 a second.
    """
    parts = urlsplit(url)
    paths = paths or [f"{parts.path}{'?' + parts.query if parts.query else ''}"]
    fans = visitors()
    script = (
        'wrk.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 '
        '(KHTML, like Gecko) Version/18.2 Mobile/15E148 Safari/604.1"\n'
        'wrk.headers["Accept-Language"] = "de-DE,de;q=0.9,en;q=0.8"\n'
        'wrk.headers["Accept-Encoding"] = "gzip, deflate, br"\n'
        "local requests, turn = {}, 0\n"
        "init = function(words)\n"
        "  for line in io.lines(words[1]) do\n"
        '    local path, fan = line:match("(%S+) (%S+)")\n'
        '    wrk.headers["X-Forwarded-For"] = fan\n'
        '    requests[#requests + 1] = wrk.format("GET", path)\n'
        "  end\n"
        "end\n"
        "request = function()\n"
        "  turn = turn % #requests + 1\n"
        "  return requests[turn]\n"
        "end\n"
    )
    with tempfile.TemporaryDirectory(prefix="backline-wrk-") as folder:
        file = Path(folder) / "visitors.lua"
        file.write_text(script, encoding="utf-8")
        lines = (f"{paths[turn % len(paths)]} {fans[turn % len(fans)]}\n" for turn in range(max(len(paths), len(fans))))
        (Path(folder) / "requests").write_text("".join(lines), encoding="utf-8")
        words = [
            "taskset",
            "-c",
            ",".join(map(str, cores)),
            "wrk",
            f"-t{len(cores)}",
            f"-c{connections}",
            f"-d{seconds}s",
            "-s",
            str(file),
            url,
            "--",
            str(Path(folder) / "requests"),
        ]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    requests = re.search(r"(\d+) requests in", said)
    errors = sum(int(number) for number in re.findall(r"(?:connect|read|write|timeout) (\d+)", said))
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Throughput(
        per_second=float(rate.group(1)) if rate else 0.0,
        requests=int(requests.group(1)) if requests else 0,
        errors=errors + (int(refused.group(1)) if refused else 0),
    )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the client on its own core, and its memory's housekeeping out of the times."""
    cores = os.sched_getaffinity(0)
    if CLIENT_CORE in cores:
        os.sched_setaffinity(0, {CLIENT_CORE})
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        os.sched_setaffinity(0, cores)
