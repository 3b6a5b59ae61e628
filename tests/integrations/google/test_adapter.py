"""YouTube as a platform, against the stand-in for Google."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx2
import pytest
from tests.contracts.faults import FaultContract, Faulty
from tests.factories.consent import decide
from tests.factories.google import YOUTUBE, Google
from tests.factories.outbound import IMPATIENT, outbound
from tests.plugins.sandbox import Sandbox

from backline.connections import quotas
from backline.connections.types import (
    CheckKind,
    Choice,
    CodeRefusedError,
    ConsentAnswer,
    ConsentRequest,
    GrantLostError,
    Inspection,
    LinkReport,
    LinkStatus,
    LossReason,
    Purpose,
    Tokens,
)
from backline.core import clock
from backline.core.errors import NeedsAction, Rejected, RetryLater
from backline.core.http import DEFAULT_PATIENCE, Patience
from backline.integrations.google.adapter import YoutubePlatform

pytestmark = pytest.mark.django_db

VERIFIER = "verifier-" * 6
ADVERTISING, IDENTITY = Purpose.ADVERTISING, Purpose.IDENTITY


def make(sandbox: Sandbox, patience: Patience = DEFAULT_PATIENCE, **changes: str) -> YoutubePlatform:
    return YoutubePlatform(replace(sandbox.settings.google, **changes), outbound(sandbox.base_url, patience))


@dataclass
class Scene:
    """An artist's way through YouTube."""

    google: Google
    platform: YoutubePlatform

    def request(self, purpose: Purpose = ADVERTISING) -> ConsentRequest:
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return ConsentRequest(purpose, "state", self.google.redirect_uri, challenge, "nonce")

    def answer(
        self, person: str = "maya", *, without: tuple[str, ...] = (), purpose: Purpose = ADVERTISING
    ) -> ConsentAnswer:
        url = self.platform.authorization_url(self.request(purpose))
        code = decide(url, person=person, without=without)["code"]
        return ConsentAnswer(purpose, code, self.google.redirect_uri, VERIFIER, "nonce")

    def tokens(self, person: str = "maya", *, without: tuple[str, ...] = ()) -> Tokens:
        return self.platform.exchange(self.answer(person, without=without))

    def inspect(self, tokens: Tokens, chosen: Choice | None, purpose: Purpose = ADVERTISING) -> Inspection:
        return self.platform.inspect(tokens, purpose=purpose, chosen=chosen)

    def first_choice(self, tokens: Tokens) -> Choice:
        return self.platform.choices(tokens, purpose=ADVERTISING)[0]


@pytest.fixture
def scene(google: Google) -> Scene:
    return Scene(google, make(google.sandbox))


def unmet(inspection: Inspection) -> list[tuple[str, CheckKind]]:
    return [(check.key, check.kind) for check in inspection.checks if check.kind is not None]


