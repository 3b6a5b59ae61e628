"""Connecting by consent: there, back, and what the code is exchanged for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from backline.accounts import selectors as accounts
from backline.accounts.types import ArtistAccess
from backline.connections import consents, grants, ports
from backline.connections.consents import ConsentRefusedError
from backline.connections.models import Connection, Consent
from backline.connections.services import ending
from backline.connections.services.moving import (
    check_soon,
    consent_platform,
    held,
    held_by_id,
    move,
    problem_of,
    tell,
)
from backline.connections.state import GRANTED, State
from backline.connections.types import Account, CodeRefusedError, ConsentAnswer, PlatformFacts, Purpose, Tokens
from backline.core import audit, clock, jobs
from backline.core.audit import Actor
from backline.core.errors import BacklineError, NeedsAction, NotAllowedError, NotFoundError, Rejected, RetryLater
from backline.core.vault import SealBrokenError

_LIVING = frozenset({State.CONNECTED, State.PARTNERSHIP_NEEDED, State.PARTNERSHIP_REQUESTED})
"""States that stay while somebody is away at the platform to change a grant that works."""

REFUSED_BY_PERSON = frozenset({"access_denied", "user_denied", "user_cancelled_login", "user_cancelled_authorize"})
"""What platforms call a person's no (RFC 6749 section 4.1.2.1, and what they invented beside it)."""


class PlanNeededError(NeedsAction):
    """A managed-advertising plan has to be active first."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What the platform sent back in the address. Each value as it came; ``is_doubled`` when one stood there twice."""

    state: str
    code: str
    error: str
    is_doubled: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """Where a callback leads: whose page, which row, and what to say; ``is_refused`` when the person said no."""

    artist_id: UUID
    provider: str
    message: str
    is_refused: bool = False


def start_consent(access: ArtistAccess, *, provider: str, purpose: Purpose, session_secret: str) -> str:
    """Begin a consent and return where it leads. A connection that works goes on working meanwhile.

    Raises ``NotAllowedError``, ``NotFoundError``, ``Rejected`` (connected for that purpose already),
    :class:`PlanNeededError` and ``RetryLater`` (whether there is a plan cannot be known now).
    """
    access.must_edit()
    platform = consent_platform(provider)
    if purpose not in platform.facts.purposes:
        raise NotFoundError(f"{platform.facts.label} is not connected for that.")
    must_have_plan(platform.facts, purpose, artist_id=access.artist_id)
    actor = accounts.actor_of(access)
    with transaction.atomic():
        row = held(artist_id=access.artist_id, provider=provider)
        if row.state == State.CONNECTED and row.purpose in (purpose, Purpose.ADVERTISING):
            raise Rejected(f"{platform.facts.label} is connected already.")
        url = consents.begin(row, platform, purpose=purpose, user_id=access.user_id, session_secret=session_secret)
        if row.state not in _LIVING:
            # What is held decides the purpose until something else is. Why it was lost is kept until they are back.
            begun = {} if grants.is_held(row) else {"purpose": purpose}
            move(row, State.CONSENTING, reason="somebody went to the platform", actor=actor, failed_step="", **begun)
        tell("start", row, actor=actor, purpose=purpose.label)
    return url


def must_have_plan(facts: PlatformFacts, purpose: Purpose, *, artist_id: UUID) -> None:
    """Raise :class:`PlanNeededError` when the purpose needs a plan that the artist has not, or ``RetryLater``."""
    if purpose in facts.needs_plan and not ports.plans.get("billing").has_plan(artist_id=artist_id):
        raise PlanNeededError(
            f"Connecting {facts.label} for advertising needs a managed-advertising plan. Activate billing first."
        )


def take_callback(callback: Callback, *, provider: str, user_id: UUID, session_secret: str) -> Returned:
    """Take what a platform sent back; the code is exchanged in a job.

    Raises :class:`~backline.connections.consents.ConsentRefusedError` for a callback that nobody here began, and
    ``NotFoundError`` or ``NotAllowedError`` when the person may not edit the artist any more.
    """
    platform = consent_platform(provider)
    if callback.is_doubled:
        raise ConsentRefusedError("The answer names something twice, which no platform does. Nothing was changed.")
    consent = consents.take(state=callback.state, provider=provider, user_id=user_id, session_secret=session_secret)
    row = consent.connection
    access = accounts.artist_access_by_id(user_id=user_id, artist_id=row.artist_id)
    actor = accounts.actor_of(access)
    label = platform.facts.label
    if not access.can_edit:
        give_up(consent, reason="the person may not edit any more", actor=actor)
        raise NotAllowedError("You may not change this artist's connections any more. Nothing was changed.")
    if callback.error and not callback.code and callback.error in REFUSED_BY_PERSON:
        give_up(consent, reason="the person said no", actor=actor)
        message = f"You did not give access at {label}, so nothing was changed. Connect whenever you like."
        return Returned(row.artist_id, provider, message, is_refused=True)
    with transaction.atomic():
        row = held(artist_id=row.artist_id, provider=provider)
        if callback.error or not callback.code or len(callback.code) > consents.MOST_CODE_CHARACTERS:
            consents.finish(consent)
            problem = _what_came_back(label, callback)
            if row.state == State.CONSENTING:
                move(row, State.FAILED, reason=problem, actor=actor, problem=problem, failed_step="consent")
                tell("fail", row, actor=actor, why=problem)
            return Returned(row.artist_id, provider, problem, is_refused=True)
        consents.keep_code(consent, callback.code)
        move(
            row, State.EXCHANGING, reason="the person came back", actor=actor, problem="", failed_step="",
            next_check_at=clock.now() + consents.EXCHANGE_LIFE,  # whatever becomes of the job: then it is looked at
        )  # fmt: skip
        _exchange_soon(consent)
    return Returned(row.artist_id, provider, f"{label} let us in. We are setting the connection up.")


