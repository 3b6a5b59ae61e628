"""Requests to the pages that links lead to: one per call, no redirect followed, no rules."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Literal
from urllib.parse import urljoin, urlsplit

from backline.core.http import Answer, Outbound, Patience, RateLimiter, Service
from backline.settings.environment import SourceSettings

_PATIENCE = Patience(connect_seconds=3.0, read_seconds=8.0, total_seconds=30.0, wait_seconds=15.0, repeats=0)
_MOST_BYTES = 2 * 1024 * 1024
_MOST_HOSTS = 64
"""Hosts whose pace and connections are kept; the one that was asked longest ago goes first."""


class StoresClient:
    """Thread-safe. The addresses come from outside, so each is checked before it is asked, like any other."""

    def __init__(self, settings: SourceSettings, outbound: Outbound, *, patience: Patience = _PATIENCE) -> None:
        self._settings = settings
        self._outbound = replace(outbound, patience=patience)
        self._hosts: OrderedDict[str, Service] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, method: Literal["HEAD", "GET"], url: str) -> Answer:
        """Return what the page answers. Raises ``RetryLater`` where it does not, ``Rejected`` where it is not asked."""
        return self._host(urlsplit(url).netloc).probe(method, self._asked_at(url))

    def leads_to(self, url: str, answer: Answer) -> str:
        """Return where a redirect leads, as an absolute URL, or "" when it makes no sense."""
        try:
            return urljoin(url, answer.header("location"))
        except ValueError:
            return ""

    def _asked_at(self, url: str) -> str:
        if not self._settings.url:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._settings.url}/{parts.netloc}{parts.path or '/'}{query}"

    def _host(self, host: str) -> Service:
        with self._lock:
            service = self._hosts.get(host)
            if service is None:
                service = self._hosts[host] = Service(
                    name="The page's host",
                    base_url="",
                    outbound=self._outbound,
                    limiter=RateLimiter(self._settings.requests_per_second, burst=1),
                    most_bytes=_MOST_BYTES,
                    most_connections=4,
                )
                if len(self._hosts) > _MOST_HOSTS:
                    self._hosts.popitem(last=False)  # it closes with its last user
            self._hosts.move_to_end(host)
            return service
