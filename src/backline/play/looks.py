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

_FOLDER = Path(__file__).parent / "themes"


@dataclass(frozen=True, slots=True)
class Look:
    """A theme. ``bars`` are the colours of the browser's own bar, each with the colour scheme it is for (or "")."""

    theme: str
    bars: tuple[tuple[str, str], ...]


LOOKS: dict[str, Look] = {
    look.theme: look
    for look in (
        Look("classic", (("light", "#f8f6ef"), ("dark", "#151410"))),
    )
}  # fmt: skip
DEFAULT = LOOKS["classic"]


def look_of(theme: str) -> Look:
    """Return the look of a theme; a theme that is not known looks classic."""
    return LOOKS.get(theme, DEFAULT)


@functools.cache
def template(name: str) -> Any:
    """Return a template of the themes' folder, such as ``classic/release.html``."""
    return _environment().get_template(name)


@functools.cache
def css(theme: str) -> str:
    """Return the whole style sheet of a theme, without comments and needless space."""
    text = "\n".join((_FOLDER / part).read_text(encoding="utf-8") for part in ("base.css", f"{theme}/theme.css"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}").strip()


@functools.cache
def script(names: tuple[str, ...]) -> str:
    """Return the scripts of these names as one, empty for none."""
    text = "".join((_FOLDER / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return re.sub(r"\n\s*", "\n", text).strip()


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
