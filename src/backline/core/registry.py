"""Where adapters meet ports: the composition root fills registries, domain apps read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class NotRegisteredError(LookupError):
    """Nothing is registered under the key; the provider's settings are missing."""


class Registry(Generic[T]):
    """A named, ordered set of implementations of one port."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._items: dict[str, T] = {}

    def register(self, key: str, item: T) -> None:
        """Put ``item`` under ``key``, replacing what was there."""
        self._items[key] = item

    def get(self, key: str) -> T:
        """Return what is under ``key``; raises :class:`NotRegisteredError`."""
        try:
            return self._items[key]
        except KeyError:
            raise NotRegisteredError(f"No {self._what} is registered as {key!r}.") from None

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._items.values()))

    def keys(self) -> tuple[str, ...]:
        """Return the keys in the order of registration."""
        return tuple(self._items)

    @contextmanager
    def holding(self, **items: T) -> Iterator[None]:
        """Hold exactly ``items`` for the length of a ``with`` block (tests)."""
        before, self._items = self._items, dict(items)
        try:
            yield
        finally:
            self._items = before
