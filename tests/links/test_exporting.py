"""An artist's pages as files: served by Python's plain file server, compared with what play answers."""

from __future__ import annotations

import functools
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.factories.pages import ARTIST_ID, ORIGIN, hub, playlist, release, services
from tests.play.conftest import (  # noqa: F401 the fan and play of the play tests
    Fan,
    database_url,
    fan,
    make_play,
    play,
    publish,
    rows,
    settings,
)
from tests.plugins.stack import free_ports

from backline.contract.pages import Artwork, Gone, Pixels, Redirected, Service, SubLink, Video
from backline.core import media
from backline.core.errors import Rejected
from backline.links import exporting
from backline.links.exporting import Exported

Publish = Callable[..., None]
pytestmark = pytest.mark.django_db(transaction=True)

SLUG = "ines-tallow"
TRACK = f"{SLUG}/t/4aawyAB9vmqN3uQ7FjRGTy"
LOST = "2" * 32 + ".jpg"
"""A picture that a page names and the media folder does not have."""
LINKS = (SubLink("merch", "https://shop.example/x?a=1&b=$2"), SubLink("tickets", "https://tour.example/x"))
FILM = Video("dQw4w9WgXcQ", poster=Artwork(LOST, 480, 360))
ALBUM = release(
    services=services(), sub_links=LINKS, video=FILM, pixels=Pixels(meta="12345"), card_key="3" * 32 + ".png"
)
OTHER = release(
    f"{SLUG}/windfall",
    theme="aurora",
    services=(
        Service("spotify", "https://open.spotify.com/album/1", {"DE": "https://open.spotify.com/album/2"}),
        Service("deezer", "", {"FR": "https://www.deezer.com/album/3"}),
        Service("own-1", "https://music.example/{a}/ü?q='x'&y=~#z"),
    ),
)
LIST = playlist(artwork=None)
MOVED = (
    Redirected(path=f"{SLUG}/letters-1", version=1, to=ALBUM.path),
    Redirected(path=f"{SLUG}/letters-0", version=1, to=f"{SLUG}/letters-1"),
    Redirected(path="ines", version=1, to=SLUG),
    Redirected(path=TRACK, version=1, to=ALBUM.path),
)
GONE = Gone(path=f"{SLUG}/over", version=2, artist_slug=SLUG)
SECRET = Gone(path=f"{SLUG}/never", version=2, artist_slug=SLUG, is_secret=True)
PAGES = (hub(releases=30, sub_links=LINKS, description="Songs of an orchard."), ALBUM, OTHER, LIST)


def export(folder: Path, *, address: str = ORIGIN, say: Callable[[str], None] = print) -> Exported:
    return exporting.export_artist(ARTIST_ID, name="Ines Tallow", slug=SLUG, folder=folder, address=address, say=say)


@pytest.fixture
def pictures() -> Iterator[set[str]]:
    """Keep every picture of the pages but one in the media folder."""
    keys = {key for page in PAGES for key in exporting._pictures_of(page)}
    for key in keys - {LOST}:
        media.path_of(key).parent.mkdir(exist_ok=True)
        media.path_of(key).write_bytes(key.encode())
    yield keys
    for key in keys:
        media.path_of(key).unlink(missing_ok=True)


@pytest.fixture
def site(publish: Publish, pictures: set[str], tmp_path: Path) -> Path:  # noqa: F811
    publish(*PAGES, *MOVED, GONE, SECRET)
    folder = tmp_path / "site"
    export(folder)
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, ""


def follow(fan: Fan, path: str) -> str:  # noqa: F811
    """Return where play leads in the end, staying with us as long as it does."""
    while True:
        answer = fan.ask(path, headers={"cf-ipcountry": "XX"})
        if answer.status == 200:
            return path
        assert answer.status in (301, 302), (path, answer.status)
        path = answer.headers["location"].removeprefix(ORIGIN)
        if not path.startswith("/"):
            return path


def crawl(base: str, start: str) -> dict[str, str]:
    """Return the text of every page that can be reached, by its path; fails at a path of ours that is not there."""
    wanted, found = [start], dict[str, str]()
    while wanted:
        path = wanted.pop()
        if path in found or path.startswith(f"/{SLUG}/release-"):  # the hub names more than this test publishes
            continue
        status, found[path] = get(base + path)
        assert status == (404 if path == f"/art/{LOST}" else 200), path
        if not path.startswith(("/art/", "/favicon")):
            wanted += [address for address in addresses(found[path]) if address.startswith("/")]
    return {path: text for path, text in found.items() if not path.startswith(("/art/", "/favicon"))}


