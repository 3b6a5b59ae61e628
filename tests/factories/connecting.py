"""Somebody who connects platforms to an artist, at the sandbox, without a browser."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import httpx2
from tests.factories.consent import decide
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts.types import ArtistAccess
from backline.billing import selectors as billing_plans
from backline.billing import services as billing
from backline.billing.types import Tier
from backline.connections import ports, selectors, services
from backline.connections.models import Connection
from backline.connections.selectors import Row
from backline.connections.services import Callback, Returned
from backline.connections.types import Purpose
from backline.core.audit import SYSTEM
from backline.integrations.outbound import outbound_of
from backline.server import composition

BROWSER = "the secret of one browser session"


@contextmanager
def real_platforms(sandbox: Sandbox, *, patience_seconds: float = 3.0) -> Iterator[None]:
    """Hold the platforms that production uses, pointed at the sandbox."""
    outbound = outbound_of(sandbox.settings)
    outbound = replace(outbound, patience=replace(outbound.patience, read_seconds=patience_seconds, wait_seconds=0.2))
    found = composition.connection_platforms(sandbox.settings, outbound)
    with ports.platforms.holding(**found), ports.plans.holding(billing=billing_plans):
        yield


@dataclass
class Connecting:
    """A person with an artist, on the way to a platform and back."""

    access: ArtistAccess
    sandbox: Sandbox
    drain: DrainJobs
    provider: str
    browser: str = BROWSER
    address: str = field(default="", repr=False)

    def with_plan(self) -> Connecting:
        """Give the artist a managed-advertising plan."""
        billing.set_plan(artist_id=self.access.artist_id, tier=Tier.PLUS, is_active=True, actor=SYSTEM)
        return self

    def begin(self, purpose: Purpose = Purpose.ADVERTISING) -> str:
        """Go to the platform; returns the address there."""
        self.address = services.start_consent(
            self.access, provider=self.provider, purpose=purpose, session_secret=self.browser
        )
        return self.address

    def decide(self, person: str, *, without: Collection[str] = (), decision: str = "approve") -> dict[str, str]:
        """Decide at the platform; returns the query with which the browser comes back."""
        return decide(self.address, person=person, without=without, decision=decision)

    def take(self, query: dict[str, str], **instead: object) -> Returned:
        """Come back with ``query``; ``instead`` sets another ``provider``, ``user_id`` or ``session_secret``."""
        callback = Callback(
            state=query.get("state", ""),
            code=query.get("code", "") or query.get("auth_code", ""),
            error=query.get("error", ""),
        )
        given: dict[str, object] = {
            "provider": self.provider,
            "user_id": self.access.user_id,
            "session_secret": self.browser,
        }
        return services.take_callback(callback, **(given | instead))  # type: ignore[arg-type]

    def consent(
        self,
        person: str,
        *,
        purpose: Purpose = Purpose.ADVERTISING,
        without: Collection[str] = (),
        decision: str = "approve",
    ) -> Row:
        """Go there, decide, come back, and let the jobs run."""
        self.begin(purpose)
        self.take(self.decide(person, without=without, decision=decision))
        self.drain()
        return self.row

    def look_up(self, url: str) -> None:
        """Give the artist's address."""
        services.look_up(self.access, provider=self.provider, url=url)

    def confirm(self) -> Row:
        """Say yes to who was found."""
        found = self.row.found
        services.confirm(self.access, provider=self.provider, external_id=found.external_id if found else "")
        return self.row

    def choose(self, external_id: str) -> Row:
        """Choose a Page, channel or advertiser."""
        services.choose(self.access, provider=self.provider, external_id=external_id)
        self.drain()
        return self.row

    def choices(self) -> dict[str, str]:
        """Return what can be chosen: name by id."""
        return {
            choice.external_id: choice.name
            for choice in services.choices(self.access, provider=self.provider)
            if not choice.why_not
        }

    def check(self) -> Row:
        """Have the connection looked at."""
        services.check_now(self.access, provider=self.provider)
        self.drain()
        return self.row

    def behind(self, path: str, **values: object) -> dict[str, object]:
        """Let something happen at the platform without us: ``path`` is below the stand-in's ``/-/``."""
        answer = httpx2.post(f"{self.sandbox.base_url}/{path}", json=values, timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @property
    def row(self) -> Row:
        """The row as the page shows it."""
        found = selectors.row_of(self.access, provider=self.provider)
        assert found is not None
        return found

    @property
    def stored(self) -> Connection:
        """The row as it is kept."""
        return Connection.objects.get(artist_id=self.access.artist_id, provider=self.provider)

    @property
    def label(self) -> tuple[str, str]:
        """Status and detail as they read on the page."""
        return self.row.status.value, self.row.detail.value if self.row.detail else ""
