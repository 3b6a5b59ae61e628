"""Downloads of covers. One call; no rules beyond size and time."""

from __future__ import annotations

from backline.core.http import Outbound, Service

LARGEST_BYTES = 10 * 1024 * 1024
_MOST_REDIRECTS = 3


class CoverClient:
    """Thread-safe. The address comes from outside, so it is checked like any other, on every redirect."""

    def __init__(self, outbound: Outbound) -> None:
        self._service = Service(
            name="The cover's host", base_url="", outbound=outbound, most_bytes=LARGEST_BYTES, most_connections=16
        )

    def download(self, url: str) -> bytes:
        """Return the body behind ``url``."""
        return self._service.download(url, most_redirects=_MOST_REDIRECTS).body