def addresses(text: str) -> set[str]:
    found = re.findall(r'(?:href|src|action)="([^"#][^"]*)"', text)
    return {html.unescape(address).removeprefix(ORIGIN) for address in found}


def test_every_page_works_from_a_plain_file_server_and_leads_where_play_leads(
    site: Path,
    fan: Fan,  # noqa: F811
) -> None:
    with served(site) as base:
        found = crawl(base, f"/{SLUG}") | crawl(base, f"/{ALBUM.path}") | crawl(base, f"/{OTHER.path}")
        found |= crawl(base, f"/{LIST.path}")
    assert found.keys() == {f"/{page.path}" for page in PAGES}
    for path, text in found.items():
        for what in ("sendBeacon", "/go/", "/out/", "'/e'", "oembed", "consent", "/-/", "lang=", "qr.svg", "12345"):
            assert what not in text.replace('<html lang="en"', ""), (path, what)
    for page in PAGES:
        leads = addresses(found[f"/{page.path}"])
        for service in page.services:
            answer = fan.ask(f"/{page.path}/go/{service.service}", headers={"cf-ipcountry": "XX"})
            assert (answer.headers.get("location") in leads) is bool(service.url)
        assert {follow(fan, f"/{page.path}/out/{number}") for number, _ in enumerate(page.sub_links, 1)} <= leads
    assert follow(fan, f"/{ALBUM.path}/video") in addresses(found[f"/{ALBUM.path}"])


def maps_of(site: Path) -> dict[str, dict[str, tuple[str, int]]]:
    """Return what each server would read: path to target and status."""
    nginx = re.findall(r'^    "(/[^"]*)" "(\d+) ([^"]*)";$', (site / "nginx-maps.conf").read_text(), re.MULTILINE)
    caddy = re.findall(r'^\t(/\S+) "([^"]+)" (\d+)$', (site / "caddy-redirects.conf").read_text(), re.MULTILINE)
    plain = [line.split(" ") for line in (site / "_redirects").read_text().splitlines()]
    return {
        "nginx": {path: (to.replace("${backline_dollar}", "$"), int(status)) for path, status, to in nginx},
        "caddy": {path: (to, int(status)) for path, to, status in caddy},
        "_redirects": {path: (to, int(status)) for path, to, status in plain},
    }


def test_every_old_address_leads_where_play_leads(site: Path, fan: Fan) -> None:  # noqa: F811
    nginx, caddy, plain = maps_of(site).values()
    assert nginx == caddy == plain
    assert f"/{SLUG}/letters-0/go/spotify" in nginx
    assert f"/{OTHER.path}/go/deezer" not in nginx
    for path, (to, status) in nginx.items():
        assert to == follow(fan, path)
        assert status == fan.ask(path).status or status == 302
    known = {f"/{page.path}/go/{service.service}" for page in PAGES for service in page.services if service.url}
    known |= {f"/{page.path}/out/{number}" for page in PAGES for number, _ in enumerate(page.sub_links, 1)}
    known |= {f"/{ALBUM.path}/video", *(f"/{moved.path}" for moved in MOVED), "/ines/out/1"}
    assert known - nginx.keys() == set()


def test_what_is_gone_is_said_and_what_was_never_known_is_not(site: Path) -> None:
    assert f'"/{GONE.path}" "gone";' in (site / "nginx-maps.conf").read_text()
    assert f"@backline_gone path /{GONE.path}\n" in (site / "caddy-redirects.conf").read_text()
    for file in site.rglob("*.*"):
        assert SECRET.path.encode() not in file.read_bytes()


def test_nginx_answers_like_play(site: Path, fan: Fan, tmp_path: Path) -> None:  # noqa: F811
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed here, so its configuration is parsed and not run")
    (port,) = free_ports(1)
    folder = tmp_path / "nginx"
    folder.mkdir()
    scratch = "".join(f"{name}_temp_path {folder};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; daemon off; worker_processes 1; events {{}}\n{'user root;' if _is_root() else ''}\n"
        f"http {{ access_log off; {scratch} default_type text/html; include {site}/nginx-maps.conf;\n"
        f"server {{ listen 127.0.0.1:{port}; root {site}; index index.html; include {site}/nginx-rules.conf; }} }}\n"
    )
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False, timeout=20)
    assert checked.returncode == 0, checked.stderr
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            _until_it_answers(base)
            for path, expected in maps_of(site)["nginx"].items():
                assert _head(base, path) == expected
            assert _head(base, f"/{MOVED[0].path}/") == (f"/{ALBUM.path}", 301)
            assert _head(base, f"/{GONE.path}")[1] == 410
            assert _head(base, f"/{SECRET.path}")[1] == 404
            assert _head(base, f"/{ALBUM.path}/")[1] == 200
        finally:
            server.terminate()


