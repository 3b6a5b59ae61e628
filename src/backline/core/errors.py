"""The families of things that go wrong, each with a sentence for the person who reads it.

``message`` is shown to people: it says what happened and how to go on, and never
carries a token, an address of a person or a stack trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta


class BacklineError(Exception):
    """Root of the errors that a caller is expected to show or to act on."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RetryLater(BacklineError):
    """An outside service cannot answer now. ``after`` says how long to wait, if it said so."""

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class NeedsAction(BacklineError):
    """A person has to do something first: reconnect, pay, grant a permission."""


class Rejected(BacklineError):
    """The input was refused. ``field_errors`` names each field and its fix."""

    def __init__(self, message: str, *, field_errors: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.field_errors: Mapping[str, str] = dict(field_errors or {})


class NotFoundError(BacklineError):
    """The thing does not exist, or not for whoever asks: the two look the same."""


class NotAllowedError(BacklineError):
    """The thing exists for whoever asks, but their role does not allow this act."""


class StaleError(BacklineError):
    """The thing changed since it was read; read it again and repeat."""
