"""No token, code, verifier or state of a whole life with every platform is anywhere but at the platforms."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from django.test import Client
from tests.factories.accounts import access_of, make_artist, make_user
from tests.factories.connecting import Connecting, real_platforms
from tests.factories.consent import decide
from tests.factories.dashboards import signed_in
from tests.factories.leaks import (
    Leak,
    Places,
    answer,
    backup,
    database,
    here,
    keeping_job_arguments,
    keeping_log_lines,
    leaks,
    personal_data,
)
from tests.factories.rotating import Around
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts.models import User
from backline.connections import services
from backline.connections.models import Consent, Grant
from backline.connections.ports import platforms
from backline.connections.types import ConsentAnswer, Purpose, Tokens
from backline.core import audit, clock
from backline.core.audit import SYSTEM
from backline.core.telemetry import logs
from backline.integrations.meta.sandbox_people import ONE_PAGE
from backline.server import backup as backups

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

WAYS = [
    ("meta", ONE_PAGE, Purpose.ADVERTISING),
    ("youtube", "maya", Purpose.ADVERTISING),
    ("tiktok", "mira", Purpose.IDENTITY),
    ("tiktok", "mira", Purpose.ADVERTISING),
]
SERVICES = {"meta": "meta", "youtube": "google", "tiktok": "tiktok"}
FAULTS = ("500", "error_inside", "half_body", "429")


@dataclass
class Life:
    """An artist with every platform, by the dashboard; keeps what is secret and what a browser was shown."""

    user: User
    way: Connecting
    client: Client
    secrets: dict[str, str] = field(default_factory=dict)
    places: list[tuple[str, str | bytes]] = field(default_factory=list)
    slug: str = ""

    def keep(self, what: str, secret: str) -> None:
        """Plant a secret that somebody else made."""
        if secret:
            self.secrets[secret] = what

    def note(self, verb: str, args: tuple[Any, ...], said: Any) -> None:
        """Keep what went to a platform and came back."""
        for value in (*args, said):
            if isinstance(value, Tokens):
                self.keep("access token", value.access)
                self.keep("refresh token", value.refresh)
            if isinstance(value, ConsentAnswer):
                self.keep("code", value.code)
                self.keep("verifier", value.code_verifier)

    def get(self, path: str, **headers: str) -> int:
        """Look at a page."""
        response = self.client.get(path, headers=headers)
        self.places.extend(answer(f"page {urlsplit(path).path}", response))
        return response.status_code

    def post(self, path: str, **data: str) -> int:
        """Press a button."""
        response = self.client.post(f"/a/{self.slug}/connections/{path}", data)
        self.places.extend(answer(f"answer of {path}", response))
        return response.status_code

    def consent(self, provider: str, person: str, purpose: Purpose) -> None:
        """Connect, as a browser does."""
        leaving = self.client.post(f"/a/{self.slug}/connections/{provider}/start/", {"purpose": purpose})
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', leaving.content.decode())
        assert found, leaving.content.decode()
        url = html.unescape(found[1])
        self.keep("state", parse_qs(urlsplit(url).query)["state"][0])
        back = decide(url, person=person)
        callback = f"/connections/{provider}/callback/"
        response = self.client.get(callback, back)
        assert response.status_code == 302
        self.places.extend(answer(f"callback of {provider}", response))
        self.way.drain()
        again = self.client.get(callback, back)  # what was used already, and what somebody altered
        altered = self.client.get(callback, back | {"state": back["state"][:-3] + "AAA"})
        told = self.client.get(again.headers["Location"])
        assert (again.status_code, altered.status_code) == (302, 302)
        assert told.content.decode().count("toast--problem") == 2
        for what, got in (("again", again), ("altered", altered), ("told", told)):
            self.places.extend(answer(f"callback {what}", got))

    def look_at_everything(self) -> None:
        """Look at every page of the artist and of the person."""
        here = f"/a/{self.slug}"
        pages = [f"{here}/", f"{here}/connections/", f"{here}/connections/rows/", f"{here}/settings/"]
        pages += [f"{here}/settings/log/", f"{here}/billing/", f"{here}/links/", "/settings/", "/settings/activity/"]
        for key in platforms.keys():  # noqa: SIM118 - a registry is no mapping
            pages += [f"{here}/connections/?open={key}"]
            pages += [f"{here}/connections/{key}/{act}/" for act in ("connect", "choose", "disconnect", "reset")]
        for path in pages:
            status = self.get(path, **({"hx-request": "true"} if path.endswith("rows/") else {}))
            assert status in (200, 204, 302, 404, 409, 503), (path, status)


@pytest.fixture
def life(sandbox: Sandbox, drain_jobs: DrainJobs, settings) -> Iterator[Life]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with real_platforms(sandbox):
        held = {key: platforms.get(key) for key in platforms.keys()}  # noqa: SIM118
        user = make_user(is_superuser=True)
        artist = make_artist(creator=user)
        way = Connecting(access_of(user, artist), sandbox, drain_jobs, "meta").with_plan()
        client = signed_in(user)
        client.raise_request_exception = False
        made = Life(user, way, client, slug=artist.slug)
        noted = {key: Around(one, made.note) if key in SERVICES else one for key, one in held.items()}
        with platforms.holding(**noted):  # type: ignore[arg-type]
            yield made


def live(life: Life) -> None:
    """Connect everything, let it be renewed, fail, be lost, be ended and be connected again."""
    life.look_at_everything()
    connect_everything(life)
    life.look_at_everything()
    with clock.frozen(clock.now()) as advance:

        def pass_days(days: int) -> None:
            life.way.sandbox.advance(days=days)
            advance(timedelta(days=days))
            services.check_due()
            life.way.drain(keep_going=True)

        for days in (1, 1, 50):
            pass_days(days)
        defect(life)
        for kind in FAULTS:
            for service in SERVICES.values():
                life.way.sandbox.fault(service, kind)
            pass_days(1)
            for provider in SERVICES:
                life.get(f"/a/{life.slug}/connections/{provider}/choose/")
            life.way.sandbox.clear_faults()
        assert life.post("youtube/disconnect/") == 302
        for service, person in (("meta", ONE_PAGE), ("tiktok", "mira")):
            life.way.behind(f"{service}/-/revoke", person=person)
        pass_days(3)
        life.look_at_everything()
        for provider, person, purpose in WAYS:  # so that a backup holds what lives, too
            life.consent(provider, person, purpose)


def connect_everything(life: Life) -> None:
    """Connect every platform, for each purpose that it has for this artist."""
    for provider, person, purpose in WAYS:
        life.consent(provider, person, purpose)
    for provider in SERVICES:
        choices = services.choices(life.way.access, provider=provider)
        assert life.post(f"{provider}/choose/", choice=choices[0].external_id) == 302
    for provider in ("spotify", "apple_music"):
        found = services.search(life.way.access, provider=provider, text="Ines Tallow")[0]
        assert life.post(f"{provider}/connect/", text=found.url) == 302
        life.way.drain()
        assert life.post(f"{provider}/confirm/", artist=found.external_id) == 302
        life.way.drain()


def defect(life: Life) -> None:
    """Show the page of a fault of ours, with tokens in hand."""

    def fail(verb: str, args: tuple[Any, ...], said: Any) -> None:
        if verb == "choices":
            raise ZeroDivisionError("a defect of an adapter")

    with platforms.holding(youtube=Around(platforms.get("youtube"), fail)):  # type: ignore[arg-type]
        assert life.get(f"/a/{life.slug}/connections/youtube/choose/") == 500


@pytest.mark.req("PP-14", "PP-51", "PP-52")
def test_nothing_secret_of_a_whole_life_is_anywhere(
    life: Life, sandbox: Sandbox, tmp_path: Path, mailoutbox: list[Any]
) -> None:
    with keeping_job_arguments(), keeping_log_lines() as log:
        live(life)
        assert Grant.objects.filter(ended_at=None).count() == len({provider for provider, *_ in WAYS})
        assert Consent.objects.exclude(ended_at=None).exists()
        keep_our_own(life, sandbox)
        secrets = list(life.secrets)
        assert {"access token", "refresh token", "code", "verifier", "state"} <= set(life.secrets.values())
        assert len(secrets) >= 30
        file = tmp_path / "all.tar.gz"
        backups.run(here(tmp_path), file)
        everywhere: list[Places] = [
            list(database()), list(personal_data(life.user.pk)), list(backup(file)), life.places, mails(mailoutbox),
        ]  # fmt: skip
        found = leaks(secrets, *everywhere, log())
        assert [(life.secrets[secrets[leak.number]], leak.place, leak.notation) for leak in found] == []
        assert len(mailoutbox) >= 1
        assert sum(place.startswith("page ") for place, _ in life.places) > 80
        must_find(secrets[0], tmp_path, log)


def must_find(secret: str, folder: Path, log: Any) -> None:
    """Plant one token where it may never be: the finder sees it in each place, in the same run."""
    audit.record("connection.check", actor=SYSTEM, object_type="connection", detail={"said": secret})
    structlog.get_logger("backline.connections").info("asked", note=secret)
    (folder / "second").mkdir()
    file = folder / "second.tar.gz"
    backups.run(here(folder / "second"), file)
    found = leaks([secret], database(), backup(file), log())
    assert Leak(0, "core_auditentry.detail", "as it is") in found
    assert {"backup: database.dump", "log before redaction"} <= {leak.place for leak in found}


def keep_our_own(life: Life, sandbox: Sandbox) -> None:
    """Plant what we hold ourselves, as far as the sandbox makes it up for this run."""
    for secret in (*sandbox.settings.encryption_keys, *logs.secrets_of(sandbox.settings)):
        if len(secret) >= 24:
            life.keep("of ours", secret)


def mails(sent: list[Any]) -> Places:
    """Return every mail, whole."""
    return [(f"mail {mail.subject}", mail.message().as_bytes() + mail.body.encode()) for mail in sent]