class TestConsent:
    @pytest.mark.parametrize("purpose", Purpose)
    def test_the_least_is_asked_for_and_for_longer_than_an_hour(self, scene: Scene, purpose: Purpose) -> None:
        url = scene.platform.authorization_url(scene.request(purpose))
        asked = httpx2.URL(url).params
        assert asked["scope"] == f"openid {YOUTUBE}"
        assert (asked["access_type"], asked["prompt"]) == ("offline", "consent select_account")
        assert (asked["state"], asked["nonce"], asked["code_challenge_method"]) == ("state", "nonce", "S256")
        assert "include_granted_scopes" not in asked

    def test_a_code_becomes_tokens_of_a_known_account(self, scene: Scene) -> None:
        before = clock.now()
        tokens = scene.tokens()
        assert tokens.refresh
        assert tokens.scopes == {"openid", YOUTUBE}
        assert tokens.account is not None
        assert (len(tokens.account.external_id), tokens.account.name) == (21, "Google account")
        assert tokens.access_expires_at is not None
        assert timedelta(minutes=59) < tokens.access_expires_at - before < timedelta(hours=1)
        assert tokens.refresh_expires_at is None

    def test_an_app_in_testing_gets_seven_days_and_says_so(self, scene: Scene) -> None:
        scene.google.happen("modes", testing=True)
        ends_at = scene.tokens().refresh_expires_at
        assert ends_at is not None
        assert timedelta(days=6) < ends_at - clock.now() <= timedelta(days=7)

    def test_a_code_is_taken_once_with_its_verifier_and_its_address(self, scene: Scene) -> None:
        used = scene.answer()
        scene.platform.exchange(used)
        for answer in (
            used,
            replace(scene.answer(), code_verifier=""),
            replace(scene.answer(), code_verifier="another-" * 6),
            replace(scene.answer(), code="4/0Amade-up"),
            replace(scene.answer(), nonce="another"),
        ):
            with pytest.raises(CodeRefusedError) as refusal:
                scene.platform.exchange(answer)
            assert refusal.value.message.endswith("Connect again.")
            assert answer.code not in repr(refusal.value)

    def test_an_app_that_google_does_not_take_is_the_operators_matter(self, scene: Scene, sandbox: Sandbox) -> None:
        platform = make(sandbox, client_secret="wrong")
        with pytest.raises(NeedsAction, match="invalid_client"):
            platform.exchange(scene.answer())
        with pytest.raises(NeedsAction, match="redirect_uri_mismatch"):
            scene.platform.exchange(replace(scene.answer(), redirect_uri="https://evil.example/"))

    def test_a_refreshed_token_replaces_the_access_alone(self, scene: Scene) -> None:
        tokens = scene.tokens()
        fresh = scene.platform.refresh(tokens, purpose=ADVERTISING)
        assert fresh.access != tokens.access
        assert (fresh.refresh, fresh.account, fresh.scopes) == ("", tokens.account, tokens.scopes)

    def test_a_grant_that_was_taken_back_is_lost(self, scene: Scene) -> None:
        tokens = scene.tokens()
        scene.google.happen("revoke", person="maya")
        for ask in (
            lambda: scene.platform.refresh(tokens, purpose=ADVERTISING),
            lambda: scene.platform.choices(tokens, purpose=ADVERTISING),
            lambda: scene.inspect(tokens, None),
        ):
            with pytest.raises(GrantLostError) as loss:
                ask()
            assert loss.value.reason is LossReason.REVOKED
        with pytest.raises(GrantLostError):
            scene.platform.refresh(replace(tokens, refresh=""), purpose=ADVERTISING)

    def test_a_grant_is_given_back_and_twice_is_no_error(self, scene: Scene) -> None:
        tokens = scene.tokens()
        scene.platform.revoke(tokens, purpose=ADVERTISING)
        scene.platform.revoke(tokens, purpose=ADVERTISING)
        with pytest.raises(GrantLostError):
            scene.platform.refresh(tokens, purpose=ADVERTISING)

    def test_an_access_token_that_ended_early_is_no_loss(self, scene: Scene) -> None:
        tokens = scene.tokens()
        scene.google.sandbox.advance(hours=2)
        assert scene.first_choice(tokens).name == "Maya Okafor"


class TestChannels:
    @pytest.mark.req("PC-14")
    def test_an_account_with_several_channels_has_one_to_choose(self, scene: Scene) -> None:
        tokens = scene.tokens("lena")
        choices = scene.platform.choices(tokens, purpose=ADVERTISING)
        assert [(choice.name, choice.note) for choice in choices] == [
            ("Lena Winter", "@lenawinter, 12,750 subscribers"),
            ("Lena Winter", "@lenawinter-live, 310 subscribers"),
            ("Nordlicht Records", "@nordlichtrecords, 96,400 subscribers"),
        ]
        assert choices[0].url == f"https://www.youtube.com/channel/{choices[0].external_id}"
        assert choices[0].image_url.endswith("=s240")
        assert unmet(scene.inspect(tokens, None)) == [("channel", CheckKind.SELECTION)]
        assert unmet(scene.inspect(tokens, choices[2])) == []

    def test_names_come_whole(self, scene: Scene) -> None:
        names = [choice.name for choice in scene.platform.choices(scene.tokens("bureau"), purpose=ADVERTISING)]
        assert (len(names[0]), names[1:]) == (100, ["浜崎さくら・オフィシャルチャンネル", "فرقة النور الموسيقية"])

    @pytest.mark.parametrize("person", ["tomas", "noor"])
    def test_an_account_without_a_channel_is_told_how_to_go_on(self, scene: Scene, person: str) -> None:
        inspection = scene.inspect(scene.tokens(person), None)
        assert unmet(inspection) == [("channel", CheckKind.PROBLEM)]
        assert inspection.checks[-1].message.startswith("This Google account has no YouTube channel. Create one")

    def test_a_channel_that_vanished_is_lost(self, scene: Scene) -> None:
        tokens = scene.tokens("lena")
        chosen = scene.first_choice(tokens)
        scene.google.happen("channels/delete", channel_id=chosen.external_id)
        inspection = scene.inspect(tokens, chosen)
        assert unmet(inspection) == [("channel", CheckKind.LOST)]
        assert inspection.chosen is None
        assert "Lena Winter" in inspection.checks[-1].message

    def test_a_channel_is_told_by_its_present_name(self, scene: Scene) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        assert scene.inspect(tokens, replace(chosen, name="An old name")).chosen == chosen

    def test_a_consent_without_the_permission_says_which_is_missing(self, scene: Scene) -> None:
        tokens = scene.tokens(without=(YOUTUBE,))
        inspection = scene.inspect(tokens, None)
        assert unmet(inspection) == [("permissions", CheckKind.PERMISSION)]
        assert "View your YouTube account" in inspection.checks[0].message
        with pytest.raises(NeedsAction, match="not allowed us to see"):
            scene.platform.choices(tokens, purpose=ADVERTISING)

    def test_nothing_can_be_done_from_here(self, scene: Scene) -> None:
        tokens = scene.tokens()
        with pytest.raises(Rejected):
            scene.platform.act("anything", tokens, chosen=scene.first_choice(tokens))


