"""What came back, and which family of errors it belongs to."""

from __future__ import annotations

import functools
import logging
import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

import msgspec
import structlog

from backline.core import clock
from backline.core.errors import BacklineError, NeedsAction, Rejected, RetryLater

T = TypeVar("T")

_LONGEST_RETRY_AFTER = timedelta(days=1)
_THROTTLED_AFTER = timedelta(seconds=10)
"""How long to stay away after a 429 that does not say for how long."""


def logger_of(name: str) -> Any:
    """Return a structlog logger that hands its events to the standard library's ``logging``, set up or not.

    They go where the program's log goes (``core.telemetry.logs``), and cost nothing while the level is off.
    """
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


log = logger_of("backline.http")


class AnswerTooLargeError(Rejected):
    """The answer is larger than what the caller is ready to take."""


class UnreadableAnswerError(RetryLater):
    """The answer is broken, or not in the shape that the service promises."""


@functools.cache
def _decoder(shape: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast(Any, shape))


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer of a service. ``path`` is the template of the path, fit for logs."""

    service: str
    path: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        """Return a header's value, empty when there is none."""
        wanted = name.lower().encode("ascii")
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return ""

    def decode(self, shape: type[T]) -> T:
        """Return the JSON body as ``shape``; raises :class:`UnreadableAnswerError` when it is not."""
        try:
            decoded: T = _decoder(cast(Hashable, shape)).decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = str(error)[:200]
        else:
            return decoded
        log.warning("http.unreadable", service=self.service, path=self.path, status=self.status, problem=problem)
        raise UnreadableAnswerError(f"{self.service} sent an answer that could not be read. We will ask again.")

    def decode_or_none(self, shape: type[T]) -> T | None:
        """Return the JSON body as ``shape``, or None when it is something else: for bodies of errors."""
        try:
            decoded: T = _decoder(cast(Hashable, shape)).decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        return decoded

    @property
    def retry_after(self) -> timedelta | None:
        """Return what ``Retry-After`` asks for, at most a day; None when it is absent or makes no sense."""
        text = self.header("retry-after").strip()
        if not text:
            return None
        if text.isascii() and text.isdigit():
            seconds = min(int(text[:9]), int(_LONGEST_RETRY_AFTER.total_seconds()))
            return timedelta(seconds=seconds)
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max(at - clock.now(), timedelta(0)), _LONGEST_RETRY_AFTER)


def failure_of(answer: Answer) -> BacklineError:
    """Return the error that an unsuccessful status stands for, where a client has nothing better to say."""
    name, status = answer.service, answer.status
    if status == 429:
        after = _THROTTLED_AFTER if answer.retry_after is None else answer.retry_after
        return RetryLater(f"{name} asks us to slow down. We will go on {in_words(after)}.", after=after)
    if status in (408, 425) or status >= 500:
        return RetryLater(f"{name} has a fault of its own just now. We will ask again.", after=answer.retry_after)
    if status in (401, 403):
        return NeedsAction(f"{name} refuses our credentials. Check the settings for {name}.")
    if status in (404, 410):
        return Rejected(f"{name} does not know this.")
    if status < 400:
        return Rejected(f"{name} sends us elsewhere, which we do not follow.")
    return Rejected(f"{name} did not accept the request (status {status}).")


def in_words(wait: timedelta) -> str:
    """Return ``in 5 seconds``, ``in about 3 minutes``: for people who wait."""
    seconds = max(1, round(wait.total_seconds()))
    if seconds < 90:
        return f"in {seconds} second{'s' if seconds != 1 else ''}"
    if seconds < 90 * 60:
        return f"in about {round(seconds / 60)} minutes"
    hours = round(seconds / 3600)
    return f"in about {hours} hours"


class Inflater:
    """Unpacks a gzip body as it comes in, never making more than ``most_bytes``."""

    def __init__(self, most_bytes: int) -> None:
        self._zlib = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._left = most_bytes

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk unpacks to; raises ``zlib.error`` or :class:`AnswerTooLargeError`."""
        plain = self._zlib.decompress(chunk, self._left + 1)
        self._left -= len(plain)
        if self._left < 0:
            raise AnswerTooLargeError("The answer is too large.")
        return plain

    @property
    def is_complete(self) -> bool:
        """Tell whether the packed body came to its end."""
        return self._zlib.eof
