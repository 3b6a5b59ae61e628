"""Neutral shapes of connections: the words on the page, what a platform is, what it said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from django.db import models

from backline.core.errors import NeedsAction


class Provider(StrEnum):
    """The platforms that other rooms know by name. Whatever else is registered is known by its key alone."""

    SPOTIFY = "spotify"
    META = "meta"
    YOUTUBE = "youtube"
    APPLE_MUSIC = "apple_music"
    TIKTOK = "tiktok"


class Status(StrEnum):
    """The seven labels of a connection, complete (PC-37)."""

    CONNECTED = "Connected"
    NOT_CONNECTED = "Not Connected"
    CONNECTING = "Connecting"
    PARTNERSHIP_NEEDED = "Partnership Needed"
    ERROR = "Error"
    DISCONNECTED = "Disconnected"
    IN_DEVELOPMENT = "In Development"


class Detail(StrEnum):
    """The five labels that may stand beside a status (PC-40 to PC-44)."""

    ACTIVATE_BILLING = "Activate billing"
    SELECT_CHANNEL = "Select Channel"
    AWAITING_INVITE = "Awaiting Invite"
    ACCEPT_INVITE = "Accept Invite"
    COMPLETE_SETUP = "Complete Setup"


class End(StrEnum):
    """What a connection serves (PC-01)."""

    IDENTITY = "Identity"
    ADVERTISING = "Advertising"
    MEASUREMENT = "Measurement"


class Purpose(models.TextChoices):
    """What a grant was given for (R4): it decides the scopes that are asked for, and which checks count."""

    ADVERTISING = "advertising", "Advertising"
    IDENTITY = "identity", "Identity only"


class CampaignType(StrEnum):
    """The kinds of campaigns that need connections."""

    SMART = "Smart Campaigns"
    YOUTUBE = "YouTube Campaigns"


class CheckKind(StrEnum):
    """What an unmet check makes of a connection. The first unmet one decides."""

    PERMISSION = "permission"
    """The person has to grant more."""
    SELECTION = "selection"
    """One of several accounts, Pages or channels has to be chosen."""
    SETUP = "setup"
    """Something has to be finished on the platform."""
    PARTNERSHIP = "partnership"
    """The operator's business is no partner yet."""
    PARTNERSHIP_REQUESTED = "partnership_requested"
    """It asked to be one."""
    LINK_TO_SEND = "link_to_send"
    """The operator has to send the link request."""
    LINK_SENT = "link_sent"
    """The artist has to accept it."""
    PROBLEM = "problem"
    """The platform refuses; nothing here can be finished before that is settled."""
    LOST = "lost"
    """What was there is gone."""
    UNKNOWN = "unknown"
    """The platform said something that we do not know; the operator is alerted."""


@dataclass(frozen=True, slots=True)
class CheckAction:
    """Something that a person can have done about an unmet check; ``key`` goes to the platform's ``act``."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to hold. ``kind`` is None when it does.

    ``message`` says what is the matter and what to do. ``url`` leads to the place where it is done, ``steps`` tell the
    way by hand. A check that is not ``is_needed`` is shown, but holds nothing up.
    """

    key: str
    label: str
    kind: CheckKind | None = None
    message: str = ""
    url: str = ""
    steps: tuple[str, ...] = ()
    actions: tuple[CheckAction, ...] = ()
    is_needed: bool = True

    @property
    def is_met(self) -> bool:
        """Tell whether it holds."""
        return self.kind is None


@dataclass(frozen=True, slots=True)
class Choice:
    """A Page, channel or advertiser that can be connected. ``why_not`` says why it cannot, else it is empty.

    ``note`` tells two of one name apart; ``extra`` holds ids that belong to it, such as an Instagram account's.
    """

    external_id: str
    name: str
    url: str = ""
    image_url: str = ""
    note: str = ""
    why_not: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """Who consented, as the platform knows them. ``external_id`` never changes."""

    external_id: str
    name: str


