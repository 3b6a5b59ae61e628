"""How settings are read: from the environment or from a file, checked one by one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

CLICKHOUSE_SCHEMES = ("clickhouse", "clickhouses", "http", "https")


class SettingError(Exception):
    """A setting is missing or cannot be used; the message names it and says what to do."""


class Reader:
    """Reads one setting after another; each raises :class:`SettingError` for a value that it cannot use."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str = "") -> str:
        """Return the setting, or what the file named by ``{name}_FILE`` holds."""
        path = self._environ.get(f"{name}_FILE", "")
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from None
        return self._environ.get(name, "").strip() or default

    def url(self, name: str, default: str) -> str:
        """Return an http or https address without a slash at its end."""
        value = self.text(name, default).rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise SettingError(f"{name} must be an http or https address, not {value!r}.")
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self.text(name, str(default))
        if not value.isdigit() or not low <= int(value) <= high:
            raise SettingError(f"{name} must be a whole number from {low} to {high}, not {value!r}.")
        return int(value)

    def digits(self, name: str, default: str = "") -> str:
        """Return digits; the hyphens that Google writes between them are left out."""
        value = self.text(name, default).replace("-", "")
        if value and not (value.isascii() and value.isdigit()):
            raise SettingError(f"{name} must be digits, with or without hyphens.")
        return value

    def rate(self, name: str, default: float) -> float:
        """Return requests per second."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if not 0 < number <= 10_000:
            raise SettingError(f"{name} must be a number of requests per second above 0, not {value!r}.")
        return number

    def words(self, name: str) -> tuple[str, ...]:
        """Return words that spaces or commas part."""
        return tuple(word for word in self.text(name).replace(",", " ").split() if word)

    def keys(self, name: str) -> tuple[str, ...]:
        """Return keys of 32 bytes in base64."""
        found = self.words(name)
        for place, key in enumerate(found, start=1):
            if not _is_key(key):
                raise SettingError(
                    f"{name} must hold keys of 32 bytes in base64 (`backline keys new` makes one); number {place} is"
                    " none."
                )
        return found


def clickhouse_url(name: str, value: str) -> str:
    """Return ``value`` if it is empty or the address of a ClickHouse.

    Raises :class:`SettingError`, which speaks of ``name``; no message repeats the address, as it can hold a password.
    """
    try:
        parts = urlsplit(value)
        is_good = not value or bool(parts.scheme in CLICKHOUSE_SCHEMES and parts.hostname and parts.port != 0)
    except ValueError:
        is_good = False
    if not is_good:
        raise SettingError(f"{name} must look like clickhouse://user:password@host:8123/database, or clickhouses://.")
    return value


def _is_key(text: str) -> bool:
    """Tell whether ``text`` is 32 bytes in either alphabet of base64, with its padding."""
    try:
        return len(base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
