"""Two platforms that do not exist, one of each kind, with scripted answers: an eighth platform takes no more than this.

Nothing of the product knows them; :func:`made_up` registers them and they are rows like the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from backline.connections.ports import plans, platforms
from backline.connections.types import (
    Account,
    CampaignType,
    Check,
    CheckKind,
    Choice,
    ConsentAnswer,
    ConsentRequest,
    Detail,
    End,
    FoundArtist,
    Inspection,
    LinkReport,
    Need,
    PlatformFacts,
    Purpose,
    Tokens,
)
from backline.core import clock
from backline.core.errors import BacklineError, Rejected

TOKEN, REFRESH, CODE = "token-that-nobody-may-see", "refresh-that-nobody-may-see", "code-that-nobody-may-see"

CONSENT_FACTS = PlatformFacts(
    key="wavelet",
    label="Wavelet",
    serves=(End.IDENTITY, End.ADVERTISING),
    summary="Shows short films of your music.",
    connects_by="consent",
    purposes=(Purpose.ADVERTISING, Purpose.IDENTITY),
    needs=(
        Need(CampaignType.SMART, "Wavelet channel", is_required=True, purpose="The channel to promote"),
        Need(CampaignType.SMART, "Wavelet partnership", is_required=True, purpose="Lets us run the ads", check="link"),
    ),
    help_pages=("connecting-meta",),
    choice_label="channel",
    selection_detail=Detail.SELECT_CHANNEL,
    has_link=True,
    link_label="Wavelet Ads link",
    link_place="Wavelet Studio",
    link_url="https://studio.wavelet.example/links",
    link_steps=("Open Wavelet Studio.", "Approve the request."),
    needs_plan=frozenset({Purpose.ADVERTISING}),
    dependents=("Wavelet Campaigns",),
)
ADDRESS_FACTS = PlatformFacts(
    key="humming",
    label="Humming Bird",
    serves=(End.IDENTITY,),
    summary="Says who the artist is on Humming Bird.",
    connects_by="address",
    needs=(Need(CampaignType.SMART, "Humming Bird", is_required=False, purpose="The page to link to"),),
    address_label="Humming Bird address",
    address_example="https://humming.example/artist/…",
    can_search=True,
    dependents=("Links to the artist's page",),
)

CHANNELS = (
    Choice("channel-1", "Halla Norden", url="https://wavelet.example/halla", note="@halla, 1,200 followers"),
    Choice("channel-2", "Halla Norden Archive", url="https://wavelet.example/archive", note="@archive"),
)
FOUND = FoundArtist(
    "77", "Halla Norden", "https://humming.example/artist/77", latest_release="Night Ferry", latest_release_on="2025-04"
)


@dataclass
class MadeUpConsent:
    """Implements ``ConsentPlatform``. ``unmet`` are checks that it finds, ``fails`` is what it raises."""

    facts: PlatformFacts = CONSENT_FACTS
    channels: tuple[Choice, ...] = CHANNELS
    unmet: tuple[Check, ...] = ()
    link: LinkReport | None = None
    account: Account = field(default_factory=lambda: Account("person-1", "Jo Lind"))
    fails: BacklineError | None = None
    fails_exchange: BacklineError | None = None
    acted: list[str] = field(default_factory=list)
    revoked: int = 0

    def authorization_url(self, request: ConsentRequest) -> str:
        """Return the address of the consent page."""
        query = {
            "state": request.state,
            "redirect_uri": request.redirect_uri,
            "code_challenge": request.code_challenge,
            "scope": request.purpose.value,
        }
        return f"https://wavelet.example/oauth?{urlencode(query)}"

    def exchange(self, answer: ConsentAnswer) -> Tokens:
        """Give tokens for any code."""
        if self.fails_exchange:
            raise self.fails_exchange
        assert (answer.code, bool(answer.code_verifier)) == (CODE, True)
        return self._tokens()

    def refresh(self, tokens: Tokens, *, purpose: Purpose) -> Tokens:
        """Give tokens again."""
        self._answer()
        return self._tokens()

    def revoke(self, tokens: Tokens, *, purpose: Purpose) -> None:
        """Count that a grant was given back."""
        self._answer()
        self.revoked += 1

    def choices(self, tokens: Tokens, *, purpose: Purpose) -> tuple[Choice, ...]:
        """Return the scripted channels."""
        self._answer()
        return self.channels

    def inspect(self, tokens: Tokens, *, purpose: Purpose, chosen: Choice | None) -> Inspection:
        """Say what is scripted."""
        self._answer()
        now = next((each for each in self.channels if chosen and each.external_id == chosen.external_id), None)
        channel = Check("channel", "Channel")
        if now is None:
            channel = Check("channel", "Channel", CheckKind.SELECTION, "Choose the channel.")
        return Inspection(self.account, (*self.unmet, channel), now, self.link)

    def act(self, key: str, tokens: Tokens, *, chosen: Choice) -> None:
        """Keep what was asked for."""
        self._answer()
        self.acted.append(key)

    def _answer(self) -> None:
        if self.fails:
            raise self.fails

    def _tokens(self) -> Tokens:
        return Tokens(
            access=TOKEN, refresh=REFRESH, access_expires_at=clock.now() + timedelta(days=60), account=self.account
        )


@dataclass
class MadeUpAddress:
    """Implements ``connections.ports.AddressPlatform``: an address ends with the artist's number."""

    facts: PlatformFacts = ADDRESS_FACTS
    artist: FoundArtist = FOUND
    by_name: tuple[FoundArtist, ...] = (FOUND,)
    fails: BacklineError | None = None

    def understand(self, text: str) -> str:
        """Return the number at the end of an artist's address."""
        number = text.rsplit("/", 1)[-1]
        if not text.startswith("https://humming.example/artist/") or not number.isdigit():
            raise Rejected("Refused.", field_errors={"url": "This is no artist on Humming Bird."})
        return number

    def find(self, external_id: str) -> FoundArtist:
        """Return the scripted artist."""
        if self.fails:
            raise self.fails
        return self.artist

    def search(self, text: str) -> tuple[FoundArtist, ...]:
        """Return the scripted artists."""
        if self.fails:
            raise self.fails
        return self.by_name


@dataclass
class MadeUpPlans:
    """Implements ``connections.ports.Plans`` for everybody alike."""

    is_active: bool = True
    fails: BacklineError | None = None

    def has_plan(self, *, artist_id: UUID) -> bool:
        """Tell what is scripted."""
        if self.fails:
            raise self.fails
        return self.is_active


@dataclass(frozen=True)
class Platforms:
    """What is registered."""

    consent: MadeUpConsent
    address: MadeUpAddress
    plans: MadeUpPlans


@contextmanager
def made_up() -> Iterator[Platforms]:
    """Hold the made-up platforms and plans for everybody."""
    held = Platforms(MadeUpConsent(), MadeUpAddress(), MadeUpPlans())
    with platforms.holding(humming=held.address, wavelet=held.consent), plans.holding(billing=held.plans):
        yield held


def answer_of(authorization_url: str, **more: str) -> str:
    """Return the address to which the made-up platform sends the person back, as path and query."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
    path = urlsplit(asked["redirect_uri"]).path
    return f"{path}?{urlencode({'state': asked['state'], **(more or {'code': CODE})})}"