class TestLink:
    @pytest.mark.req("PC-15")
    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ("REQUESTED", LinkStatus.SENT),
            ("PENDING_APPROVAL", LinkStatus.SENT),
            ("ENABLED", LinkStatus.APPROVED),
            ("DISABLED", LinkStatus.DISABLED),
            ("REVOKED", LinkStatus.REVOKED),
            ("REJECTED", LinkStatus.REJECTED),
            ("UNSPECIFIED", LinkStatus.UNKNOWN),
            ("UNKNOWN", LinkStatus.UNKNOWN),
            ("SOMETHING_NEW", LinkStatus.UNKNOWN),
        ],
    )
    def test_every_status_of_a_link_has_one_of_ours(self, scene: Scene, said: str, status: LinkStatus) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.happen("links", channel_id=chosen.external_id, status=said)
        assert scene.inspect(tokens, chosen).link == LinkReport(status, "data_link")

    def test_no_link_says_nothing(self, scene: Scene) -> None:
        tokens = scene.tokens()
        assert scene.inspect(tokens, scene.first_choice(tokens)).link is None

    def test_one_accepted_link_of_several_is_enough(self, scene: Scene) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.happen("links", channel_id=chosen.external_id, status="ENABLED")
        uploads = f"UU{chosen.external_id[2:]}"
        items = scene.google.youtube(f"playlistItems?part=contentDetails&playlistId={uploads}", tokens.access).json()[
            "items"
        ]
        other = {"channelId": chosen.external_id, "videoId": items[1]["contentDetails"]["videoId"]}
        assert scene.google.ads("dataLinks:create", {"dataLink": {"youtubeVideo": other}}).status_code == 200
        assert scene.inspect(tokens, chosen).link == LinkReport(LinkStatus.APPROVED, "data_link")

    def test_for_identity_nobody_asks_about_a_link(self, scene: Scene) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.happen("links", channel_id=chosen.external_id, status="ENABLED")
        assert scene.inspect(tokens, chosen, IDENTITY).link is None
        assert [one for one in scene.google.sandbox.requests("google") if "/ads/" in one["path"]] == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"ads_refresh_token": ""},
            {"ads_customer_id": ""},
            {"ads_refresh_token": "1//0revoked"},
            {"ads_customer_id": "5556667778"},
            {"ads_customer_id": "1231231234"},
            {"ads_login_customer_id": "9876543210"},
            {"ads_version": "v21"},
        ],
        ids=str,
    )
    def test_ads_that_are_not_set_up_hold_nobody_up(
        self, scene: Scene, sandbox: Sandbox, changes: dict[str, str]
    ) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.happen("links", channel_id=chosen.external_id, status="ENABLED")
        inspection = make(sandbox, **changes).inspect(tokens, purpose=ADVERTISING, chosen=chosen)
        assert (inspection.link, unmet(inspection)) == (None, [])

    def test_an_account_below_a_manager_is_asked_through_it(self, scene: Scene, sandbox: Sandbox) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        platform = make(sandbox, ads_customer_id="1112223334", ads_login_customer_id="9876543210")
        platform.inspect(tokens, purpose=ADVERTISING, chosen=chosen)
        assert [one["status"] for one in sandbox.requests("google") if "/ads/" in one["path"]] == [200]

    def test_the_operators_token_is_fetched_once_until_it_is_refused(self, scene: Scene) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.happen("links", channel_id=chosen.external_id, status="ENABLED")

        def asked() -> int:
            return len([one for one in scene.google.sandbox.requests("google") if "/oauth2/token" in one["path"]])

        before = asked()
        assert scene.inspect(tokens, chosen).link is not None
        assert scene.inspect(tokens, chosen).link is not None
        assert asked() == before + 1
        scene.google.sandbox.fault("google", "revoked", "/ads", times=1)
        assert scene.inspect(tokens, chosen).link is None
        assert scene.inspect(tokens, chosen).link is not None
        assert asked() == before + 2

    @pytest.mark.parametrize("kind", ["429", "500", "hang", "reset", "half_body", "error_inside"])
    def test_ads_that_cannot_answer_hold_nobody_up(self, scene: Scene, sandbox: Sandbox, kind: str) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.sandbox.fault("google", kind, "/ads", seconds=30)
        inspection = make(sandbox, IMPATIENT).inspect(tokens, purpose=ADVERTISING, chosen=chosen)
        assert (inspection.link, unmet(inspection)) == (None, [])


