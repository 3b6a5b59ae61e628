"""Fixture ``use_keys``: gives this process other keys for stored tokens, as a start with another setting does."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator

import pytest

from backline.core import crypto
from backline.settings import environment

UseKeys = Callable[..., None]


def new_key() -> str:
    """Return a key as the setting holds it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def id_of(key: str) -> str:
    """Return the id under which a key is named to operators."""
    return crypto.key_id(base64.urlsafe_b64decode(key)).hex()


@pytest.fixture
def use_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[UseKeys]:
    """Return a function that takes the keys, the current one first; none closes the vault."""

    def use(*keys: str) -> None:
        monkeypatch.delenv("BACKLINE_ENCRYPTION_KEYS_FILE", raising=False)
        monkeypatch.setenv("BACKLINE_ENCRYPTION_KEYS", " ".join(keys))
        environment.current.cache_clear()

    yield use
    monkeypatch.undo()
    environment.current.cache_clear()