def _is_root() -> bool:
    return os.geteuid() == 0


def _until_it_answers(base: str) -> None:
    for _ in range(200):
        try:
            get(base)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("nginx did not start")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _head(base: str, path: str) -> tuple[str, int]:
    try:
        with urllib.request.build_opener(_Stay).open(base + path, timeout=5) as answer:
            return "", answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return (error.headers.get("location") or "").removeprefix(base), error.code


def test_the_manifest_holds_every_file_and_says_what_is_missing(site: Path, pictures: set[str]) -> None:
    manifest = json.loads((site / "manifest.json").read_text())
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} - {"manifest.json"}
    assert manifest["files"] == {name: hashlib.sha256((site / name).read_bytes()).hexdigest() for name in sorted(files)}
    assert (manifest["pages"], manifest["moved"], manifest["gone"]) == (len(PAGES), len(MOVED), 1)
    assert manifest["missing"] == [LOST]
    assert manifest["pictures"] == len(pictures) - 1
    assert f"This folder has {manifest['moved'] + manifest['ways']}." in (site / "README.txt").read_text()


def test_the_same_pages_make_the_same_bytes(site: Path, tmp_path: Path) -> None:
    export(tmp_path / "again")
    assert (tmp_path / "again" / "manifest.json").read_bytes() == (site / "manifest.json").read_bytes()


def test_a_site_can_stand_at_another_address(site: Path, tmp_path: Path) -> None:
    export(tmp_path / "own", address="https://ines.example/")
    text = (tmp_path / "own" / ALBUM.path / "index.html").read_text()
    assert f'<link rel="canonical" href="https://ines.example/{ALBUM.path}">' in text
    assert f'content="https://ines.example/art/{ALBUM.card_key}"' in text
    assert ORIGIN not in text
    assert f"https://ines.example/{ALBUM.path}</loc>" in (tmp_path / "own" / "sitemap.xml").read_text()


@pytest.mark.parametrize(
    "address",
    ["", "ines.example", "ftp://ines.example", "https://a b", "https://x/y", 'https://x"y', "https://[", "https://x:y"],
)
def test_an_address_that_is_none_is_refused_and_nothing_written(address: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="An address is a scheme and a host"):
        export(tmp_path / "site", address=address)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(publish: Publish, tmp_path: Path) -> None:  # noqa: F811
    publish(*PAGES)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine").write_text("kept")
    (tmp_path / "file").write_text("kept")
    for name in ("site", "file"):
        with pytest.raises(Rejected, match="not empty"):
            export(tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine", "site"]
    (tmp_path / "empty").mkdir()
    assert export(tmp_path / "empty").pages == len(PAGES)


def test_what_fails_on_the_way_leaves_nothing(publish: Publish, tmp_path: Path) -> None:  # noqa: F811
    with pytest.raises(Rejected, match="no public pages"):
        export(tmp_path / "site")
    publish(ALBUM, replace(OTHER, artwork=Artwork("../secret", 1, 1)))
    with pytest.raises(ValueError, match="not the key"):
        export(tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


def test_an_artist_with_very_many_links_is_told_how_far_it_is(publish: Publish, tmp_path: Path) -> None:  # noqa: F811
    count = 250
    many = [release(f"{SLUG}/release-{number}", artwork=None) for number in range(count)]
    publish(hub(releases=count), *many, announce=False)
    said: list[str] = []
    assert export(tmp_path / "site", say=said.append).pages == count + 1
    assert said == ["100 pages ...", "200 pages ..."]
    text = (tmp_path / "site" / SLUG / "index.html").read_text()
    assert [number for number in range(count) if f'href="/{SLUG}/release-{number}"' not in text] == []


def test_a_page_of_ours_looks_as_before(publish: Publish, fan: Fan) -> None:  # noqa: F811
    publish(ALBUM)
    text = fan.ask(f"/{ALBUM.path}").text
    assert f'href="/{ALBUM.path}/go/spotify"' in text
    assert f'href="/{ALBUM.path}/out/1"' in text
    assert f'href="/{ALBUM.path}/share/whatsapp"' in text
    assert f'src="/{ALBUM.path}/qr.svg"' in text
    assert "sendBeacon" in text