class TestQuotas:
    def test_a_used_up_day_is_left_alone_until_midnight_in_california(self, scene: Scene) -> None:
        tokens = scene.tokens()
        scene.google.happen("modes", youtube_units_used=10_000)
        with pytest.raises(RetryLater, match="quota for today is used up"):
            scene.platform.choices(tokens, purpose=ADVERTISING)
        rest = quotas.rest_of("youtube")
        assert rest is not None
        assert timedelta() < rest <= timedelta(hours=25)
        asked = len(scene.google.sandbox.requests("google"))
        with pytest.raises(RetryLater, match="left alone"):
            scene.platform.choices(tokens, purpose=ADVERTISING)
        assert len(scene.google.sandbox.requests("google")) == asked, "nobody asks meanwhile, in no worker"

    def test_the_access_level_of_google_ads_is_noted_when_it_is_reached(self, scene: Scene) -> None:
        tokens = scene.tokens()
        chosen = scene.first_choice(tokens)
        scene.google.happen("modes", ads_operations_used=2_880)
        assert scene.inspect(tokens, chosen).link is None
        usage = next(one for one in quotas.seen([scene.platform.facts])["youtube"] if one.label == "Google Ads")
        assert (usage.used_percent, usage.access_level, usage.is_used_up) == (100, "Explorer", True)
        assert usage.rests_until is not None
        assert quotas.rest_of("youtube") is None

    def test_a_project_for_tests_is_noted(self, scene: Scene) -> None:
        tokens = scene.tokens()
        scene.google.happen("modes", access_level="test")
        assert scene.inspect(tokens, scene.first_choice(tokens)).link is None
        seen = quotas.seen([scene.platform.facts])["youtube"]
        assert [(one.label, one.access_level) for one in seen] == [("Google Ads", "Test")]


def fresh(sandbox: Sandbox) -> Scene:
    return Scene(Google(sandbox, httpx2.Client(timeout=10)), make(sandbox, IMPATIENT))


class TestYoutubeThatFails(FaultContract):
    """The Data API breaks while a channel is looked for."""

    @staticmethod
    def make(sandbox: Sandbox) -> Callable[[], object]:
        scene = fresh(sandbox)
        tokens = scene.tokens()
        scene.google.client.close()
        return lambda: scene.platform.choices(tokens, purpose=ADVERTISING)

    faulty = Faulty(provider="google", says="YouTube ", call=lambda ask: ask(), route="/youtube")


class TestTokensThatFail(FaultContract):
    """The token endpoint breaks while a token is renewed."""

    @staticmethod
    def make(sandbox: Sandbox) -> Callable[[], object]:
        scene = fresh(sandbox)
        tokens = scene.tokens()
        scene.google.client.close()
        return lambda: scene.platform.refresh(tokens, purpose=ADVERTISING).scopes

    faulty = Faulty(provider="google", says="Google ", call=lambda ask: ask(), route="/oauth2/token")

    @pytest.mark.parametrize("kind", ["429", "500", "reset", "error_inside"])
    def test_a_code_that_could_not_be_exchanged_can_be_tried_again_or_given_anew(
        self, sandbox: Sandbox, kind: str
    ) -> None:
        scene = fresh(sandbox)
        answer = scene.answer()
        scene.google.client.close()
        sandbox.fault("google", kind, "/oauth2/token", times=1)
        with pytest.raises(RetryLater):
            scene.platform.exchange(answer)
        assert make(sandbox).exchange(answer).refresh
