"""What a page wears: the templates of its theme, and the style and scripts it carries inside itself. Made once."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backline.contract.pages import PublishedPage, ThemeId
from backline.play import colour

_FOLDER = Path(__file__).parent / "themes"


@dataclass(frozen=True, slots=True)
class Look:
    """A theme, with the colours of its style sheet that a page's own colours have to go with.

    ``bars`` are the colours of the browser's own bar, each with the colour scheme it is for (or ""). ``dark`` is the
    text on an accent, ``ground`` what an accent has to stand out from, and ``text`` what is read on a cover's colours.
    """

    theme: ThemeId
    bars: tuple[tuple[str, str], ...]
    dark: str
    ground: str = ""
    text: str = ""


LOOKS: dict[str, Look] = {
    look.theme: look
    for look in (
        Look("classic", (("light", "#f8f6ef"), ("dark", "#151410")), dark="#171717"),
        Look("brutalist", (("", "#111111"),), dark="#111111", ground="#111111"),
        Look("aurora", (("", "#12172f"),), dark="#12172f", ground="#12172f", text="#f8fbff"),
        Look("cinematic", (("", "#0c0a08"),), dark="#191512", ground="#191512", text="#c3b3a1"),
    )
}
DEFAULT = LOOKS["classic"]


def look_of(theme: str) -> Look:
    """Return the look of a theme; a theme that is not known looks classic."""
    return LOOKS.get(theme, DEFAULT)


@functools.cache
def template(name: str) -> Any:
    """Return a template of the themes' folder, such as ``classic/release.html``."""
    return _environment().get_template(name)


@functools.cache
def css(theme: str, *, asks: bool = False) -> str:
    """Return the whole style sheet of a theme; ``asks`` with that of consent."""
    return sheet("base.css", f"{theme}/theme.css", *(["parts/consent.css"] if asks else []))


@functools.cache
def sheet(*parts: str) -> str:
    """Return files of the themes' folder as one style sheet, without comments and needless space."""
    text = "\n".join((_FOLDER / part).read_text(encoding="utf-8") for part in parts)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}").strip()


def own_css(look: Look, page: PublishedPage) -> str:
    """Return the colours that a page brings to its theme, as a style sheet; empty when it brings none."""
    own = {}
    if colour.is_colour(page.accent):
        own["acc"], own["on-acc"] = colour.readable_accent(page.accent, dark=look.dark, ground=look.ground)
    if look.theme == "aurora":
        fields = colour.fields(page.palette, text=look.text, count=3)
        own |= {f"f{number}": field for number, field in enumerate(fields, start=1)}
    if look.theme == "cinematic" and (bar := colour.bar(page.palette, text=look.text)):
        own["bar"] = bar
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in own.items()) + "}" if own else ""


@functools.cache
def script(names: tuple[str, ...]) -> str:
    """Return the scripts of these names as one, empty for none."""
    text = "".join((_FOLDER / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return re.sub(r"\n\s*", "\n", text).strip()


def without_reports(script: str) -> str:
    """Return a script that does the same and reports nothing to us."""
    return re.sub(r"navigator\.sendBeacon &&.*\n", "", script)


@functools.lru_cache(maxsize=1_000)
def source(text: str) -> str:
    """Return what a content security policy calls an element of the page with this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["urlencode"] = lambda text: quote(text, safe="")
    return environment
