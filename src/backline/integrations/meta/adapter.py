"""Meta as a platform that artists consent to: their Page, its Instagram account, the partnership with the operator."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
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
from backline.core.errors import Rejected, RetryLater
from backline.integrations.meta import permissions, shapes
from backline.integrations.meta.client import KEY, MetaClient
from backline.integrations.meta.partnership import REQUEST, Partnership
from backline.settings.services import MetaSettings

INSTAGRAM_ID = "instagram_id"
"""Key in a Page's ``extra``: the id of its Instagram account."""

_SEES_PAGES = "pages_show_list"
_PAGE = Check("page", "Facebook Page")

_TASKS = {
    Purpose.ADVERTISING: (
        "ADVERTISE",
        "Your role on this Page does not include ads. Ask somebody with full control of it to give you that.",
    ),
    Purpose.IDENTITY: (
        "CREATE_CONTENT",
        "Your role on this Page does not include publishing. Ask somebody with full control of it to give you that.",
    ),
}
"""The task that a person needs on a Page, and what to do without it."""

_FACTS = PlatformFacts(
    key=KEY,
    label="Meta",
    serves=(End.IDENTITY, End.ADVERTISING, End.MEASUREMENT),
    summary="Lets your campaigns run on Facebook and Instagram, in the name of your Page.",
    connects_by="consent",
    purposes=(Purpose.ADVERTISING, Purpose.IDENTITY),
    needs=(
        Need(
            CampaignType.SMART,
            "Facebook and Instagram",
            is_required=True,
            purpose="The Page that your ads come from",
            check="page",
        ),
        Need(
            CampaignType.SMART,
            "Meta partnership",
            is_required=True,
            purpose="Lets us run ads for that Page",
            check="partnership",
        ),
    ),
    help_pages=("connecting-meta", "meta-business-manager"),
    choice_label="Page",
    needs_plan=frozenset({Purpose.ADVERTISING}),
    dependents=("Smart Campaigns",),
    checked_every=timedelta(hours=6),
)


class MetaPlatform:
    """Implements ``connections.ports.ConsentPlatform``."""

    def __init__(self, settings: MetaSettings, client: MetaClient) -> None:
        self._settings = settings
        self._client = client
        self._partnership = Partnership(settings, client)

    @property
    def facts(self) -> PlatformFacts:
        """What it is. Without a business of the operator's nobody is asked for access to advertise."""
        if self._settings.business_id and self._settings.ad_account_id and self._settings.system_user_token:
            return _FACTS
        return replace(_FACTS, purposes=(Purpose.IDENTITY,))

    def authorization_url(self, request: ConsentRequest) -> str:
        """Return the address of the dialog: Login for Business where a configuration is set, else the classic login.

        The classic one asks again for what was refused before (``auth_type=rerequest``).
        """
        is_advertising = request.purpose is Purpose.ADVERTISING
        config_id = self._settings.config_id if is_advertising else self._settings.identity_config_id
        query = {
            "client_id": self._settings.app_id,
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "response_type": "code",
            "code_challenge": request.code_challenge,
            "code_challenge_method": "S256",
        }
        if config_id:
            query |= {"config_id": config_id, "override_default_response_type": "true"}
        else:
            query |= {"scope": ",".join(permissions.asked_for(request.purpose)), "auth_type": "rerequest"}
        return f"{self._settings.dialog_url}/{self._settings.graph_version}/dialog/oauth?{urlencode(query)}"

    def exchange(self, answer: ConsentAnswer) -> Tokens:
        """Turn the code into a token of sixty days.

        A code is good once. When Meta fails after that, what there is already is kept: the short-lived token is
        exchanged when it is renewed, and who it belongs to is asked with the first inspection.
        """
        token = self._client.exchange_code(answer.code, redirect_uri=answer.redirect_uri, verifier=answer.code_verifier)
        until = _until(token)
        if until is not None:
            with contextlib.suppress(RetryLater):
                token = self._client.exchange_token(token.access_token)
                until = _until(token)
        tokens = Tokens(access=token.access_token, access_expires_at=until)
        with contextlib.suppress(RetryLater):
            me = self._client.me(token.access_token)
            tokens = replace(tokens, scopes=me.granted, account=Account(me.id, me.name))
        return tokens

    def refresh(self, tokens: Tokens, *, purpose: Purpose) -> Tokens:
        """Return a token of sixty days for one that is good still; Meta has no refresh tokens."""
        del purpose
        token = self._client.exchange_token(tokens.access)
        return replace(tokens, access=token.access_token, access_expires_at=_until(token))

    def revoke(self, tokens: Tokens, *, purpose: Purpose) -> None:
        """Take the app out of the person's account. Meta knows no less: every grant of this person to us ends."""
        del purpose
        with contextlib.suppress(GrantLostError):
            self._client.revoke(tokens.access)

    def choices(self, tokens: Tokens, *, purpose: Purpose) -> tuple[Choice, ...]:
        """Return the person's Pages, those that will not do with the reason."""
        return tuple(_choice(page, purpose) for page in self._client.pages(tokens.access))

    def inspect(self, tokens: Tokens, *, purpose: Purpose, chosen: Choice | None) -> Inspection:
        """Look at the permissions, the Page, its Instagram account, then at the partnership and who pays."""
        me = self._client.me(tokens.access)
        account = Account(me.id, me.name)
        checks = [_permission_check(purpose, me)]
        if _SEES_PAGES in me.granted:
            pages = self.choices(tokens, purpose=purpose)
            present = next((page for page in pages if chosen and page.external_id == chosen.external_id), None)
            checks += [_page_check(pages, chosen, present), _instagram_check(present)]
        else:  # an empty list would say nothing about the Page that was chosen
            present = chosen
            hidden = "We cannot see your Pages until you allow it."
            checks += [replace(_PAGE, kind=CheckKind.PERMISSION, message=hidden)]
        if purpose is Purpose.ADVERTISING:
            checks += self._partnership.checks(present)
        return Inspection(account, tuple(checks), chosen=present)

    def act(self, key: str, tokens: Tokens, *, chosen: Choice) -> None:
        """Ask for the partnership with the chosen Page. Asking again changes nothing."""
        del tokens
        if key != REQUEST:
            raise Rejected("Meta offers nothing of that kind here.")
        self._partnership.request(chosen)


