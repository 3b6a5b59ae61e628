"""YouTube as a platform: consent at Google, a channel of the account, and what Google Ads says of the link to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from backline.connections.types import (
    Account,
    CampaignType,
    Check,
    CheckKind,
    Choice,
    CodeRefusedError,
    ConsentAnswer,
    ConsentRequest,
    Detail,
    End,
    GrantLostError,
    Inspection,
    LinkReport,
    LinkStatus,
    LossReason,
    Need,
    PlatformFacts,
    Purpose,
    Tokens,
)
from backline.core import clock
from backline.core.errors import BacklineError, Rejected
from backline.core.http import Outbound, logger_of
from backline.integrations.google import shapes
from backline.integrations.google.client.ads import PROVIDER as ADS
from backline.integrations.google.client.ads import AdsClient
from backline.integrations.google.client.oauth import OAuthClient
from backline.integrations.google.client.youtube import YoutubeClient
from backline.settings.services import GoogleSettings

READ_CHANNELS = "https://www.googleapis.com/auth/youtube.readonly"
SCOPES = ("openid", READ_CHANNELS)
"""The same for both purposes: the least that tells a channel. Ads run in the operator's account and need no more."""


log = logger_of("backline.google")

CHECKS_A_DAY = 5_000
"""A check costs one unit of the 10,000 that a project has a day; half of them are left for people who wait."""

_FACTS = PlatformFacts(
    key="youtube",
    label="YouTube",
    serves=(End.IDENTITY, End.ADVERTISING, End.MEASUREMENT),
    summary="Says which channel is promoted, and lets its videos be advertised and measured.",
    connects_by="consent",
    purposes=(Purpose.ADVERTISING, Purpose.IDENTITY),
    needs=(
        Need(
            CampaignType.YOUTUBE,
            "YouTube channel",
            is_required=True,
            purpose="The channel whose videos are promoted",
            check="channel",
        ),
        Need(
            CampaignType.YOUTUBE,
            "Google Ads link",
            is_required=True,
            purpose="Lets the ads use the channel's videos and count what they bring",
            check="link",
        ),
    ),
    asks_too={ADS: "Google Ads"},
    checks_a_day=CHECKS_A_DAY,
    help_pages=("connecting-youtube", "youtube-connection"),
    choice_label="channel",
    selection_detail=Detail.SELECT_CHANNEL,
    has_link=True,
    link_label="Google Ads link",
    link_place="YouTube Studio",
    link_steps=(
        "Open YouTube Studio with the account that owns the channel.",
        "Go to Settings, then Channel, then Advanced settings.",
        "Under Google Ads account linking, open the request and choose Approve.",
    ),
    needs_plan=frozenset({Purpose.ADVERTISING}),
    dependents=("YouTube Campaigns", "Figures of the channel's videos"),
)

LINK_STATUSES = {
    "REQUESTED": LinkStatus.SENT,
    "PENDING_APPROVAL": LinkStatus.SENT,
    "ENABLED": LinkStatus.APPROVED,
    "DISABLED": LinkStatus.DISABLED,
    "REVOKED": LinkStatus.REVOKED,
    "REJECTED": LinkStatus.REJECTED,
}
"""``DataLinkStatus`` of Google Ads v26, complete but for UNSPECIFIED and UNKNOWN."""

_STRONGEST = (
    LinkStatus.APPROVED, LinkStatus.SENT, LinkStatus.UNKNOWN, LinkStatus.REJECTED, LinkStatus.REVOKED,
    LinkStatus.DISABLED,
)  # fmt: skip
"""Of several links to videos of one channel the first of these counts."""


