"""The stores' pages as the link checker: when a page is there, when it is gone, and when nobody can tell."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from backline.catalog.types import Address, Look, Verdict
from backline.contract.services import SERVICES, belongs
from backline.core.errors import BacklineError, RetryLater
from backline.core.http import Answer
from backline.integrations.stores.client import StoresClient

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_MOST_REDIRECTS = 4
_SILENT_REST = timedelta(minutes=1)
_LIMIT_REST = timedelta(minutes=5)
"""For hosts that ask us to slow down and do not say for how long."""
_ELSEWHERE = frozenset(
    {
        "login", "signin", "sign-in", "signup", "auth", "account", "accounts", "consent", "captcha", "challenge",
        "sorry", "error", "errors", "404", "not-found", "notfound", "not_found", "unavailable", "geo", "region",
        "country", "select-country", "choose-country", "restricted", "home", "search", "explore", "browse", "landing",
        "welcome",
    }
)  # fmt: skip
"""Words in the address of a redirect that say that it is not the thing: a sign-in, a country's door, an apology."""
_STOREFRONTS = frozenset({"apple-music", "itunes", "qobuz"})
"""Services that write the country into the path: what is not there in ours may be there in others."""


class StorePages:
    """Implements ``catalog.ports.LinkChecker``."""

    def __init__(self, client: StoresClient) -> None:
        self._client = client

    def look(self, address: Address) -> Look:
        """Return what the page says. Only a 404 or 410 of the page itself is a no; where in doubt, nobody knows."""
        url = address.url
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                answer = self._ask(url)
            except RetryLater as error:
                return Look(Verdict.UNKNOWN, "silence", error.after or _SILENT_REST)
            except BacklineError:
                return Look(Verdict.UNKNOWN, "not asked")
            if answer.status not in _REDIRECTS:
                return _judge(answer, address, url)
            url = self._client.leads_to(url, answer)
            if not _is_still_it(url, address):
                return Look(Verdict.UNKNOWN, "led away")
        return Look(Verdict.UNKNOWN, "led around")

    def _ask(self, url: str) -> Answer:
        """Ask for the head of a page, and for the page itself where the host will not do that or says no.

        Hosts that have no HEAD say so with 405 or 501, and some with other refusals.
        """
        answer = self._client.ask("HEAD", url)
        refused = 400 <= answer.status < 500 and answer.status != 429
        return self._client.ask("GET", url) if refused or answer.status == 501 else answer


def _judge(answer: Answer, address: Address, url: str) -> Look:
    if answer.is_success:
        return Look(Verdict.ALIVE, str(answer.status))
    if answer.status in _GONE and _is_same_page(url, address):
        return Look(Verdict.GONE, str(answer.status))
    if answer.status == 429 or answer.retry_after is not None:
        return Look(Verdict.UNKNOWN, str(answer.status), answer.retry_after or _LIMIT_REST)
    return Look(Verdict.UNKNOWN, str(answer.status))


def _is_still_it(url: str, address: Address) -> bool:
    """Tell whether a redirect stays with the service and does not lead to its door, its sign-in or its apology."""
    try:
        host, path = urlsplit(url).hostname or "", urlsplit(url).path
    except ValueError:
        return False
    if not belongs(url, address.service):
        return False
    if address.service not in SERVICES and not _is_same_site(host, urlsplit(address.url).hostname or ""):
        return False
    words = [word for word in path.lower().split("/") if word]
    return bool(words) and _ELSEWHERE.isdisjoint([*words, host.split(".")[0]])


def _is_same_site(host: str, other: str) -> bool:
    """Tell whether two hosts are one, with ``www.`` or without: of an unknown site nothing else is known."""
    return host.removeprefix("www.") == other.removeprefix("www.")


def _is_same_page(url: str, address: Address) -> bool:
    """Tell whether the address that answered is the one that was asked, or that one in a language of the host's.

    What a redirect made of it may be missing for another reason: a country, a sign-in, a campaign.
    """
    if url == address.url:
        return True
    asked, answered = urlsplit(address.url), urlsplit(url)
    is_there = (answered.hostname, answered.query) == (asked.hostname, asked.query)
    return is_there and answered.path.endswith(asked.path) and address.service not in _STOREFRONTS
