"""A platform whose tokens rotate, and real ones around which something happens: for the tests of tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from django.db import connection as database
from tests.factories.connecting import Connecting
from tests.factories.platforms import CHANNELS, CONSENT_FACTS, MadeUpConsent, MadeUpPlans
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts.types import ArtistAccess
from backline.connections import grants
from backline.connections.models import Grant
from backline.connections.ports import ConsentPlatform, plans, platforms
from backline.connections.types import (
    CodeRefusedError,
    ConsentAnswer,
    GrantLostError,
    LossReason,
    PlatformFacts,
    Purpose,
    Tokens,
)
from backline.core import clock

FACTS = replace(CONSENT_FACTS, has_link=False, needs_plan=frozenset())
Meanwhile = Callable[[str], None]


class DiedError(BaseException):
    """This process was killed here."""


def nothing(verb: str) -> None:
    """Let nothing happen meanwhile."""


@dataclass
class Rotating(MadeUpConsent):
    """Hands out numbered tokens for an hour, and knows which refresh tokens are good there.

    ``meanwhile`` is told each verb that was done, before its answer is handed over.
    """

    facts: PlatformFacts = FACTS
    life: timedelta = timedelta(hours=1)
    rotates: bool = True
    good: set[str] = field(default_factory=set)
    asked_with: list[str] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)
    renewals: int = 0
    meanwhile: Meanwhile = nothing

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def exchange(self, answer: ConsentAnswer) -> Tokens:
        """Give tokens for a code, once."""
        if self.fails_exchange:
            raise self.fails_exchange
        with self._lock:
            if answer.code in self.spent:
                raise CodeRefusedError("Wavelet did not take this sign-in. Connect again.")
            self.spent.add(answer.code)
            tokens = self._new(f"of {answer.code}")
        self.meanwhile("exchange")
        return tokens

    def refresh(self, tokens: Tokens, *, purpose: Purpose) -> Tokens:
        """Give new tokens for a refresh token that is good here."""
        self._answer()
        with self._lock:
            self.asked_with.append(tokens.refresh)
            if tokens.refresh not in self.good:
                raise GrantLostError("Wavelet no longer accepts our access. Connect again.", reason=LossReason.REVOKED)
            self.renewals += 1
            renewed = self._new(str(self.renewals))
        self.meanwhile("refresh")
        return renewed if self.rotates else replace(renewed, refresh="")

    def inspect(self, *args: Any, **kwargs: Any) -> Any:
        """Say what is scripted."""
        self.meanwhile("inspect")
        return super().inspect(*args, **kwargs)

    def _new(self, name: str) -> Tokens:
        self.good.add(f"refresh {name}")
        return Tokens(
            access=f"access {name}",
            refresh=f"refresh {name}",
            access_expires_at=clock.now() + self.life,
            account=self.account,
        )


class Around:
    """A real platform; ``meanwhile`` is told each verb that was done there, before its answer is handed over."""

    def __init__(self, platform: object, meanwhile: Callable[[str, tuple[Any, ...], Any], None]) -> None:
        self._platform = platform
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        """Return the platform's own, with its answers noted."""
        own = getattr(self._platform, name)
        if not callable(own):
            return own

        def verb(*args: Any, **kwargs: Any) -> Any:
            answer = own(*args, **kwargs)
            self._meanwhile(name, args, answer)
            return answer

        return verb


@contextmanager
def rotating(platform: Rotating) -> Iterator[Rotating]:
    """Hold the platform, and plans for everybody."""
    with platforms.holding(wavelet=platform), plans.holding(billing=MadeUpPlans()):
        yield platform


@contextmanager
def around(key: str, meanwhile: Callable[[str, tuple[Any, ...], Any], None]) -> Iterator[None]:
    """Put something around one of the platforms that are held now."""
    held = {name: platforms.get(name) for name in platforms.keys()}  # noqa: SIM118 - a registry is no mapping
    held[key] = cast("ConsentPlatform", Around(held[key], meanwhile))
    with platforms.holding(**held):
        yield


@dataclass
class Wavelet(Connecting):
    """Somebody on the way to the made-up platform and back."""

    def back(self, code: str = "code 1", purpose: Purpose = Purpose.ADVERTISING) -> None:
        """Go there and come back with ``code``; nothing is exchanged yet."""
        state = parse_qs(urlsplit(self.begin(purpose)).query)["state"][0]
        self.take({"state": state, "code": code})

    def connected(self, code: str = "code 1", purpose: Purpose = Purpose.ADVERTISING) -> Wavelet:
        """Connect."""
        self.back(code, purpose)
        self.drain()
        if not self.row.name:
            self.choose(CHANNELS[0].external_id)
        assert self.label == ("Connected", ""), (self.label, self.row.meaning)
        return self


def wavelet(access: ArtistAccess, drain: DrainJobs) -> Wavelet:
    """Return somebody who may connect the made-up platform."""
    return Wavelet(access, cast("Sandbox", None), drain, "wavelet")


def fresh(way: Connecting, purpose: Purpose = Purpose.ADVERTISING) -> Tokens:
    """Return the connection's tokens as work with the platform gets them."""
    platform = cast("ConsentPlatform", platforms.get(way.provider))
    return grants.fresh_tokens(platform, connection_id=way.stored.pk, purpose=purpose)


def grant_of(way: Connecting) -> Grant:
    """Return the one grant that is held."""
    return Grant.objects.get(connection=way.stored, ended_at=None)


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """Return what ``act`` returned or raised in that many threads that begin together, each with its own connection."""
    gate, ends = threading.Barrier(count), []

    def run() -> None:
        try:
            with database.cursor():  # connected before the start
                gate.wait(10)
            ends.append(act())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            ends.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends
