"""TikTok as a platform: an advertiser account that is checked, or a profile. Nothing is delivered there (PC-12)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from backline.connections.types import (
    Account,
    CampaignType,
    Check,
    CheckKind,
    Choice,
    ConsentAnswer,
    ConsentRequest,
    End,
    GrantLostError,
    Inspection,
    Need,
    PlatformFacts,
    Purpose,
    Tokens,
)
from backline.core import clock
from backline.core.errors import Rejected
from backline.integrations.tiktok import shapes
from backline.integrations.tiktok.client import (
    IDENTITY_SCOPES,
    MOST_ADVERTISERS,
    NotPermittedError,
    TiktokClient,
    UnknownAnswerError,
    log,
)
from backline.settings.services import TiktokSettings

_ADS_MANAGER = "https://ads.tiktok.com/"
_BUSINESS_CENTER = "https://business.tiktok.com/"
_STATUS = "advertiser_status"

_PROFILE_FIELDS = {
    "user.info.basic": ("open_id", "display_name", "avatar_url"),
    "user.info.profile": ("username",),
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """What an advertiser's status means: None for all is well, a word beside its name, and the way on."""

    kind: CheckKind | None
    word: str = ""
    message: str = ""


class TiktokPlatform:
    """Implements ``connections.ports.ConsentPlatform``.

    For advertising a person authorizes an app of API for Business, for identity one of Login Kit: two apps, of which
    an installation may have either.
    """

    def __init__(self, settings: TiktokSettings, client: TiktokClient) -> None:
        self._settings = settings
        self._client = client
        purposes = ((Purpose.ADVERTISING, settings.has_business), (Purpose.IDENTITY, settings.has_login))
        self._facts = PlatformFacts(
            key="tiktok",
            label="TikTok",
            serves=(End.IDENTITY, End.ADVERTISING, End.MEASUREMENT),
            summary="Checks whether an advertiser account is ready. Backline shows no ads on TikTok.",
            connects_by="consent",
            purposes=tuple(purpose for purpose, is_set in purposes if is_set),
            needs=(
                Need(
                    CampaignType.SMART,
                    "TikTok",
                    is_required=False,
                    purpose="Checks only, no ads",
                    check=_STATUS,
                ),
            ),
            help_pages=("connecting-tiktok",),
            choice_label="Advertiser account",
            chooses_for=frozenset({Purpose.ADVERTISING}),
        )

    @property
    def facts(self) -> PlatformFacts:
        """What it is."""
        return self._facts

    def authorization_url(self, request: ConsentRequest) -> str:
        """Return where the person's browser is sent. API for Business knows no PKCE; Login Kit's is hexadecimal."""
        settings, back = self._settings, {"state": request.state, "redirect_uri": request.redirect_uri}
        if request.purpose is Purpose.ADVERTISING:
            return f"{settings.portal_url}/portal/auth?{urlencode({'app_id': settings.app_id, **back})}"
        query = {
            "client_key": settings.client_key,
            "scope": ",".join(IDENTITY_SCOPES),
            "response_type": "code",
            **back,
            "code_challenge": base64.urlsafe_b64decode(request.code_challenge + "=").hex(),
            "code_challenge_method": "S256",
        }
        return f"{settings.auth_url}/v2/auth/authorize/?{urlencode(query)}"

    def exchange(self, answer: ConsentAnswer) -> Tokens:
        """Turn the code of a consent into tokens."""
        if answer.purpose is Purpose.ADVERTISING:
            given = self._client.business_tokens(answer.code)
            return Tokens(access=given.access_token, scopes=frozenset(str(scope) for scope in given.scope))
        return _tokens(
            self._client.login_tokens(answer.code, redirect_uri=answer.redirect_uri, code_verifier=answer.code_verifier)
        )

    def refresh(self, tokens: Tokens, *, purpose: Purpose) -> Tokens:
        """Return new tokens; one of API for Business never ends and stays as it is."""
        if purpose is Purpose.ADVERTISING:
            return tokens
        return _tokens(self._client.renewed_tokens(tokens.refresh))

    def revoke(self, tokens: Tokens, *, purpose: Purpose) -> None:
        """Give the grant back. Login Kit takes only a live access token, so one that ended is renewed first."""
        try:
            if purpose is Purpose.ADVERTISING:
                self._client.revoke_business(tokens.access)
            else:
                self._revoke_login(tokens)
        except GrantLostError:
            return

    def _revoke_login(self, tokens: Tokens) -> None:
        try:
            self._client.revoke_login(tokens.access)
        except GrantLostError:
            if tokens.refresh:
                self._client.revoke_login(self._client.renewed_tokens(tokens.refresh).access_token)

    def choices(self, tokens: Tokens, *, purpose: Purpose) -> tuple[Choice, ...]:
        """Return the advertiser accounts that the person let us see, or their one profile."""
        if purpose is Purpose.IDENTITY:
            return (_profile_choice(self._profile(tokens)),)
        ids = [one.advertiser_id for one in self._client.advertiser_ids(tokens.access)]
        found: list[shapes.Advertiser] = []
        for start in range(0, len(ids), MOST_ADVERTISERS):
            found.extend(self._client.advertisers(tokens.access, ids[start : start + MOST_ADVERTISERS]))
        return tuple(_choice(advertiser) for advertiser in found)

    def inspect(self, tokens: Tokens, *, purpose: Purpose, chosen: Choice | None) -> Inspection:
        """Say how the connection stands at TikTok now."""
        if purpose is Purpose.IDENTITY:
            return self._inspect_profile(tokens)
        account = self._business_account(tokens)
        ids = {one.advertiser_id for one in self._client.advertiser_ids(tokens.access)}
        wanted = [chosen.external_id] if chosen is not None and chosen.external_id in ids else []
        found = self._client.advertisers(tokens.access, wanted) if wanted else ()
        if not found:
            return Inspection(account, (_unchosen(chosen, has_any=bool(ids)),))
        advertiser = found[0]
        checks = (
            Check("advertiser", "Advertiser account"),
            _status_check(advertiser),
            _shown("business_center", "Business Center", lambda: self._client.centers(tokens.access), _NO_CENTER),
            _shown(
                "identity",
                "Identity",
                lambda: self._client.identities(tokens.access, advertiser.advertiser_id),
                _NO_IDENTITY,
            ),
            _shown("pixel", "Pixel", lambda: self._client.pixels(tokens.access, advertiser.advertiser_id), _NO_PIXEL),
        )
        return Inspection(account, checks, chosen=_choice(advertiser))

    def act(self, key: str, tokens: Tokens, *, chosen: Choice) -> None:
        """Refuse: TikTok's checks offer nothing to do."""
        del key, tokens, chosen
        raise Rejected("TikTok offers no such action.")

    def _business_account(self, tokens: Tokens) -> Account:
        try:
            user = self._client.business_user(tokens.access)
        except NotPermittedError:
            return Account("", "TikTok for Business")
        return Account(str(user.core_user_id), user.display_name)

    def _inspect_profile(self, tokens: Tokens) -> Inspection:
        profile = self._profile(tokens)
        permissions = Check("permissions", "Permissions")
        if not set(IDENTITY_SCOPES) <= tokens.scopes:
            message = "You did not let us see your user name. Connect again and allow it; everything else is kept."
            permissions = replace(permissions, kind=CheckKind.PERMISSION, message=message)
        chosen = _profile_choice(profile)
        return Inspection(Account(profile.open_id, chosen.name), (permissions,), chosen=chosen)

    def _profile(self, tokens: Tokens) -> shapes.Profile:
        granted = [scope for scope in IDENTITY_SCOPES if scope in tokens.scopes]
        return self._client.profile(tokens.access, [name for scope in granted for name in _PROFILE_FIELDS[scope]])


