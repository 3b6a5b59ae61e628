"""Every platform through every state, as a person and the platform make it happen, by the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories.accounts import access_of, make_access, make_artist, make_user
from tests.factories.connecting import Connecting, real_platforms
from tests.plugins.jobs import DrainJobs
from tests.plugins.sandbox import Sandbox

from backline.accounts import selectors as accounts
from backline.accounts.types import Role
from backline.connections import selectors, services
from backline.connections.models import Consent, Grant, Link
from backline.connections.selectors import Act
from backline.connections.services import PlanNeededError
from backline.connections.types import CampaignType, Purpose
from backline.core import audit, clock
from backline.core.audit import SYSTEM
from backline.core.errors import NotFoundError, Rejected
from backline.core.models import Transition
from backline.integrations.google.sandbox_people import people as google_people
from backline.integrations.meta.sandbox_people import NO_PAGE, OLEANDER, ONE_PAGE, THREE_PAGES

pytestmark = pytest.mark.timeout(60)

Pass = Callable[..., None]


@pytest.fixture(autouse=True)
def _platforms(sandbox: Sandbox, db: None, settings) -> Iterator[None]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with real_platforms(sandbox):
        yield


@pytest.fixture
def passes(sandbox: Sandbox, drain_jobs: DrainJobs) -> Iterator[Pass]:
    """Let time pass here and at every platform, and let what is due happen."""
    with clock.frozen(clock.now()) as advance:

        def passes(**length: float) -> None:
            sandbox.advance(**length)
            advance(timedelta(**length))
            services.give_up_abandoned()
            services.check_due()
            drain_jobs(keep_going=True)

        yield passes


def connecting(provider: str, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
    return Connecting(make_access(), sandbox, drain_jobs, provider)


def unmet(way: Connecting, kind: CampaignType) -> list[str]:
    found = next(each for each in selectors.readiness(way.access) if each.campaign_type is kind)
    return [line.label for line in found.unmet]


def team_of(way: Connecting) -> set[str]:
    return {member.email for member in accounts.artist_team(way.access) if member.role is not Role.VIEWER}


def subjects(mailoutbox) -> list[str]:
    return [mail.subject for mail in mailoutbox]


class TestMeta:
    """Facebook and Instagram."""

    @pytest.fixture
    def way(self, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
        return connecting("meta", sandbox, drain_jobs)

    @pytest.fixture
    def connected(self, way: Connecting) -> Connecting:
        way.with_plan().consent(ONE_PAGE)
        way.choose(OLEANDER)
        way.behind("meta/-/partner", page=OLEANDER, action="grant")
        way.check()
        assert way.label == ("Connected", "")
        return way

    @pytest.mark.req("PC-11", "PC-33", "PC-40")
    def test_from_nothing_to_a_partnership(self, way: Connecting) -> None:
        assert way.label == ("Not Connected", "Activate billing")
        assert way.row.act is Act.ACTIVATE_BILLING
        with pytest.raises(PlanNeededError, match="managed-advertising plan"):
            way.begin()
        way.with_plan()
        assert way.label == ("Not Connected", "")
        way.begin()
        assert way.label == ("Connecting", "")
        way.take(way.decide(ONE_PAGE))
        assert way.label == ("Connecting", "")
        way.drain()
        assert way.label == ("Connecting", "Complete Setup")
        assert way.row.act is Act.CHOOSE
        way.choose(OLEANDER)
        assert way.label == ("Partnership Needed", "Complete Setup")
        assert "Facebook and Instagram" not in unmet(way, CampaignType.SMART)
        assert "Meta partnership" in unmet(way, CampaignType.SMART)
        services.act(way.access, provider="meta", key="request_partnership")
        assert way.label == ("Partnership Needed", "")
        way.behind("meta/-/partner", page=OLEANDER, action="approve")
        assert way.check().name == "Oleander Pike"
        assert way.label == ("Connected", "")
        assert unmet(way, CampaignType.SMART) == ["Spotify"]
        assert [entry.action for entry in audit.of_artist(way.access.artist_id) if "connection" in entry.action] == [
            "connection.connect",
            "connection.act",
            "connection.choose",
            "connection.start",
        ]

    @pytest.mark.req("PC-11")
    def test_where_the_app_may_not_ask_the_artist_adds_the_partner(self, way: Connecting) -> None:
        way.with_plan().consent(ONE_PAGE)
        way.choose(OLEANDER)
        way.behind("meta/-/access", partners=False)
        with pytest.raises(Exception, match="add the partner yourself"):
            services.act(way.access, provider="meta", key="request_partnership")
        assert way.label == ("Partnership Needed", "Complete Setup")
        partnership = next(check for check in way.row.checks if check.key == "partnership")
        assert any("business id" in step for step in partnership.steps)
        way.behind("meta/-/partner", page=OLEANDER, action="grant")
        way.check()
        assert way.label == ("Connected", "")

    def test_a_no_changes_nothing(self, way: Connecting) -> None:
        way.with_plan().begin()
        returned = way.take(way.decide(ONE_PAGE, decision="deny"))
        assert returned.is_refused
        assert way.label == ("Not Connected", "")
        assert not Grant.objects.exists()

    @pytest.mark.req("PC-34")
    def test_a_fault_in_the_dialog_is_an_error_with_two_ways_on(self, way: Connecting) -> None:
        way.with_plan().consent(ONE_PAGE, decision="server_error")
        assert way.label == ("Error", "")
        assert services.try_again(way.access, provider="meta") is not None  # the sign-in itself has to be repeated
        services.reset(way.access, provider="meta")
        assert way.label == ("Not Connected", "")

    @pytest.mark.req("PC-34")
    def test_try_again_repeats_the_exchange_and_keeps_the_consent(self, way: Connecting, sandbox: Sandbox) -> None:
        sandbox.fault("meta", "500", route="/graph")
        way.with_plan().consent(ONE_PAGE)
        assert way.label == ("Error", "")
        sandbox.clear_faults()
        assert services.try_again(way.access, provider="meta") is None
        way.drain()
        assert way.label == ("Connecting", "Complete Setup")
        assert Consent.objects.count() == 1

    def test_an_account_without_a_page_says_so(self, way: Connecting) -> None:
        way.with_plan().consent(NO_PAGE)
        assert way.label == ("Connecting", "Complete Setup")
        assert "no Page" in way.row.meaning
        assert way.choices() == {}

    def test_a_page_without_the_needed_task_cannot_be_chosen(self, way: Connecting) -> None:
        way.with_plan().consent(THREE_PAGES)
        every = services.choices(way.access, provider="meta")
        barred = next(choice for choice in every if choice.why_not)
        with pytest.raises(Rejected, match="does not include ads"):
            services.choose(way.access, provider="meta", external_id=barred.external_id)
        with pytest.raises(Rejected, match="not there any more"):
            services.choose(way.access, provider="meta", external_id="9999")
        assert way.label == ("Connecting", "Complete Setup")

    def test_identity_alone_needs_no_plan_and_no_partnership(self, way: Connecting) -> None:
        way.consent(ONE_PAGE, purpose=Purpose.IDENTITY)
        way.choose(OLEANDER)
        assert way.label == ("Connected", "")
        assert way.row.purpose is Purpose.IDENTITY
        way.with_plan().consent(ONE_PAGE)  # later for advertising too: the Page stays chosen
        assert way.label == ("Partnership Needed", "Complete Setup")

    @pytest.mark.req("PC-35", "PP-72")
    def test_a_person_who_removes_the_app_disconnects_and_the_team_hears_of_it(
        self, connected: Connecting, mailoutbox
    ) -> None:
        answer = connected.behind("meta/-/revoke", person=ONE_PAGE)
        client = Client()
        for _ in range(2):  # Meta may call twice
            sent = client.post("/webhooks/meta/deauthorize/", {"signed_request": answer["signed_request"]})
            assert sent.status_code == 200
        connected.drain()
        assert connected.label == ("Disconnected", "")
        assert connected.row.act is Act.RECONNECT
        assert not Grant.objects.exists()
        assert {mail.to[0] for mail in mailoutbox} == team_of(connected)
        assert set(subjects(mailoutbox)) == {"Meta is disconnected from Halla Norden"}
        assert len(mailoutbox) == len(team_of(connected))  # nobody hears of it twice
        assert [row.facts.key for row in selectors.needing_attention(connected.access)] == ["meta"]
        connected.consent(ONE_PAGE)
        assert connected.label == ("Connected", "")  # the Page and the partnership are still there

    def test_an_old_call_that_comes_late_ends_nothing(self, connected: Connecting) -> None:
        signed = connected.behind("meta/-/revoke", person=ONE_PAGE)["signed_request"]
        connected.check()
        connected.consent(ONE_PAGE)
        assert Client().post("/webhooks/meta/deauthorize/", {"signed_request": signed}).status_code == 200
        connected.drain()
        assert connected.label == ("Connected", "")

    @pytest.mark.parametrize("how", ["password", "checkpoint", "logout"])
    def test_a_session_that_meta_ended_is_disconnected(self, connected: Connecting, how: str) -> None:
        connected.behind("meta/-/session", person=ONE_PAGE, how=how)
        connected.check()
        assert connected.label == ("Disconnected", "")

    def test_a_partnership_that_was_ended_is_disconnected(self, connected: Connecting, passes: Pass) -> None:
        connected.behind("meta/-/partner", page=OLEANDER, action="remove")
        passes(days=1)
        assert connected.label == ("Disconnected", "")

    def test_a_page_that_vanished_is_disconnected(self, connected: Connecting) -> None:
        connected.behind("meta/-/page", page=OLEANDER, action="delete")
        connected.check()
        assert connected.label == ("Disconnected", "")
        assert "no longer among your Pages" in connected.row.meaning

    @pytest.mark.parametrize("status", [2, 3, 7, 8, 100, 101])
    def test_trouble_with_the_ad_account_is_an_error_that_heals(self, connected: Connecting, status: int) -> None:
        connected.behind("meta/-/ad-account", status=status)
        connected.check()
        assert connected.label == ("Error", "")
        connected.behind("meta/-/ad-account", status=1)
        assert services.try_again(connected.access, provider="meta") is None
        connected.drain()
        assert connected.label == ("Connected", "")

    def test_a_status_that_nobody_knows_is_unknown_and_alerts(self, connected: Connecting) -> None:
        connected.behind("meta/-/ad-account", status=4711)
        connected.check()
        assert connected.label == ("Error", "")
        assert connected.stored.state == "unknown"
        assert "4711" in connected.row.meaning

    def test_a_permission_that_is_taken_back_can_be_given_again(self, connected: Connecting) -> None:
        connected.behind("meta/-/permission", person=ONE_PAGE, permission="ads_management")
        connected.check()
        assert connected.label == ("Connecting", "Complete Setup")
        assert connected.row.act is Act.CONSENT_AGAIN

    def test_half_a_year_without_anybody(self, connected: Connecting, passes: Pass) -> None:
        """Tokens of sixty days are renewed in time, again and again."""
        first = bytes(Grant.objects.get().access)
        for _ in range(27):
            passes(days=7)
        assert connected.label == ("Connected", "")
        assert bytes(Grant.objects.get().access) != first
        assert connected.row.last_answered_at is not None
        assert connected.row.last_answered_at > clock.now() - timedelta(days=8)

    def test_a_platform_that_is_away_changes_nothing_that_is_known(
        self, connected: Connecting, sandbox: Sandbox, passes: Pass
    ) -> None:
        answered = connected.row.last_answered_at
        sandbox.fault("meta", "500")
        passes(days=1)
        assert connected.label == ("Connected", "")
        assert connected.row.last_answered_at == answered
        sandbox.clear_faults()
        passes(hours=1)
        assert connected.row.last_answered_at != answered

    @pytest.mark.req("PC-34")
    def test_reset_clears_what_was_given_and_chosen(self, connected: Connecting) -> None:
        connected.behind("meta/-/ad-account", status=2)
        connected.check()
        services.reset(connected.access, provider="meta")
        connected.drain()
        assert connected.label == ("Not Connected", "")
        assert not Grant.objects.exists()
        stored = connected.stored
        assert (stored.external_id, stored.account_id, stored.account_name, stored.checks) == ("", "", "", [])

    def test_two_artists_of_one_account_part_without_hurting_each_other(self, connected: Connecting) -> None:
        other = replace(connected, access=make_access()).with_plan()
        other.consent(ONE_PAGE)
        other.choose(OLEANDER)
        assert other.label == ("Connected", "")
        services.disconnect(connected.access, provider="meta")
        connected.drain()
        assert connected.label == ("Disconnected", "")
        other.check()
        assert other.label == ("Connected", "")  # Meta knows one grant of the person: it was not given back
        services.disconnect(other.access, provider="meta")
        other.drain()
        assert not Grant.objects.exists()

    @pytest.mark.req("PC-02")
    def test_another_artist_of_the_same_person_sees_nothing_of_it(
        self, sandbox: Sandbox, drain_jobs: DrainJobs
    ) -> None:
        user = make_user()
        first, second = (access_of(user, make_artist(creator=user, name=name)) for name in ("Halla", "Jo Kessel"))
        one, other = (Connecting(access, sandbox, drain_jobs, "meta") for access in (first, second))
        one.consent(ONE_PAGE, purpose=Purpose.IDENTITY)
        one.choose(OLEANDER)
        assert other.label == ("Not Connected", "Activate billing")
        with pytest.raises(NotFoundError):
            services.choices(second, provider="meta")
        with pytest.raises(NotFoundError):
            services.disconnect(second, provider="meta")

    def test_a_deletion_waits_until_access_is_given_back(self, connected: Connecting) -> None:
        assert "Disconnect Meta first" in services.deletion_refusal(artist_id=connected.access.artist_id)
        services.disconnect(connected.access, provider="meta")
        connected.drain()
        assert services.deletion_refusal(artist_id=connected.access.artist_id) == ""


class TestYoutube:
    """A channel, and the Google Ads link."""

    @pytest.fixture
    def way(self, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
        return connecting("youtube", sandbox, drain_jobs).with_plan()

    @pytest.fixture
    def channel_id(self) -> str:
        return google_people()["maya"].channels[0].id

    @pytest.fixture
    def sent(self, way: Connecting, channel_id: str) -> Connecting:
        way.consent("maya")
        way.choose(channel_id)
        services.mark_sent(connection_id=way.stored.pk, actor=SYSTEM)
        way.drain()
        assert way.label == ("Connecting", "Accept Invite")
        return way

    @pytest.fixture
    def connected(self, sent: Connecting, channel_id: str) -> Connecting:
        sent.behind("google/-/links", channel_id=channel_id, status="ENABLED")
        sent.check()
        assert sent.label == ("Connected", "")
        return sent

    @pytest.mark.req("PC-14", "PC-15", "PC-41", "PC-42", "PC-43")
    def test_from_consent_to_the_accepted_link(self, way: Connecting, channel_id: str, mailoutbox) -> None:
        way.consent("maya")
        assert way.label == ("Connecting", "Select Channel")
        assert way.choices() == {channel_id: "Maya Okafor"}
        way.choose(channel_id)
        assert way.label == ("Connecting", "Awaiting Invite")
        assert unmet(way, CampaignType.YOUTUBE) == ["Google Ads link"]
        services.mark_sent(connection_id=way.stored.pk, actor=SYSTEM)
        way.drain()
        assert way.label == ("Connecting", "Accept Invite")
        assert any("Google Ads link" in subject for subject in subjects(mailoutbox))
        way.behind("google/-/links", channel_id=channel_id, status="ENABLED")
        way.check()
        assert way.label == ("Connected", "")
        assert unmet(way, CampaignType.YOUTUBE) == []
        assert Link.objects.get().evidence == "data_link"

    def test_the_artists_word_counts_until_google_says_otherwise(self, sent: Connecting, channel_id: str) -> None:
        services.act(sent.access, provider="youtube", key="confirm_link")
        sent.drain()
        assert sent.label == ("Connected", "")
        assert Link.objects.get().evidence == "artist"
        sent.behind("google/-/links", channel_id=channel_id, status="REJECTED")
        sent.check()
        assert sent.label == ("Error", "")

    @pytest.mark.parametrize("status", ["REJECTED", "REVOKED"])
    @pytest.mark.req("PC-34")
    def test_a_link_that_came_to_nothing_is_asked_for_again(
        self, sent: Connecting, channel_id: str, status: str
    ) -> None:
        sent.behind("google/-/links", channel_id=channel_id, status=status)
        sent.check()
        assert sent.label == ("Error", "")
        assert services.try_again(sent.access, provider="youtube") is None
        sent.drain()
        assert sent.label == ("Connecting", "Awaiting Invite")
        assert sent.row.name == "Maya Okafor"  # what was done is kept

    @pytest.mark.req("PC-35")
    def test_a_link_that_was_ended_is_disconnected(self, connected: Connecting, channel_id: str) -> None:
        connected.behind("google/-/links", channel_id=channel_id, status="DISABLED")
        connected.check()
        assert connected.label == ("Disconnected", "")

    def test_a_link_status_that_nobody_knows_is_unknown(self, sent: Connecting, channel_id: str) -> None:
        sent.behind("google/-/links", channel_id=channel_id, status="HALF_LINKED")
        sent.check()
        assert sent.stored.state == "unknown"
        assert sent.label == ("Error", "")

    def test_an_operator_waives_the_link(self, way: Connecting, channel_id: str) -> None:
        way.consent("maya")
        way.choose(channel_id)
        services.waive(connection_id=way.stored.pk, actor=SYSTEM)
        way.drain()
        assert way.label == ("Connected", "")

    def test_scopes_that_were_unticked_are_named(self, way: Connecting) -> None:
        way.consent("maya", without=["https://www.googleapis.com/auth/youtube.readonly"])
        assert way.label == ("Connecting", "Complete Setup")
        assert way.row.act is Act.CONSENT_AGAIN
        way.consent("maya")
        assert way.label == ("Connecting", "Select Channel")

    @pytest.mark.req("PC-14")
    def test_several_channels_are_chosen_from(self, way: Connecting) -> None:
        way.consent("lena")
        assert sorted(way.choices().values()) == ["Lena Winter", "Lena Winter", "Nordlicht Records"]

    @pytest.mark.parametrize("person", ["tomas", "noor"])
    def test_an_account_without_a_channel_is_an_error_with_a_way_on(self, way: Connecting, person: str) -> None:
        way.consent(person)
        assert way.label == ("Error", "")
        assert "channel" in way.row.meaning

    def test_a_channel_that_vanished_is_disconnected(self, connected: Connecting, channel_id: str) -> None:
        connected.behind("google/-/channels/delete", channel_id=channel_id)
        connected.check()
        assert connected.label == ("Disconnected", "")

    @pytest.mark.req("PC-35", "PP-72")
    def test_access_that_was_taken_back_is_noticed_by_the_schedule(self, connected: Connecting, passes: Pass) -> None:
        connected.behind("google/-/revoke", person="maya")
        passes(days=2)
        assert connected.label == ("Disconnected", "")
        assert not Grant.objects.exists()

    def test_identity_alone_needs_no_link(self, sandbox: Sandbox, drain_jobs: DrainJobs, channel_id: str) -> None:
        way = connecting("youtube", sandbox, drain_jobs)
        way.consent("maya", purpose=Purpose.IDENTITY)
        way.choose(channel_id)
        assert way.label == ("Connected", "")

    def test_disconnecting_gives_the_grant_back(self, connected: Connecting, sandbox: Sandbox) -> None:
        services.disconnect(connected.access, provider="youtube")
        connected.drain()
        assert connected.label == ("Disconnected", "")
        assert any("revoke" in request["path"] for request in sandbox.requests("google"))
        assert not Grant.objects.exists()


class TestTiktok:
    """Connection and readiness checks only (PC-12)."""

    @pytest.fixture
    def way(self, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
        return connecting("tiktok", sandbox, drain_jobs)

    @pytest.mark.req("PC-12")
    def test_readiness_is_a_list_and_nothing_is_required(self, way: Connecting) -> None:
        way.consent("mira")
        assert way.label == ("Connecting", "Complete Setup")
        way.choose(next(iter(way.choices())))
        assert way.label == ("Connected", "")
        assert [check.key for check in way.row.checks]
        assert "TikTok" not in unmet(way, CampaignType.SMART)

    def test_what_is_missing_is_shown_and_holds_nothing_up(self, way: Connecting) -> None:
        way.consent("sol")
        way.choose(next(iter(way.choices())))
        assert way.label == ("Connected", "")
        assert [check.key for check in way.row.checks if not check.is_met] != []

    def test_an_account_without_an_advertiser_says_so(self, way: Connecting) -> None:
        way.consent("nils")
        assert way.label[0] in ("Connecting", "Error")
        assert way.choices() == {}

    def test_identity_is_a_sign_in_of_its_own(self, way: Connecting, passes: Pass) -> None:
        way.consent("mira", purpose=Purpose.IDENTITY)
        assert way.label == ("Connected", "")
        for _ in range(10):
            passes(hours=20)
        assert way.label == ("Connected", "")  # renewed every day
        way.behind("tiktok/-/revoke", person="mira")
        passes(days=2)
        assert way.label == ("Disconnected", "")


class TestByAddress:
    """Spotify and Apple Music."""

    SPOTIFY = "https://open.spotify.com/artist/"

    @pytest.fixture
    def way(self, sandbox: Sandbox, drain_jobs: DrainJobs) -> Connecting:
        return connecting("apple_music", sandbox, drain_jobs)

    @pytest.mark.req("PC-05")
    def test_apple_music_by_name(self, way: Connecting) -> None:
        found = services.search(way.access, provider="apple_music", text="Oleander")
        assert found
        services.look_up(way.access, provider="apple_music", url=found[0].url)
        assert way.label == ("Connecting", "")
        way.drain()
        assert way.label == ("Connecting", "Complete Setup")
        assert way.row.act is Act.CONFIRM
        assert way.row.found is not None
        with pytest.raises(NotFoundError):
            services.confirm(way.access, provider="apple_music", external_id="somebody else")
        services.confirm(way.access, provider="apple_music", external_id=way.row.found.external_id)
        assert way.label == ("Connected", "")
        assert way.row.name == found[0].name

    @pytest.mark.req("PC-34")
    def test_a_lookup_that_fails_is_repeated(self, way: Connecting, sandbox: Sandbox) -> None:
        found = services.search(way.access, provider="apple_music", text="Oleander")[0]
        sandbox.fault("apple_music", "500")
        services.look_up(way.access, provider="apple_music", url=found.url)
        way.drain()
        assert way.label == ("Error", "")
        sandbox.clear_faults()
        assert services.try_again(way.access, provider="apple_music") is None
        way.drain()
        assert way.row.act is Act.CONFIRM

    def test_disconnecting_and_connecting_again(self, way: Connecting) -> None:
        found = services.search(way.access, provider="apple_music", text="Oleander")[0]
        for _ in range(2):
            services.look_up(way.access, provider="apple_music", url=found.url)
            way.drain()
            services.confirm(way.access, provider="apple_music", external_id=found.external_id)
            services.disconnect(way.access, provider="apple_music")
            assert way.label == ("Disconnected", "")


def test_every_move_says_why_and_by_whom(sandbox: Sandbox, drain_jobs: DrainJobs) -> None:
    way = connecting("youtube", sandbox, drain_jobs).with_plan()
    way.consent("maya")
    moves = Transition.objects.filter(object_id=way.stored.pk)
    assert moves.count() >= 3
    assert not moves.filter(reason="").exists()
    assert moves.filter(actor_id=way.access.user_id).exists()
