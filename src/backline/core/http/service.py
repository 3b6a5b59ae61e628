"""One outside service: its address, its patience, its limits. What every client is built on."""

from __future__ import annotations

import base64
import random
import re
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from backline.core.errors import BacklineError, RetryLater
from backline.core.http import transport
from backline.core.http.addresses import Reach, origin_of
from backline.core.http.answers import Answer, failure_of, log
from backline.core.http.exchange import MEBIBYTE, Exchange, Outgoing, target_of
from backline.core.http.limits import RateLimiter
from backline.core.telemetry import measures

T = TypeVar("T")

Explain = Callable[[Answer], BacklineError | None]
"""What a client makes of an unsuccessful answer; None leaves it to :func:`failure_of`."""

_QUICKLY_REPEATED = frozenset({502, 503, 504})
_PLACE = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take, in seconds.

    ``total_seconds`` bounds the whole call with its repeats; ``wait_seconds`` bounds what is slept for a
    rate limit or a short ``Retry-After``: whatever needs longer is the job queue's to wait for.
    """

    connect_seconds: float = 3.0
    read_seconds: float = 10.0
    total_seconds: float = 20.0
    wait_seconds: float = 2.0
    repeats: int = 2


DEFAULT_PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Outbound:
    """How this process reaches the outside: the same for all its services."""

    reach: Reach
    user_agent: str = "Backline"
    patience: Patience = DEFAULT_PATIENCE


class Service:
    """A service by its name, below one base URL. Thread-safe; make one per process and keep it.

    Every method raises only :class:`RetryLater`, ``NeedsAction`` or ``Rejected`` (with its kinds
    ``DestinationRefusedError`` and ``AnswerTooLargeError``), whose messages name the service and hold
    neither addresses nor secrets.
    """

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        outbound: Outbound,
        limiter: RateLimiter | None = None,
        most_bytes: int = 8 * MEBIBYTE,
        most_connections: int = 32,
        explain: Explain | None = None,
    ) -> None:
        self.name = name
        self.limiter = limiter or RateLimiter()
        self._origin = origin_of(base_url) if base_url else None
        if self._origin is not None:
            outbound.reach.check(self._origin)
        self._base_path = urlsplit(base_url).path.rstrip("/")
        self._patience = patience = outbound.patience
        self._explain = explain
        is_secure = self._origin is None or self._origin.scheme == "https"
        pool = transport.pool(outbound.reach, is_secure=is_secure, connections=most_connections)
        # Idle connections are closed with the last reference, and at the end of the process.
        self._close = weakref.finalize(self, pool.close)
        self._exchange = Exchange(
            name=name,
            reach=outbound.reach,
            pool=pool,
            common_headers=(("user-agent", outbound.user_agent), ("accept-encoding", "gzip")),
            timeouts={
                "connect": patience.connect_seconds,
                "read": patience.read_seconds,
                "write": patience.read_seconds,
                "pool": patience.read_seconds,
            },
            most_bytes=most_bytes,
        )

    def get(
        self,
        path: str,
        shape: type[T],
        *,
        values: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Fetch ``path`` and return its JSON as ``shape``.

        ``path`` is a template such as ``/albums/{id}``; ``values`` fill its places, quoted.
        """
        return self.send("GET", path, values=values, query=query, headers=headers).decode(shape)

    def post_json(
        self,
        path: str,
        body: object,
        shape: type[T],
        *,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = False,
    ) -> T:
        """Post ``body`` as JSON. ``is_repeatable`` where an idempotency key makes a repeat harmless."""
        sent = {"content-type": "application/json", **(headers or {})}
        answer = self.send("POST", path, headers=sent, body=msgspec.json.encode(body), is_repeatable=is_repeatable)
        return answer.decode(shape)

    def post_form(
        self,
        path: str,
        form: Mapping[str, str],
        shape: type[T],
        *,
        headers: Mapping[str, str] | None = None,
        is_repeatable: bool = False,
    ) -> T:
        """Post ``form`` as a web form."""
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        body = urlencode(form).encode("ascii")
        return self.send("POST", path, headers=sent, body=body, is_repeatable=is_repeatable).decode(shape)

    def download(self, url: str, *, most_redirects: int = 0) -> Answer:
        """Fetch any allowed address whole, following at most ``most_redirects``, each checked afresh."""
        outgoing = Outgoing("GET", origin_of(url), target_of(url), "(download)", {})
        return self._call(outgoing, is_repeatable=True, most_redirects=most_redirects)

    def probe(self, method: Literal["HEAD", "GET"], url: str) -> Answer:
        """Ask any allowed address once and return whatever it answers, also a refusal or a redirect.

        For callers to whom every answer is one: nothing is repeated or followed, a limit pauses nobody, and it counts
        as no question to the service. Raises :class:`RetryLater` where no whole answer came, and ``Rejected``.
        """
        outgoing = Outgoing(method, origin_of(url), target_of(url), "(probe)", {})
        deadline = time.monotonic() + self._patience.total_seconds
        with _bounded(deadline):
            self._wait_for_turn(deadline)
            outcome = self._exchange.run(outgoing, most_redirects=0)
        if isinstance(outcome, BacklineError):
            raise outcome
        return outcome

    def send(
        self,
        method: str,
        path: str,
        *,
        values: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        is_repeatable: bool | None = None,
    ) -> Answer:
        """Send a request below the base URL and return its successful answer.

        Repeats quickly after a broken connection, a timeout, 502, 503, 504 or a 429 with a short
        ``Retry-After``; only where ``is_repeatable`` (default: GET and HEAD).
        """
        if self._origin is None:
            raise ValueError(f"{self.name} has no base URL.")
        target = self._base_path + _PLACE.sub(lambda place: quote((values or {})[place[1]], safe=""), path)
        if query:
            target += "?" + urlencode(query, quote_via=quote)
        if is_repeatable is None:
            is_repeatable = method in ("GET", "HEAD")
        outgoing = Outgoing(method, self._origin, target, path, headers or {}, body)
        return self._call(outgoing, is_repeatable=is_repeatable)

    def close(self) -> None:
        """Close the connections; the service is not used any more."""
        self._close()

    def _call(self, outgoing: Outgoing, *, is_repeatable: bool, most_redirects: int = 0) -> Answer:
        started = time.monotonic()
        deadline = started + self._patience.total_seconds
        attempts_left = 1 + (self._patience.repeats if is_repeatable else 0)
        with _bounded(deadline):
            while True:
                attempts_left -= 1
                self._wait_for_turn(deadline)
                outcome = self._exchange.run(outgoing, most_redirects=most_redirects)
                if isinstance(outcome, Answer) and outcome.is_success:
                    _log(self.name, outgoing, outcome, started)
                    return outcome
                error, nap = self._judge(outcome, attempts_left)
                if nap is None or time.monotonic() + nap >= deadline:
                    break
                time.sleep(nap)
        _log(self.name, outgoing, outcome, started)
        raise error

    def _wait_for_turn(self, deadline: float) -> None:
        patience = min(self._patience.wait_seconds, deadline - time.monotonic())
        wait = self.limiter.take(longest_wait_seconds=patience)
        if wait < 0:
            raise RetryLater(
                f"{self.name} is being asked as often as it allows. We will go on shortly.",
                after=timedelta(seconds=-wait),
            )
        if wait > 0:
            time.sleep(wait)

    def _judge(self, outcome: Answer | BacklineError, attempts_left: int) -> tuple[BacklineError, float | None]:
        """Return the error for an unsuccessful outcome, and after how many seconds to repeat (None: do not)."""
        attempt = self._patience.repeats - attempts_left
        nap = min(1.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
        if isinstance(outcome, BacklineError):
            return outcome, nap if isinstance(outcome, RetryLater) and attempts_left else None
        error = (self._explain and self._explain(outcome)) or failure_of(outcome)
        if not isinstance(error, RetryLater):
            return error, None
        if outcome.status == 429 or (outcome.status == 503 and outcome.retry_after is not None):
            seconds = (error.after or timedelta(0)).total_seconds()
            if attempts_left and seconds <= self._patience.wait_seconds:
                return error, seconds
            self.limiter.pause(timedelta(seconds=seconds))
            return error, None
        return error, nap if attempts_left and outcome.status in _QUICKLY_REPEATED else None


@contextmanager
def _bounded(deadline: float) -> Iterator[None]:
    transport.set_deadline(deadline)
    try:
        yield
    finally:
        transport.set_deadline(None)


def _log(service: str, outgoing: Outgoing, outcome: Answer | BacklineError, started: float) -> None:
    """Count the call and write one line: service, method, path template, status, milliseconds.

    Nothing of what was sent is in it.
    """
    seconds = time.monotonic() - started
    status = outcome.status if isinstance(outcome, Answer) else None
    measures.note_outside(service, status=status, seconds=seconds)
    if isinstance(outcome, Answer) and outcome.is_success:
        write, event = log.debug, "http.answered"
    else:
        write, event = log.warning, "http.failed"
    write(
        event,
        service=service,
        method=outgoing.method,
        path=outgoing.template,
        status=outcome.status if isinstance(outcome, Answer) else type(outcome).__name__,
        ms=round(seconds * 1000),
    )


def basic_auth(user: str, password: str) -> str:
    """Return the value of an ``Authorization`` header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
