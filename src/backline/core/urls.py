"""Addresses that come from people and outside services, before they are kept and fans are sent there. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit, urlunsplit

LONGEST = 2000
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# A browser reads a backslash as a slash, and drops line breaks: what we check must be what it opens.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff]")
_SAFE = "%/:?#[]@!$&'()*+,;=-._~"


def normal_https_url(text: str) -> str:
    """Return an https address in plain ASCII with a host name in lower case, or "" for anything that is none.

    Refused are other schemes, user names, ports, numeric hosts, blanks, control characters and backslashes: everything
    about which two programs could disagree where it leads.
    """
    if not text or len(text) > LONGEST or _FORBIDDEN.search(text):
        return ""
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port
    except (ValueError, UnicodeError):
        return ""
    is_plain = parts.username is None and parts.password is None and port in {None, 443}
    if parts.scheme != "https" or not is_plain or not _HOST.fullmatch(host):
        return ""
    path, query, fragment = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    url = urlunsplit(("https", host, path, query, fragment))
    return url if len(url) <= LONGEST else ""


# What browsers let stand together in one word of a host (Unicode UTS 39, "highly restrictive").
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
# Letters of other scripts that look like Latin ones: a word of nothing else is read as Latin.
_LATIN_LOOKING = frozenset("асԁеһіјӏорԗԛѕԝхуъьҽпгѵѡαικνορτυχωϲϳօսհոցց")


def is_look_alike(host: str) -> bool:
    """Tell whether a host's name can be taken for another: it mixes scripts, or only looks like Latin letters.

    ``host`` is as :func:`normal_https_url` writes it, in ASCII.
    """
    for word in host.split("."):
        try:
            letters = [letter for letter in word.encode("ascii").decode("idna") if letter.isalpha()]
        except UnicodeError:
            return True
        foreign = [letter for letter in letters if not letter.isascii()]
        if foreign and set(letters) <= _LATIN_LOOKING:
            return True
        scripts = {unicodedata.name(letter, "?").split(" ")[0].split("-")[0] for letter in letters}
        if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
            return True
    return False
