"""Takes out of a log line what must not be in it: secrets, and what tells who somebody is.

Nothing of the kind should be logged in the first place. This stands behind every line, also of libraries and in
tracebacks, for what slips in: an address in a database's complaint, a token in a URL that an engine quotes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping
from typing import Any

REDACTED = "[redacted]"
_SECRET_NAMES = re.compile(
    r"(?i)(^|_|-)(token|secret|password|passwd|pwd|authorization|cookie|sessionid|csrf\w*|api_?key|credentials?|salt|email"
    r"|address|ip|peer|client_ip|remote_addr)($|_|-)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # user:password@ in an address
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@]+@"), rf"\1{REDACTED}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {REDACTED}"),
    (
        re.compile(
            r"(?i)\b([\w-]*(?:token|secret|password|passwd|pwd|authorization|cookie|sessionid|api_?key|client_id|code|state"
            r"|signature))(['\"]?\s*[=:]\s*['\"]?)(?!\[redacted])(?:bearer |basic )?[^\s'\"&,;)\]}]{4,}"
        ),
        rf"\1\2{REDACTED}",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), "[e-mail]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), REDACTED),
    # Long and mixed, as only made-up values are: a token, whatever it is called.
    (re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{24,}(?![\w-])"), REDACTED),
    (re.compile(r"(?<![\w/-])(?=\w*\d)(?=\w*[a-z])[a-z0-9]{40,}(?![\w-])"), REDACTED),
)
_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*[0-9A-Fa-f:](?:(?:\d{0,3}\.){3}\d{1,3})?(?!\w)")
_DEEPEST = 6


class Redaction:
    """A processor of structlog. ``secrets`` are values of this installation that no line may hold, such as its keys."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= 8}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, _: object, __: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event without what must not be logged."""
        return {key: value if key.startswith("_") else self._value(key, value, 0) for key, value in event.items()}

    def text(self, text: str) -> str:
        """Return ``text`` without secrets, tokens, e-mail addresses and addresses of visitors."""
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        return _V4.sub(_address, _V6.sub(_address, text))

    def _value(self, key: str, value: Any, depth: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _SECRET_NAMES.search(key) or depth >= _DEEPEST:
            return REDACTED
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._value(str(name), inner, depth + 1) for name, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", inner, depth + 1) for inner in value]
        return self.text(str(value))


def _address(found: re.Match[str]) -> str:
    """Return what stands in a line for an address; our own machine's is nobody's."""
    text = found.group()
    end = "" if text.endswith("::") or not text.endswith(":") else ":"
    try:
        address = ipaddress.ip_address(text.removesuffix(end))
    except ValueError:
        return text
    return text if address.is_loopback or address.is_unspecified else f"[address]{end}"
