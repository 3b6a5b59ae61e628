"""An artist's public pages as files that any web server serves: pages, pictures, and where old addresses lead.

What is public is what play serves, so it is read from the same rows, one after the other.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID
from xml.sax.saxutils import escape

import msgspec
from django.db.models import Case, Value, When
from msgspec.structs import replace

from backline.contract import pages as contract
from backline.core import media
from backline.core.errors import Rejected
from backline.links.models import PublishedPage
from backline.links.redirect_maps import RedirectMaps
from backline.links.slugging import TRACK_SEGMENT
from backline.play.files import FAVICON
from backline.play.render import render, variant_for
from backline.play.ways import ways

_ROWS = 200
_HOST = re.compile(r"[a-z0-9.-]+")
_SAY_EVERY = 100
_README = """\
The pages of {name}, as files
{line}

Any web server can serve this folder. It has to stand at the top of a domain: /{slug}, not /music/{slug}.
Fans go from the pages to the services directly; nothing here reports to anybody or sets a cookie.

To look at it here:

    python3 -m http.server --directory . 8000        then open http://127.0.0.1:8000/{slug}/

Addresses that were given away before (old names, /{slug}/.../go/spotify, tracks) keep working with one of these:

nginx             In the http block:    include /path/to/this/folder/nginx-maps.conf;
                  In the server block:  root /path/to/this/folder;
                                        index index.html;
                                        include /path/to/this/folder/nginx-rules.conf;
Caddy             In the site's block:  root * /path/to/this/folder
                                        import /path/to/this/folder/caddy-redirects.conf
                                        file_server
Netlify           Nothing to do: it reads the file _redirects.
Cloudflare Pages  The same; it takes the first 2,000 lines and leaves out the rest. This folder has {lines}.

Without them only the pages themselves are there.

The pages name {address} as their address. If they will stand at another one, export them again with
--address https://your.domain.

What there is: {pages} pages, {pictures} pictures, {moved} old addresses, {ways} ways on, {gone} pages that are gone.
manifest.json holds the SHA-256 of every file.
"""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds. ``missing`` are pictures that a page names and the media folder does not have."""

    artist: str
    address: str
    pages: int
    pictures: int
    moved: int
    ways: int
    gone: int
    missing: tuple[str, ...]


