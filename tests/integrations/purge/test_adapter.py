from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.factories.outbound import outbound

from backline.core.errors import RetryLater
from backline.integrations.purge.adapter import PurgedCaches


class Cache(ThreadingHTTPServer):
    """A cache that has every page but one, and can be broken."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.purged: list[tuple[str, str]] = []
        self.is_broken = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_PURGE(self) -> None:
        cache = self.server
        assert isinstance(cache, Cache)
        cache.purged.append((self.path, self.headers["surrogate-key"]))
        status = 503 if cache.is_broken else 404 if self.path == "/ines-tallow" else 200
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def cache() -> Iterator[Cache]:
    with Cache() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def test_every_page_is_purged_and_one_that_is_not_there_is_no_fault(cache: Cache) -> None:
    PurgedCaches([cache.url], outbound("")).purge(["ines-tallow", "ines-tallow/letters"])
    assert cache.purged == [("/ines-tallow", "ines-tallow"), ("/ines-tallow/letters", "ines-tallow/letters")]


def test_a_cache_that_fails_is_told_again_later(cache: Cache) -> None:
    cache.is_broken = True
    with pytest.raises(RetryLater):
        PurgedCaches([cache.url], outbound("")).purge(["ines-tallow/letters"])
