"""Made-up identifiers: well formed, and the same on every machine for the same words."""

from __future__ import annotations

from hashlib import blake2b
from uuid import UUID

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SPOTIFY_ID_LENGTH = 22


def number(*words: object) -> int:
    """Return a 128-bit number that depends on nothing but ``words``."""
    joined = "\x1f".join(map(str, words)).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(joined, digest_size=16).digest(), "big")


def share(*words: object) -> float:
    """Return a number from 0 up to, not including, 1 that depends on nothing but ``words``."""
    return (number(*words) >> 75) / (1 << 53)


def text(alphabet: str, length: int, *words: object) -> str:
    """Return ``length`` letters of ``alphabet`` that depend on nothing but ``words``."""
    value = number(*words)
    letters = []
    for _ in range(length):
        value, rest = divmod(value, len(alphabet))
        letters.append(alphabet[rest])
        if value == 0:
            value = number(*words, len(letters))
    return "".join(letters)


def spotify_id(*words: object) -> str:
    """Return a 22-character base-62 id."""
    return text(_BASE62, SPOTIFY_ID_LENGTH, *words)


def is_spotify_id(value: str) -> bool:
    """Tell whether ``value`` has the form of a Spotify id."""
    return len(value) == SPOTIFY_ID_LENGTH and value.isascii() and value.isalnum()


def upc(*words: object) -> str:
    """Return a UPC-A of 12 digits with a valid check digit (GS1 General Specifications, 7.9)."""
    digits = f"{number(*words) % 10**10:011d}"
    return digits + upc_check_digit(digits)


def upc_check_digit(digits: str) -> str:
    """Return the check digit for the 11 digits before it: odd places weigh three."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def isrc(year: str, *words: object) -> str:
    """Return an ISRC of 12 characters (ISO 3901); the country ``ZZ`` is assigned to nobody."""
    return f"ZZ{text(_BASE36, 3, 'registrant', *words)}{year[2:4]}{number('designation', *words) % 100_000:05d}"


def letters(length: int, *words: object) -> str:
    """Return ``length`` upper-case letters and digits."""
    return text(_BASE36, length, *words)


def small(digits: int, *words: object) -> int:
    """Return a number of exactly ``digits`` digits."""
    low: int = 10 ** (digits - 1)
    return low + number(*words) % (9 * low)


def uuid(*words: object) -> str:
    """Return a UUID (version 4 in form) as text."""
    return str(UUID(int=number(*words), version=4))