_IN_REVIEW = _Standing(CheckKind.SETUP, "in review", "TikTok is reviewing the account. Nothing is to be done.")
_TO_VERIFY = _Standing(
    CheckKind.SETUP,
    "to be verified",
    "TikTok wants the account verified. Finish the verification in Ads Manager, then check again.",
)
_TURNED_DOWN = _Standing(
    CheckKind.PROBLEM,
    "turned down",
    "TikTok turned the account down in its review. Ads Manager says why, and how to appeal.",
)
_UNKNOWN = _Standing(
    CheckKind.UNKNOWN, "", "TikTok says something of the account that we do not know. The operator was told."
)
_STANDINGS = {
    "STATUS_ENABLE": _Standing(None),
    "STATUS_PENDING_CONFIRM": _IN_REVIEW,
    "STATUS_PENDING_CONFIRM_MODIFY": _IN_REVIEW,
    "STATUS_WAIT_FOR_BPM_AUDIT": _IN_REVIEW,
    "STATUS_PENDING_VERIFIED": _TO_VERIFY,
    "STATUS_SELF_SERVICE_UNAUDITED": _TO_VERIFY,
    "STATUS_WAIT_FOR_PUBLIC_AUTH": _TO_VERIFY,
    "STATUS_CONTRACT_PENDING": _Standing(
        CheckKind.SETUP,
        "contract pending",
        "The account's contract with TikTok is not in force yet. Ads Manager says from when on.",
    ),
    "STATUS_CONFIRM_FAIL": _TURNED_DOWN,
    "STATUS_CONFIRM_FAIL_END": _TURNED_DOWN,
    "STATUS_CONFIRM_MODIFY_FAIL": _TURNED_DOWN,
    "STATUS_LIMIT": _Standing(
        CheckKind.PROBLEM, "restricted", "TikTok restricted the account. Ads Manager says why, and how to appeal."
    ),
    "STATUS_DISABLE": _Standing(CheckKind.PROBLEM, "closed", "TikTok closed the account. Choose another one."),
}
"""Every status of an advertiser (TikTok's enumeration "Advertiser Status")."""