def _until(token: shapes.Token) -> datetime | None:
    return clock.now() + timedelta(seconds=token.expires_in) if token.expires_in else None


def _choice(page: shapes.Page, purpose: Purpose) -> Choice:
    task, why_not = _TASKS[purpose]
    instagram = page.instagram_business_account
    return Choice(
        external_id=page.id,
        name=page.name or page.id,
        url=page.link or f"https://www.facebook.com/{page.id}",
        image_url=page.picture.data.url,
        note=f"Instagram @{instagram.username}" if instagram and instagram.username else "",
        why_not="" if permissions.may(task, page.tasks) else why_not,
        extra={INSTAGRAM_ID: instagram.id, "instagram": instagram.username} if instagram else {},
    )


def _permission_check(purpose: Purpose, me: shapes.Me) -> Check:
    check = Check("permissions", "Permissions")
    missing = permissions.missing(purpose, me.granted)
    if not missing:
        return check
    return replace(
        check,
        kind=CheckKind.PERMISSION,
        message=f"You did not let us {_listed(missing)}. Connect again and allow it; everything else is kept.",
    )


def _page_check(pages: tuple[Choice, ...], chosen: Choice | None, present: Choice | None) -> Check:
    if present is not None:
        if not present.why_not:
            return _PAGE
        return replace(_PAGE, kind=CheckKind.PROBLEM, message=f"{present.name}: {present.why_not}", url=present.url)
    if chosen is not None:
        message = (
            f"{chosen.name} is no longer among your Pages: it was deleted, or you have no role on it any more. "
            "Choose another Page, or connect with the account that has it."
        )
        return replace(_PAGE, kind=CheckKind.LOST, message=message)
    if any(not page.why_not for page in pages):
        return replace(_PAGE, kind=CheckKind.SELECTION, message="Choose the Page that your ads and posts come from.")
    message = (
        pages[0].why_not
        if pages
        else "This Facebook account has no Page, or you did not let us see one. Create a Page, or connect with the "
        "account that has it."
    )
    return replace(_PAGE, kind=CheckKind.SETUP, message=message, url="https://www.facebook.com/pages/create")


def _instagram_check(present: Choice | None) -> Check:
    check = Check("instagram", "Instagram account", is_needed=False)
    if present is not None and INSTAGRAM_ID in present.extra:
        return check
    return replace(
        check,
        kind=CheckKind.SETUP,
        message="No Instagram account belongs to this Page: on Instagram, too, its ads show the Page's name. To add "
        "one, open the Page's settings at Facebook, then Linked accounts.",
    )


def _listed(words: tuple[str, ...]) -> str:
    """Return ``a``, ``a or b``, ``a, b or c``."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
