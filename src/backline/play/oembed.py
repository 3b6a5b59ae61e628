"""oEmbed (oembed.com, version 1.0): how another site learns to show a page's embed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec
from markupsafe import Markup

from backline.contract.pages import PublishedPage
from backline.play.embed import HEIGHT, WIDTH
from backline.play.store import PATH

_ADDRESS_CHARACTERS = 500
_FIELDS = 20
_FRAME = Markup(
    '<iframe src="{src}" width="{width}" height="{height}" title="{title}" loading="lazy" '
    'style="border:0;max-width:100%"></iframe>'
)


class RefusedError(Exception):
    """The question cannot be answered; ``status`` is that of oembed.com, section 2.3.4."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about which page, and how large the embed may be, in pixels."""

    path: str
    most_width: int
    most_height: int


def question_of(query: str, *, host: str) -> Question:
    """Return what a query asks. ``host`` is the authority of our pages; raises :class:`RefusedError`."""
    try:
        fields = parse_qs(query, max_num_fields=_FIELDS)
    except ValueError:
        raise RefusedError(400, "These are more fields than oEmbed has.") from None
    if any(len(values) > 1 for values in fields.values()) or "url" not in fields:
        raise RefusedError(400, "Ask for one page: ?url= with its address, each field once.")
    if fields.get("format", ["json"]) != ["json"]:
        raise RefusedError(501, "Answers are given as JSON only.")
    return Question(
        path=_path_of(fields["url"][0], host=host),
        most_width=_pixels(fields.get("maxwidth"), WIDTH),
        most_height=_pixels(fields.get("maxheight"), HEIGHT),
    )


def answer(page: PublishedPage, question: Question) -> bytes:
    """Return the answer about a page as JSON."""
    origin = page.canonical_url.removesuffix(f"/{page.path}")
    width, height = min(WIDTH, question.most_width), min(HEIGHT, question.most_height)
    about: dict[str, object] = {
        "type": "rich",
        "version": "1.0",
        "title": page.title,
        "author_name": page.artist_name,
        "author_url": f"{origin}/{quote(page.artist_slug)}",
        "provider_name": "Backline",
        "provider_url": origin,
        "html": frame_of(page.canonical_url, title=page.title, width=width, height=height),
        "width": width,
        "height": height,
    }
    cover = page.artwork
    if cover is not None and 0 < cover.width <= question.most_width and 0 < cover.height <= question.most_height:
        about |= {
            "thumbnail_url": f"{origin}/art/{cover.key}",
            "thumbnail_width": cover.width,
            "thumbnail_height": cover.height,
        }
    return msgspec.json.encode(about)


def frame_of(page_url: str, *, title: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Return the element that puts a page's embed into another page."""
    return str(_FRAME.format(src=f"{page_url}/embed", width=width, height=height, title=title))


def _path_of(address: str, *, host: str) -> str:
    """Return the path of a page of ours, as documents have it; raises for every other address."""
    try:
        parts = urlsplit(address[: _ADDRESS_CHARACTERS + 1])
    except ValueError:
        parts = urlsplit("")
    path = unquote(parts.path).strip("/").lower()
    is_ours = parts.scheme in ("http", "https") and parts.netloc.lower() == host
    if len(address) > _ADDRESS_CHARACTERS or not is_ours or not PATH.fullmatch(path):
        raise RefusedError(404, "There is no page of ours at this address.")
    return path


def _pixels(values: list[str] | None, usual: int) -> int:
    """Return the size that is asked for, ``usual`` for none; raises for what is no size."""
    if values is None:
        return usual
    text = values[0]
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text)):
        raise RefusedError(400, "A size is a whole number of pixels.")
    return int(text)
