"""Marks in addresses that earn somebody money or follow a person around, taken off before an address is kept. Pure.

What a source found may carry the tokens of whoever ran the source: they go. What artists paste is theirs, with the
tokens that pay them and the campaign tags that they set: only marks that say who shared or clicked go.
Where each name is from: ``docs/developers/catalogue-and-links.md``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus, urlsplit, urlunsplit

_CLICKS = (
    "fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ttclid|twclid|igshid|igsh|mc_eid|mc_cid|_hsenc|_hsmi|"
    "mkt_tok|__twitter_impression|_branch_match_id|_branch_referrer|_ga|_gl"
)
_SHARERS = {
    "spotify": "si|nd|sp_cid|dlsi",
    "youtube": "si|feature|pp",
    "youtube-music": "si|feature",
    "soundcloud": "si",
    "tidal": "u",
    "deezer": "deferredfl|universal_link",
}
_CAMPAIGNS = (
    r"utm_\w+|itm_\w+|awc|zanpid|irclickid|irgwc|cjevent|sscid|ranmid|raneaid|ransiteid|clickref|a_aid|a_bid|aff_id|"
    "affid|affiliate|affiliate_id"
)
_AMAZON = (
    r"tag|linkcode|linkid|ascsubtag|camp|creative|creativeasin|associatetag|subscriptionid|ref_?|refrid|_encoding|"
    r"p[fd]_rd_\w+|content-id|dchild|qid|crid|sprefix|keywords|sr"
)
_TOKENS = {
    "apple-music": "at|ct|itsct|itscg|pt|uo|ls|mt|app",
    "itunes": "at|ct|itsct|itscg|pt|uo|ls|mt",  # app=itunes keeps Apple from leading on to Apple Music
    "amazon-music": _AMAZON,
    "amazon-store": _AMAZON,
    "deezer": "app_id",
    "qobuz": "aid",
    "bandcamp": "from",
}


def _compiled(*tables: dict[str, str], always: str) -> dict[str, re.Pattern[str]]:
    services = {service for table in tables for service in table}
    return {
        service: re.compile("|".join([always, *(table[service] for table in tables if service in table)]))
        for service in services
    }


_OF_PEOPLE = _compiled(_SHARERS, always=_CLICKS)
_OF_OTHERS = _compiled(_SHARERS, _TOKENS, always=f"{_CLICKS}|{_CAMPAIGNS}")
_ON_ANY_PASTED, _ON_ANY_FOUND = re.compile(_CLICKS), re.compile(f"{_CLICKS}|{_CAMPAIGNS}")
_AMAZON_REF = re.compile(r"/ref=[^/?#]*")


def clean_found(url: str, service: str) -> str:
    """Return an address that a source found without tokens, campaign tags and marks of clicks."""
    if service in ("amazon-music", "amazon-store"):  # Amazon writes where a visitor came from into the path
        url = _AMAZON_REF.sub("", url)
    return _without(url, _OF_OTHERS.get(service, _ON_ANY_FOUND))


def clean_pasted(url: str, service: str) -> str:
    """Return an address that an artist pasted without the marks of whoever shared it; tokens and campaigns stay."""
    return _without(url, _OF_PEOPLE.get(service, _ON_ANY_PASTED))


def _without(url: str, marks: re.Pattern[str]) -> str:
    """Drop the parameters whose names are ``marks``; whatever stays is written as it was."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    kept = [item for item in parts.query.split("&") if not marks.fullmatch(unquote_plus(item.split("=")[0]).lower())]
    return urlunsplit(parts._replace(query="&".join(kept)))