class LinkStatus(models.TextChoices):
    """Where a link request stands that the operator sends and the artist accepts (a tracked task with evidence)."""

    TO_SEND = "to_send", "To be sent"
    SENT = "sent", "Sent"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Withdrawn"
    DISABLED = "disabled", "Ended"
    WAIVED = "waived", "Not needed"
    UNKNOWN = "unknown", "Unknown to us"


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What a platform says of the link, and how it was seen (``evidence``, such as "data_link")."""

    status: LinkStatus
    evidence: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a platform says of a connection now. ``checks`` are in the order in which they are to be met.

    ``chosen`` is the selection with its present name, or None when it is gone; ``link`` is None where the platform
    tells nothing of a link.
    """

    account: Account
    checks: tuple[Check, ...]
    chosen: Choice | None = None
    link: LinkReport | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a platform handed over. Instants are aware, UTC; None means that it does not say, or never ends."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """What an authorization address is made of. ``code_challenge`` is S256 of the verifier, base64url, no padding."""

    purpose: Purpose
    state: str
    redirect_uri: str
    code_challenge: str
    nonce: str


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """What the platform sent back, and what it has to be exchanged with."""

    purpose: Purpose
    code: str = field(repr=False)
    redirect_uri: str
    code_verifier: str = field(repr=False)
    nonce: str


class LossReason(StrEnum):
    """Why a platform no longer takes a token."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    CHECKPOINT = "checkpoint"
    INVALID = "invalid"


class GrantLostError(NeedsAction):
    """The platform no longer takes the grant; only a new consent helps."""

    def __init__(self, message: str, *, reason: LossReason) -> None:
        super().__init__(message)
        self.reason = reason


class CodeRefusedError(NeedsAction):
    """The platform does not take the code of a consent (used, too old, of another app): a new consent is needed."""


@dataclass(frozen=True, slots=True)
class FoundArtist:
    """An artist's page that an address or a search led to, for the person to confirm."""

    external_id: str
    name: str
    url: str
    image_url: str = ""
    latest_release: str = ""
    latest_release_on: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """A line of the requirement matrix (PC-17). ``check`` names the one check that settles it, else the whole row."""

    campaign_type: CampaignType
    label: str
    is_required: bool
    purpose: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """What a platform is, as data.

    ``connects_by`` is how: an address or search, a consent at the platform, or not at all yet. ``choice_label`` is
    the platform's word for what is chosen after a consent, empty where nothing is; ``chooses_for`` are the purposes
    for which something is. ``has_link`` tells that the operator sends a link request: ``link_label`` is what it is
    called, ``link_place`` and ``link_url`` where it is accepted, and ``link_steps`` how. ``needs_plan`` are the
    purposes that need a managed-advertising plan. ``asks_too`` names other services whose quota its checks use.
    ``checked_every`` is how often it is probed, and ``checks_a_day`` for how many probes of all connections together
    its quota has room, 0 where that is no matter.
    """

    key: str
    label: str
    serves: tuple[End, ...]
    summary: str
    connects_by: Literal["address", "consent", "nothing"]
    purposes: tuple[Purpose, ...] = ()
    needs: tuple[Need, ...] = ()
    help_pages: tuple[str, ...] = ()
    choice_label: str = ""
    chooses_for: frozenset[Purpose] = frozenset(Purpose)
    selection_detail: Detail = Detail.COMPLETE_SETUP
    has_link: bool = False
    link_label: str = ""
    link_place: str = ""
    link_url: str = ""
    link_steps: tuple[str, ...] = ()
    needs_plan: frozenset[Purpose] = frozenset()
    address_label: str = ""
    address_example: str = ""
    can_search: bool = False
    dependents: tuple[str, ...] = ()
    asks_too: Mapping[str, str] = field(default_factory=dict)
    checked_every: timedelta = timedelta(days=1)
    checks_a_day: int = 0


class ClaimBasis(models.TextChoices):
    """What the connection says about the artist's right to the pages of that catalogue (R5)."""

    CLEAR = "clear", "Nobody else claims it"
    CONTESTED = "contested", "Another organization has it too"
    PROMINENT = "prominent", "Too well known to be believed unseen"
    CONFIRMED = "confirmed", "Confirmed by an operator"
    REFUSED = "refused", "Refused by an operator"


CLAIMS_TO_REVIEW = frozenset({ClaimBasis.CONTESTED, ClaimBasis.PROMINENT})
"""Bases on which pages wait for an operator before they are public."""


@dataclass(frozen=True, slots=True)
class SpotifyConnection:
    """Whose music on Spotify an artist stands for. ``external_id`` is Spotify's id, ``url`` the canonical address.

    ``is_live`` is False when the connection was ended or Spotify does not answer to it: the pages stay, imports do not.
    """

    artist_id: UUID
    external_id: str
    name: str
    url: str
    connected_at: datetime
    claim_basis: ClaimBasis
    is_live: bool = True