_NO_CENTER = Check(
    "business_center",
    "Business Center",
    CheckKind.SETUP,
    "This person is in no Business Center. One is needed to share the account with a team.",
    _BUSINESS_CENTER,
    is_needed=False,
)
_NO_IDENTITY = Check(
    "identity",
    "Identity",
    CheckKind.SETUP,
    "The account has no identity to show ads under. Link a TikTok profile in Ads Manager.",
    _ADS_MANAGER,
    is_needed=False,
)
_NO_PIXEL = Check(
    "pixel",
    "Pixel",
    CheckKind.SETUP,
    "The account has no pixel, so nothing can be measured on pages. Make one in Ads Manager, under Events.",
    _ADS_MANAGER,
    is_needed=False,
)


def _shown(key: str, label: str, fetch: Callable[[], tuple[object, ...]], missing: Check) -> Check:
    """Return a check that is shown and holds nothing up: met, ``missing``, or not to be seen."""
    try:
        return Check(key, label, is_needed=False) if fetch() else missing
    except NotPermittedError as error:
        return Check(key, label, CheckKind.PERMISSION, error.message, is_needed=False)
    except UnknownAnswerError as error:
        return Check(key, label, CheckKind.UNKNOWN, error.message, is_needed=False)


def _unchosen(chosen: Choice | None, *, has_any: bool) -> Check:
    """Return the check of an advertiser account that is not chosen, or gone."""
    if chosen is not None:
        kind, message = CheckKind.LOST, f"{chosen.name} is no longer among the accounts that you let us see."
    elif has_any:
        kind, message = CheckKind.SELECTION, "Choose the advertiser account to check."
    else:
        kind = CheckKind.SETUP
        message = "There is no advertiser account yet. Make one in TikTok Ads Manager, then check again."
    return Check("advertiser", "Advertiser account", kind, message, _ADS_MANAGER)


def _standing(status: str) -> _Standing:
    """Return what an advertiser's status means; one that is not known is written where the operator is alerted."""
    known = _STANDINGS.get(status)
    if known is None:
        log.error("tiktok.unknown_advertiser_status", status=status[:60])
    return known or _UNKNOWN


def _status_check(advertiser: shapes.Advertiser) -> Check:
    standing = _standing(advertiser.status)
    url = "" if standing.kind is None else _ADS_MANAGER
    return Check(_STATUS, "Account status", standing.kind, standing.message, url)


def _choice(advertiser: shapes.Advertiser) -> Choice:
    standing = _standing(advertiser.status)
    notes = (advertiser.advertiser_id, advertiser.currency, standing.word)
    return Choice(
        external_id=advertiser.advertiser_id,
        name=advertiser.name,
        note=" · ".join(note for note in notes if note),
        why_not=standing.message if advertiser.status == "STATUS_DISABLE" else "",
    )


def _profile_choice(profile: shapes.Profile) -> Choice:
    return Choice(
        external_id=profile.open_id,
        name=profile.display_name or profile.username,
        url=f"https://www.tiktok.com/@{profile.username}" if profile.username else "",
        image_url=profile.avatar_url,
        note=f"@{profile.username}" if profile.username else "",
    )


def _tokens(given: shapes.LoginTokens) -> Tokens:
    now = clock.now()
    return Tokens(
        access=given.access_token,
        refresh=given.refresh_token,
        access_expires_at=now + timedelta(seconds=given.expires_in),
        refresh_expires_at=now + timedelta(seconds=given.refresh_expires_in),
        scopes=frozenset(scope for scope in given.scope.split(",") if scope),
        account=Account(given.open_id, ""),
    )
