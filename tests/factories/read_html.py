"""Reading pages as tests need it."""

from __future__ import annotations

import html as entities
import re


def value_of(html: str, field_id: str) -> str:
    """Return what stands in the input with this id; there has to be exactly one."""
    (tag,) = re.findall(rf'<input[^>]*\sid="{field_id}"[^>]*>', html)
    found = re.search(r'\svalue="([^"]*)"', tag)
    return entities.unescape(found[1]) if found else ""