def _what_came_back(label: str, callback: Callback) -> str:
    if callback.error and callback.code:
        return f"{label} sent an answer that contradicts itself, so it was not used. Nothing was changed. Try again."
    if callback.error:
        return f"{label} could not finish the sign-in. Nothing was changed. Try again, or in a while."
    return f"{label} sent no usable answer. Nothing was changed. Try again."


def give_up(consent: Consent, *, reason: str, actor: Actor) -> None:
    """End a consent that comes to nothing; what was given before it still counts, and says where the connection is."""
    with transaction.atomic():
        row = held_by_id(consent.connection_id)
        consents.drop(consent)
        if row is not None:
            tell("give_up", row, actor=actor, why=reason)
        if row is not None and row.state == State.CONSENTING:
            if grants.is_held(row):
                move(row, State.EXCHANGING, reason=reason, actor=actor)
                check_soon(row)
            else:
                back = State.DISCONNECTED if row.connected_at else State.NOT_CONNECTED
                begun = {} if row.connected_at else {"purpose": Purpose.ADVERTISING}
                move(row, back, reason=reason, actor=actor, **begun)


def give_up_abandoned() -> int:
    """Take back consents from which nobody came back within ten minutes, and forget old ones; returns how many."""
    now = clock.now()
    lost = consents.abandoned(before=now)
    for consent in lost:
        give_up(consent, reason="nobody came back in ten minutes", actor=audit.SYSTEM)
    consents.delete_old(before=now - consents.LIFE * 144)
    return len(lost)


def exchange(*, consent_id: UUID) -> None:
    """Exchange the code of a consent for tokens and have the connection looked at. Safe to repeat.

    A code is good once: when the answer was lost on the way, the person has to sign in again, and is told so.
    Raises ``RetryLater`` while the platform's quota rests and the code can wait.
    """
    waits: RetryLater | None = None
    with transaction.atomic():
        consent = consents.hold_for_exchange(consent_id)
        if consent is None or consent.connection.state not in GRANTED:
            return
        platform = consent_platform(consent.connection.provider)
        try:
            code, verifier = grants.open_for_exchange(consent)
            answer = ConsentAnswer(
                purpose=Purpose(consent.purpose),
                code=code,
                redirect_uri=consents.redirect_uri(consent.connection.provider),
                code_verifier=verifier,
                nonce=consent.nonce,
            )
            tokens = platform.exchange(answer)
        except BacklineError as error:
            if isinstance(error, RetryLater) and consents.can_wait(consent, error.after):
                waits = error
            else:
                _exchange_failed(consent, error)
        else:
            _keep(consent, tokens)
    if waits is not None:
        raise waits  # not before the transaction ended: what was noted of the platform's quota has to stay


def _exchange_soon(consent: Consent) -> None:
    jobs.enqueue("connections.exchange", once=f"connections.exchange {consent.pk}", consent_id=str(consent.pk))


def _keep(consent: Consent, tokens: Tokens) -> None:
    """Keep what the code was exchanged for; what somebody took back meanwhile, by a reset say, is given back."""
    row = held_by_id(consent.connection_id)
    if row is None:
        return
    if not _still_counts(consent, row):
        grants.keep_to_give_back(row, purpose=consent.purpose, tokens=tokens)
        ending.give_back_soon(row)
        return
    account = tokens.account or Account("", "")
    changes: dict[str, object] = {"purpose": consent.purpose, "account_name": account.name[:300]}
    if row.account_id and _is_of_another(row, account, purpose=consent.purpose):
        changes |= {"external_id": "", "display_name": "", "url": "", "image_url": "", "extra": {}}
    grants.keep(row, purpose=consent.purpose, tokens=tokens)
    changes |= {"account_id": account.external_id, "connected_by": consent.user_id}
    move(row, State.EXCHANGING, reason="the code was exchanged", actor=audit.SYSTEM, **changes)
    consents.finish(consent)
    ending.give_back_soon(row)
    check_soon(row)


def _is_of_another(row: Connection, account: Account, *, purpose: str) -> bool:
    """Tell whether what was chosen before is not this account's; somebody may have one for each purpose."""
    return account.external_id != row.account_id if account.external_id else purpose != row.purpose


def _still_counts(consent: Consent, row: Connection) -> bool:
    return row.state in GRANTED and consents.is_open(consent)


def _exchange_failed(consent: Consent, error: BacklineError) -> None:
    row = held_by_id(consent.connection_id)
    if row is None or not _still_counts(consent, row):
        return
    is_spent = isinstance(error, CodeRefusedError | SealBrokenError)
    if is_spent:
        consents.finish(consent)
    problem = problem_of(error)
    changes: dict[str, object] = {"failed_step": "consent" if is_spent else "exchange"}
    if grants.is_held(row):  # the check that was due when they came back says so in some minutes
        problem = f"{problem} What was connected before goes on working."
    else:
        changes["next_check_at"] = None
    changes["problem"] = problem
    move(row, State.FAILED, reason=error.message, actor=audit.SYSTEM, **changes)
    tell("fail", row, actor=audit.SYSTEM, why=error.message)


def exchange_again(row: Connection, *, actor: Actor) -> bool:
    """Repeat the exchange where its code may still be good; tells whether it may. Within the caller's transaction."""
    consent = consents.last_of(row)
    if consent is None:
        return False
    move(row, State.EXCHANGING, reason="tried again", actor=actor, problem="", failed_step="")
    _exchange_soon(consent)
    return True