class YoutubePlatform:
    """Implements ``connections.ports.ConsentPlatform``."""

    def __init__(self, settings: GoogleSettings, outbound: Outbound) -> None:
        self._settings = settings
        self._facts = replace(_FACTS, link_url=settings.studio_url)
        self._oauth = OAuthClient(settings, outbound)
        self._youtube = YoutubeClient(settings, outbound)
        self._ads = AdsClient(settings, self._oauth, outbound)

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""
        return self._facts

    def authorization_url(self, request: ConsentRequest) -> str:
        """Return Google's page. It always asks, so that a refresh token comes with the answer."""
        asked = {
            "client_id": self._settings.client_id, "redirect_uri": request.redirect_uri, "response_type": "code",
            "scope": " ".join(SCOPES), "state": request.state, "nonce": request.nonce, "access_type": "offline",
            "prompt": "consent select_account", "code_challenge": request.code_challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{self._settings.auth_url}?{urlencode(asked)}"

    def exchange(self, answer: ConsentAnswer) -> Tokens:
        """Turn a code into tokens and the account that the id token names."""
        asked_at = clock.now()
        token = self._oauth.redeem(answer.code, redirect_uri=answer.redirect_uri, verifier=answer.code_verifier)
        if not token.refresh_token:
            raise CodeRefusedError("Google gave access for an hour only. Connect again to give it for longer.")
        return _tokens(token, asked_at, self._oauth.account(token.id_token, nonce=answer.nonce))

    def refresh(self, tokens: Tokens, *, purpose: Purpose) -> Tokens:
        """Return a new access token; Google keeps the refresh token."""
        del purpose
        if not tokens.refresh:
            raise GrantLostError("Google gave no lasting access. Connect again.", reason=LossReason.EXPIRED)
        asked_at = clock.now()
        return _tokens(self._oauth.renew(tokens.refresh), asked_at, tokens.account)

    def revoke(self, tokens: Tokens, *, purpose: Purpose) -> None:
        """Give the grant back. Google ends every grant of that person to this app with it."""
        del purpose
        self._oauth.revoke(tokens.refresh or tokens.access)

    def choices(self, tokens: Tokens, *, purpose: Purpose) -> tuple[Choice, ...]:
        """Return the account's channels."""
        return tuple(_choice(channel) for channel in self._channels(tokens, purpose))

    def inspect(self, tokens: Tokens, *, purpose: Purpose, chosen: Choice | None) -> Inspection:
        """Check what was granted, whether the channel is there and, for advertising, what Google Ads says of a link."""
        account = tokens.account or Account("", "Google account")
        permission = _permission(tokens)
        if not permission.is_met:
            return Inspection(account, (permission,), chosen)
        found = {choice.external_id: choice for choice in self.choices(tokens, purpose=purpose)}
        now = found.get(chosen.external_id) if chosen is not None else None
        link = self._link(now) if now is not None and purpose == Purpose.ADVERTISING else None
        return Inspection(account, (permission, _channel_check(chosen, now, is_any=bool(found))), now, link)

    def act(self, key: str, tokens: Tokens, *, chosen: Choice) -> None:
        """Refuse: nothing that YouTube needs can be done from here."""
        del tokens, chosen
        raise Rejected(f"YouTube has no action {key!r}.")

    def _channels(self, tokens: Tokens, purpose: Purpose) -> tuple[shapes.Channel, ...]:
        """Return the channels; when YouTube refuses the access token, Google says whether the grant is really dead."""
        try:
            return self._youtube.my_channels(tokens.access)
        except GrantLostError:
            return self._youtube.my_channels(self.refresh(tokens, purpose=purpose).access)

    def _link(self, channel: Choice) -> LinkReport | None:
        """Return what Google Ads says; None where it says nothing or cannot be asked (that is logged)."""
        if not self._ads.is_set_up:
            return None
        try:
            links = self._ads.data_links(channel.external_id)
        except BacklineError as error:
            log.warning("google.link_not_asked", problem=error.message)
            return None
        said = {LINK_STATUSES.get(link.status, LinkStatus.UNKNOWN) for link in links}
        strongest = next((status for status in _STRONGEST if status in said), None)
        return None if strongest is None else LinkReport(strongest, evidence="data_link")


def _tokens(token: shapes.Token, asked_at: datetime, account: Account | None) -> Tokens:
    ends_in = token.refresh_token_expires_in
    return Tokens(
        access=token.access_token,
        refresh=token.refresh_token,
        access_expires_at=asked_at + timedelta(seconds=token.expires_in),
        refresh_expires_at=None if ends_in is None else asked_at + timedelta(seconds=ends_in),
        scopes=frozenset(token.scope.split()),
        account=account,
    )


def _permission(tokens: Tokens) -> Check:
    if READ_CHANNELS in tokens.scopes:
        return Check("permissions", "Permissions")
    return Check(
        "permissions",
        "Permissions",
        CheckKind.PERMISSION,
        "You have not allowed us to see your YouTube channels. Connect again and leave the box"
        ' "View your YouTube account" ticked.',
    )


def _channel_check(chosen: Choice | None, now: Choice | None, *, is_any: bool) -> Check:
    kind, message, url = None, "", ""
    if now is not None:
        pass
    elif chosen is not None:
        kind = CheckKind.LOST
        message = f"The channel {chosen.name} is no longer in this Google account. Connect again to choose another."
    elif is_any:
        kind, message = CheckKind.SELECTION, "Choose the channel that is to be promoted."
    else:
        kind, url = CheckKind.PROBLEM, "https://www.youtube.com/create_channel"
        message = (
            "This Google account has no YouTube channel. Create one at YouTube, then Try Again; or Reset and connect"
            " another account."
        )
    return Check("channel", "Channel", kind, message, url=url)


def _choice(channel: shapes.Channel) -> Choice:
    figures, pictures = channel.statistics, channel.snippet.thumbnails
    picture = pictures.medium or pictures.default
    count = figures.subscriber_count
    is_known = not figures.hidden_subscriber_count and count.isascii() and count.isdigit()
    audience = f"{int(count):,} {'subscriber' if count == '1' else 'subscribers'}" if is_known else ""
    return Choice(
        external_id=channel.id,
        name=channel.snippet.title,
        url=f"https://www.youtube.com/channel/{channel.id}",
        image_url=picture.url if picture else "",
        note=", ".join(part for part in (channel.snippet.custom_url, audience) if part),
    )
