"""The only way out: every request to an outside service goes through :class:`Service`.

It checks where a request goes (:mod:`~backline.core.http.addresses`), bounds how long it takes and how
large an answer may be, repeats what may be repeated, keeps to the service's rate
(:mod:`~backline.core.http.limits`), decodes JSON into typed structs, and turns everything that can go
wrong into one of three families of errors, with a sentence for people. Nothing that it logs or raises
holds a token, a query or a body.
"""

from __future__ import annotations

from backline.core.http.addresses import DestinationRefusedError, Origin, Reach, is_public, origin_of, resolve
from backline.core.http.answers import (
    Answer,
    AnswerTooLargeError,
    UnreadableAnswerError,
    failure_of,
    in_words,
    logger_of,
)
from backline.core.http.limits import RateLimiter
from backline.core.http.service import DEFAULT_PATIENCE, Explain, Outbound, Patience, Service, basic_auth

__all__ = [
    "DEFAULT_PATIENCE",
    "Answer",
    "AnswerTooLargeError",
    "DestinationRefusedError",
    "Explain",
    "Origin",
    "Outbound",
    "Patience",
    "RateLimiter",
    "Reach",
    "Service",
    "UnreadableAnswerError",
    "basic_auth",
    "failure_of",
    "in_words",
    "is_public",
    "logger_of",
    "origin_of",
    "resolve",
]
