"""Reports by mail and shared figures: what they are about, who gets them, and how they end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail
from tests.factories.accounts import access_of, make_artist, make_member, make_user
from tests.factories.analytics import BOT, SpoolWriter, make_event
from tests.plugins.jobs import DrainJobs

from backline.accounts.models import Membership, User
from backline.accounts.types import ArtistAccess, ArtistIdentity, Role
from backline.analytics import personal_data, reports, reports_mailing, reports_sharing
from backline.analytics.models import ReportSchedule, SharedReport
from backline.analytics.reports_sharing import Section
from backline.analytics.shipping.shipper import ship_once
from backline.analytics.types import Cadence
from backline.core import clock
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.core.ids import new_id
from backline.settings.environment import Environment

pytestmark = pytest.mark.django_db
SUNDAY = datetime(2026, 3, 29, 12, tzinfo=UTC)
"""On this day clocks in Berlin went forward."""


@pytest.fixture(autouse=True)
def _mails_stay_here(settings: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings as django_settings

    monkeypatch.setattr(django_settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")


@pytest.fixture
def manager() -> User:
    return make_user(name="Jo Lind")


@pytest.fixture
def artist(manager: User) -> ArtistIdentity:
    return make_artist(creator=manager)


@pytest.fixture
def access(manager: User, artist: ArtistIdentity) -> ArtistAccess:
    return access_of(manager, artist)


@pytest.mark.parametrize(
    ("cadence", "zone", "after", "due"),
    [
        (Cadence.WEEK, "Europe/Berlin", SUNDAY, datetime(2026, 3, 30, 6, tzinfo=UTC)),
        (Cadence.WEEK, "Europe/Berlin", datetime(2026, 3, 30, 6, tzinfo=UTC), datetime(2026, 4, 6, 6, tzinfo=UTC)),
        (Cadence.MONTH, "Pacific/Kiritimati", SUNDAY, datetime(2026, 3, 31, 18, tzinfo=UTC)),
        (Cadence.MONTH, "America/New_York", datetime(2026, 12, 5, tzinfo=UTC), datetime(2027, 1, 1, 13, tzinfo=UTC)),
    ],
)
def test_a_report_is_due_at_eight_where_its_readers_are(
    cadence: Cadence, zone: str, after: datetime, due: datetime
) -> None:
    assert reports.next_due(cadence, zone, after=after) == due


def test_a_report_is_about_whole_weeks_and_months() -> None:
    week = reports.calendar_of(Cadence.WEEK, "Europe/Berlin", due_at=datetime(2026, 3, 30, 6, tzinfo=UTC))
    assert (week.first_day, week.last_day) == (date(2026, 3, 23), date(2026, 3, 29))
    assert week.stretch.until - week.stretch.since == timedelta(days=7)
    assert week.stretch.until.astimezone(UTC) == datetime(2026, 3, 29, 22, tzinfo=UTC), "after the clocks changed"
    assert week.stretch.before_until == week.stretch.since
    month = reports.calendar_of(Cadence.MONTH, "UTC", due_at=datetime(2026, 3, 1, 8, tzinfo=UTC))
    assert (month.first_day, month.last_day) == (date(2026, 2, 1), date(2026, 2, 28))
    assert month.stretch.before_since == datetime(2026, 1, 1, tzinfo=UTC)


def test_only_people_on_the_team_can_be_chosen(access: ArtistAccess, manager: User) -> None:
    with clock.frozen(SUNDAY):
        assert reports.choose(access, Cadence.WEEK, members=[manager.pk, make_user().pk], timezone="UTC") == 1
    assert reports.schedules_of(access)[Cadence.WEEK].members == {manager.pk}
    assert reports.choose(access, Cadence.WEEK, members=[], timezone="UTC") == 0
    assert reports.schedules_of(access) == {}


def test_a_viewer_does_not_choose(artist: ArtistIdentity) -> None:
    viewer = access_of(make_member(artist, role=Role.VIEWER), artist)
    with pytest.raises(NotAllowedError):
        reports.choose(viewer, Cadence.WEEK, members=[viewer.user_id], timezone="UTC")
    with pytest.raises(NotAllowedError):
        reports_sharing.share(viewer, name="Label", days=28, sections=Section, timezone="UTC", lives=None)
    assert reports_sharing.shared_of(viewer) == ()


def put(settings: Environment, artist: UUID) -> None:
    """Let fans come in the week that ends on that Sunday, and fewer in the one before."""
    monday = datetime(2026, 3, 23, 12, tzinfo=UTC)
    with SpoolWriter(settings.spool_folder) as spool:
        spool.write(
            *(make_event(artist=artist, at=monday, country="IS", referrer_host="l.instagram.com") for _ in range(6)),
            make_event(artist=artist, at=monday, kind="service_click", service="spotify"),
            make_event(artist=artist, at=monday, user_agent=BOT),
            make_event(artist=artist, at=monday - timedelta(days=7)),
            make_event(artist=artist, at=monday + timedelta(days=7)),
        )
    ship_once(settings)


def test_the_mail_has_the_figures_of_the_week_against_the_one_before(
    settings: Environment, access: ArtistAccess, artist: ArtistIdentity, manager: User, drain_jobs: DrainJobs
) -> None:
    with clock.frozen(SUNDAY):
        reports.choose(access, Cadence.WEEK, members=[manager.pk], timezone="Europe/Berlin")
        assert reports.enqueue_due() == 0
    with clock.frozen(SUNDAY + timedelta(hours=18)):
        put(settings, artist.id)
        assert reports.enqueue_due() == 1
        assert reports.enqueue_due() == 0, "each report is taken once"
        drain_jobs()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([manager.email], "Halla Norden, 23 March 2026 to 29 March 2026")
    html = str(sent.alternatives[0][0])  # type: ignore[attr-defined]
    for text in ("Views: 6 (before: 1)", "Music service clicks: 1 (before: 0)", "Service click rate: 16.7%"):
        assert text in str(sent.body)
    for text in ("Iceland", "Instagram", "Spotify", "Hub", "?from=2026-03-23&to=2026-03-29"):
        assert text in str(sent.body)
        assert text.replace("&", "&amp;") in html
    assert reports.schedules_of(access)[Cadence.WEEK].next_at == datetime(2026, 4, 6, 6, tzinfo=UTC)


def test_a_week_without_fans_says_so(settings: Environment, access: ArtistAccess, manager: User) -> None:
    reports.choose(access, Cadence.MONTH, members=[manager.pk], timezone="UTC")
    schedule = ReportSchedule.objects.get()
    assert reports_mailing.send(schedule_id=schedule.pk, user_id=manager.pk, due_at=SUNDAY)
    assert "No fan opened a page in these days." in str(mail.outbox[0].body)


def test_who_left_the_team_gets_nothing(settings: Environment, access: ArtistAccess, artist: ArtistIdentity) -> None:
    member = make_member(artist)
    reports.choose(access, Cadence.WEEK, members=[member.pk], timezone="UTC")
    Membership.objects.filter(user=member).delete()
    schedule = ReportSchedule.objects.get()
    assert not reports_mailing.send(schedule_id=schedule.pk, user_id=member.pk, due_at=SUNDAY)
    assert not reports_mailing.send(schedule_id=schedule.pk, user_id=access.user_id, due_at=SUNDAY), "not chosen"
    assert not reports_mailing.send(schedule_id=new_id(), user_id=member.pk, due_at=SUNDAY)
    assert mail.outbox == []


def test_after_a_long_stop_old_reports_are_left_out(access: ArtistAccess, manager: User) -> None:
    with clock.frozen(SUNDAY):
        reports.choose(access, Cadence.WEEK, members=[manager.pk], timezone="UTC")
    with clock.frozen(SUNDAY + timedelta(days=30)):
        assert reports.enqueue_due() == 0
        assert reports.schedules_of(access)[Cadence.WEEK].next_at > clock.now()


def test_the_database_does_not_know_the_secret_in_an_address(access: ArtistAccess) -> None:
    shared = reports_sharing.share(access, name=" My  label ", days=28, sections=Section, timezone="UTC", lives=7)
    row = SharedReport.objects.get()
    assert shared.token not in str(vars(row))
    assert (row.name, reports_sharing.shared_at(shared.token).id) == ("My label", shared.id)
    for wrong in ("", shared.token[:-1], row.token_hash, str(row.pk)):
        with pytest.raises(NotFoundError):
            reports_sharing.shared_at(wrong)


def test_a_shared_report_ends_by_hand_and_by_time(access: ArtistAccess) -> None:
    first, second = (
        reports_sharing.share(access, name="Label", days=7, sections=[], timezone="UTC", lives=lives)
        for lives in (None, 30)
    )
    reports_sharing.end(access, report_id=first.id)
    with pytest.raises(NotFoundError):
        reports_sharing.shared_at(first.token)
    with clock.frozen(clock.now() + timedelta(days=30)):
        with pytest.raises(NotFoundError):
            reports_sharing.shared_at(second.token)
        assert reports_sharing.forget_old() == 1
    stranger = make_user()
    third = reports_sharing.share(access, name="Label", days=7, sections=[], timezone="UTC", lives=None)
    reports_sharing.end(access_of(stranger, make_artist(creator=stranger)), report_id=third.id)
    assert reports_sharing.shared_at(third.token).id == third.id, "only the artist's own team ends it"


@pytest.mark.parametrize("wish", [{"name": " "}, {"name": "x" * 81}, {"days": 365}, {"lives": 1}])
def test_what_cannot_be_shared_is_refused(access: ArtistAccess, wish: dict[str, object]) -> None:
    plain: dict[str, object] = {"name": "Label", "days": 28, "sections": [], "timezone": "UTC", "lives": None}
    with pytest.raises(Rejected):
        reports_sharing.share(access, **(plain | wish))  # type: ignore[arg-type]


def test_there_is_an_end_to_sharing(access: ArtistAccess) -> None:
    for _ in range(reports_sharing.MOST):
        reports_sharing.share(access, name="Label", days=28, sections=[], timezone="UTC", lives=None)
    with pytest.raises(Rejected, match="already"):
        reports_sharing.share(access, name="Label", days=28, sections=[], timezone="UTC", lives=None)


def test_an_erased_person_is_forgotten_here_too(access: ArtistAccess, artist: ArtistIdentity, manager: User) -> None:
    other = make_member(artist)
    reports.choose(access, Cadence.WEEK, members=[manager.pk, other.pk], timezone="UTC")
    reports.choose(access, Cadence.MONTH, members=[manager.pk], timezone="UTC")
    reports_sharing.share(access, name="Label", days=28, sections=[], timezone="UTC", lives=None)
    held = personal_data.export(manager.pk)
    assert {key: len(rows) for key, rows in held.items()} == {
        "exports_asked_for": 0,
        "reports_shared": 1,
        "reports_received": 2,
    }
    personal_data.erase(manager.pk)
    assert not any(personal_data.export(manager.pk).values())
    assert ReportSchedule.objects.get().members == [other.pk]
    assert SharedReport.objects.get().made_by is None