def export_artist(
    artist_id: UUID, *, name: str, slug: str, folder: Path, address: str, say: Callable[[str], None]
) -> Exported:
    """Write an artist's site into ``folder``, whole or not at all; the same pages make the same bytes.

    ``address`` is the scheme and host at which the site will stand; ``say`` is told of the progress. Raises
    :class:`Rejected` for a folder that holds something, an address that is none, and an artist without public pages.
    """
    address = _address(address)
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Rejected(f"{folder} is there already and not empty. Name a new folder; nothing was written.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        exported = _Site(scratch, address=address, say=say).write(artist_id, name=name, slug=slug)
        scratch.chmod(0o755)
        scratch.replace(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return exported


class _Site:
    """One site while it is written."""

    def __init__(self, root: Path, *, address: str, say: Callable[[str], None]) -> None:
        self._root = root
        self._address = address
        self._say = say
        self._pages = 0
        self._pictures: dict[str, bool] = {}
        self._indexed: list[tuple[str, str]] = []

    def write(self, artist_id: UUID, *, name: str, slug: str) -> Exported:
        """Write everything; redirects come first, so that each page knows its old addresses."""
        moved: dict[str, str] = {}
        old: dict[str, list[str]] = {}
        with RedirectMaps(self._root) as maps:
            for document in _documents(artist_id):
                match document:
                    case contract.Redirected():
                        moved[document.path] = document.to
                    case contract.Gone(is_secret=False):  # what was never to be known is not to be known now
                        maps.end(document.path)
                    case contract.PublishedPage():
                        old = old or _old_addresses(moved)
                        self._page(document)
                        _lead_on(maps, document, (document.path, *old.get(document.path, ())))
            for path in moved:
                maps.move(path, _end_of(path, moved))
        if not self._pages:
            raise Rejected(f"{name} has no public pages, so there is nothing to export.")
        exported = Exported(
            artist=slug,
            address=self._address,
            pages=self._pages,
            pictures=sum(self._pictures.values()),
            moved=maps.moved,
            ways=maps.ways,
            gone=maps.gone,
            missing=tuple(sorted(key for key, is_there in self._pictures.items() if not is_there)),
        )
        self._about(exported, name=name)
        return exported

    def _page(self, page: contract.PublishedPage) -> None:
        shown = replace(page, canonical_url=f"{self._address}/{page.path}", pixels=contract.Pixels())
        variant = dataclasses.replace(variant_for(shown), is_alone=True)
        self._write(f"{page.path}/index.html", render(shown, variant))
        for key in _pictures_of(page):
            self._picture(key)
        if page.is_indexable:
            self._indexed.append((page.path, page.updated_at[:10]))
        self._pages += 1
        if self._pages % _SAY_EVERY == 0:
            self._say(f"{self._pages} pages ...")

    def _picture(self, key: str) -> None:
        if key in self._pictures:
            return
        target = self._root / "art" / key
        target.parent.mkdir(exist_ok=True)
        try:
            shutil.copyfile(media.path_of(key), target)
        except FileNotFoundError:
            self._pictures[key] = False
        else:
            self._pictures[key] = True

    def _about(self, exported: Exported, *, name: str) -> None:
        """Write what stands beside the pages."""
        self._write("favicon.svg", FAVICON)
        self._write("robots.txt", f"User-agent: *\nDisallow:\n\nSitemap: {self._address}/sitemap.xml\n".encode())
        lines = (
            f"<url><loc>{escape(self._address)}/{path}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
            for path, day in self._indexed
        )
        self._write(
            "sitemap.xml",
            (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{"".join(lines)}</urlset>\n'
            ).encode(),
        )
        title = f"The pages of {name}, as files"
        counts = asdict(exported) | {"slug": exported.artist, "lines": f"{exported.moved + exported.ways:,}"}
        self._write("README.txt", _README.format(name=name, line="=" * len(title), **counts).encode())
        files = {path.relative_to(self._root).as_posix(): path for path in self._root.rglob("*") if path.is_file()}
        held = {path: _checksum(file) for path, file in sorted(files.items())}
        self._write("manifest.json", msgspec.json.format(msgspec.json.encode(asdict(exported) | {"files": held})))

    def _write(self, path: str, content: bytes) -> None:
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _documents(artist_id: UUID) -> Iterator[contract.Document]:
    """Return what play serves under the artist, as of one moment: old addresses, then what is gone, then the pages."""
    kinds = Case(When(kind="redirect", then=Value(0)), When(kind="gone", then=Value(1)), default=Value(2))
    rows = PublishedPage.objects.filter(artist_id=artist_id).order_by(kinds, "path")
    for document in rows.values_list("document", flat=True).iterator(chunk_size=_ROWS):
        yield contract.decode(bytes(document))


def _lead_on(maps: RedirectMaps, page: contract.PublishedPage, paths: Iterable[str]) -> None:
    """Write down a page's ways on, for each of its addresses."""
    found = ways(page)
    for path in paths:
        for rest, url in found.items():
            maps.lead(f"{path}/{rest}", url)


def _old_addresses(moved: dict[str, str]) -> dict[str, list[str]]:
    """Return each page's old addresses below which its ways on were open too: those of tracks were not."""
    found = defaultdict(list)
    for path in moved:
        if f"/{TRACK_SEGMENT}/" not in path:
            found[_end_of(path, moved)].append(path)
    return dict(found)


def _end_of(path: str, moved: dict[str, str]) -> str:
    """Return where a path leads in the end; one that leads in a circle stays with its next step."""
    passed = {path}
    to = moved[path]
    while to in moved and to not in passed:
        passed.add(to)
        to = moved[to]
    return moved[path] if to in passed else to


def _pictures_of(page: contract.PublishedPage) -> Iterator[str]:
    """Return the keys of the pictures that a page shows, and of its card."""
    works = [page.artwork, page.video.poster if page.video else None, *(item.artwork for item in page.items)]
    for work in works:
        if work is not None:
            yield work.key
            if work.small_key:
                yield work.small_key
    if page.card_key:
        yield page.card_key


def _address(text: str) -> str:
    """Return a scheme and host without a trailing slash; raises :class:`Rejected`."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not _HOST.fullmatch(host) or parts.scheme not in ("https", "http") or parts.path not in ("", "/"):
        raise Rejected("An address is a scheme and a host, such as https://music.example. Nothing was written.")
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def _checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
