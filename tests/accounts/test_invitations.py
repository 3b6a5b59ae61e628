"""Invitations: by mail, for one address, for seven days, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.factories.accounts import (
    access_of,
    make_artist,
    make_member,
    make_organization,
    make_user,
    organization_access_of,
)

from backline.accounts import mails, selectors, services
from backline.accounts.models import Invitation
from backline.accounts.services.invitations import DAILY_LIMIT, LIFETIME, PENDING_LIMIT, token_of
from backline.accounts.types import InvitationStatus, Role
from backline.core import audit, clock
from backline.core.errors import NotAllowedError, NotFoundError, Rejected

pytestmark = [pytest.mark.django_db, pytest.mark.req("R3")]


@pytest.fixture(autouse=True)
def _mailbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def artist():
    return make_artist(creator=make_user(name="Jo Marlow"), name="Halla Norden")


@pytest.fixture
def access(artist):
    return access_of(make_member(artist, role=Role.ADMIN, user=make_user(name="Rika Sund")), artist)


def test_an_invitation_is_mailed_and_accepted(artist, access):
    invitation_id = services.invite_to_artist(access, email=" New.Person@Example.org ", role=Role.EDITOR)
    job = ProcrastinateJob.objects.get(task_name="accounts.mail_invitation")
    assert job.args == {"invitation_id": str(invitation_id)}
    assert mails.send_invitation(invitation_id=invitation_id)
    sent = mail.outbox[0]
    token = token_of(invitation_id)
    assert sent.to == ["new.person@example.org"]
    assert sent.extra_headers == {"Idempotency-Key": f"invitation-{invitation_id}"}
    assert [type(sent.body), type(sent.alternatives[0].content)] == [str, str]  # no template's own kind of text
    assert sent.subject == "Rika Sund invites you to Halla Norden"
    assert f"/invitations/{token}/" in sent.body
    assert f"/invitations/{token}/" in sent.alternatives[0].content

    offer = services.invitation_offer(token=token)
    assert (offer.place, offer.role, offer.invited_by, offer.status) == (
        "Halla Norden",
        Role.EDITOR,
        "Rika Sund",
        InvitationStatus.PENDING,
    )
    newcomer = make_user(email="new.person@example.org", name="New Person")
    accepted = services.accept_invitation(user_id=newcomer.pk, token=token)
    assert (accepted.place, accepted.artist_slug, accepted.role) == ("Halla Norden", artist.slug, Role.EDITOR)
    assert access_of(newcomer, artist).role is Role.EDITOR
    assert [entry.action for entry in audit.of_artist(artist.id)][:2] == ["invitation.accept", "invitation.create"]


def test_the_database_holds_no_token_and_the_log_no_address(access):
    invitation_id = services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER)
    row = Invitation.objects.get(pk=invitation_id)
    assert token_of(invitation_id) not in (row.token_hash, str(row.pk))
    assert audit.of_artist(access.artist_id)[0].detail == {"role": "Viewer", "to": "g…@example.org"}


def test_an_organizations_invitation_opens_its_artists():
    head = make_user()
    place = make_organization(creator=head, name="Night Ferry Records")
    artist = make_artist(creator=head, organization_id=place)
    access = organization_access_of(head, place)
    invitation_id = services.invite_to_organization(access, email="guest@example.org", role=Role.VIEWER)
    assert [one.email for one in selectors.pending_invitations(access)] == ["guest@example.org"]
    guest = make_user(email="guest@example.org")
    accepted = services.accept_invitation(user_id=guest.pk, token=token_of(invitation_id))
    assert (accepted.organization_id, accepted.artist_slug) == (place, "")
    assert access_of(guest, artist).role is Role.VIEWER
    assert selectors.pending_invitations(access) == ()


def test_an_invitation_works_once(access):
    token = token_of(services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER))
    guest = make_user(email="guest@example.org")
    services.accept_invitation(user_id=guest.pk, token=token)
    with pytest.raises(Rejected, match="has been used already"):
        services.accept_invitation(user_id=guest.pk, token=token)


def test_an_invitation_ends_after_seven_days(access):
    with clock.frozen(clock.now()) as advance:
        token = token_of(services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER))
        guest = make_user(email="guest@example.org")
        advance(LIFETIME)
        assert services.invitation_offer(token=token).status is InvitationStatus.EXPIRED
        with pytest.raises(Rejected, match="has expired"):
            services.accept_invitation(user_id=guest.pk, token=token)
        assert selectors.pending_invitations(access) == ()
        assert timedelta(days=7) == LIFETIME


def test_an_invitation_that_was_taken_back_does_not_open(access):
    invitation_id = services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER)
    services.revoke_invitation(access, invitation_id=invitation_id)
    guest = make_user(email="guest@example.org")
    with pytest.raises(Rejected, match="was taken back"):
        services.accept_invitation(user_id=guest.pk, token=token_of(invitation_id))
    with pytest.raises(Rejected, match="was taken back"):
        services.revoke_invitation(access, invitation_id=invitation_id)
    assert not mails.send_invitation(invitation_id=invitation_id)
    assert mail.outbox == []


def test_another_address_does_not_open_it(artist, access):
    token = token_of(services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER))
    somebody = make_user(email="somebody@example.org")
    with pytest.raises(NotAllowedError, match=r"was sent to g…@example\.org"):
        services.accept_invitation(user_id=somebody.pk, token=token)
    unconfirmed = EmailAddress.objects.create(user=somebody, email="Guest@example.org", verified=False)
    with pytest.raises(NotAllowedError):
        services.accept_invitation(user_id=somebody.pk, token=token)
    unconfirmed.verified = True
    unconfirmed.save()
    services.accept_invitation(user_id=somebody.pk, token=token)
    assert access_of(somebody, artist).role is Role.VIEWER


@pytest.mark.parametrize("token", ["", "x", "not-a-token", "ü" * 300])
def test_a_token_of_nobody_leads_nowhere(token):
    with pytest.raises(NotFoundError):
        services.invitation_offer(token=token)
    with pytest.raises(NotFoundError):
        services.accept_invitation(user_id=make_user().pk, token=token)


def test_a_second_invitation_takes_the_firsts_place(access):
    first = services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER)
    second = services.invite_to_artist(access, email="guest@example.org", role=Role.EDITOR)
    assert [one.id for one in selectors.pending_invitations(access)] == [second]
    assert services.invitation_offer(token=token_of(first)).status is InvitationStatus.REVOKED


def test_a_role_is_never_lowered_by_an_invitation(artist, access):
    token = token_of(services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER))
    member = make_member(artist, role=Role.EDITOR, user=make_user(email="guest@example.org"))
    assert services.accept_invitation(user_id=member.pk, token=token).role is Role.EDITOR


@pytest.mark.parametrize("email", ["", "nobody", "a@", "a b@example.org", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_refused(access, email):
    with pytest.raises(Rejected) as refused:
        services.invite_to_artist(access, email=email, role=Role.VIEWER)
    assert list(refused.value.field_errors) == ["email"]


def test_a_member_is_not_invited_again(artist, access):
    make_member(artist, user=make_user(email="guest@example.org"))
    with pytest.raises(Rejected, match="on the team already"):
        services.invite_to_artist(access, email="Guest@example.org", role=Role.ADMIN)


def test_invitations_are_limited(access):
    now = clock.now()
    Invitation.objects.bulk_create(
        Invitation(
            email=f"guest{number}@example.org",
            role=Role.VIEWER,
            artist_id=access.artist_id,
            invited_by_id=access.user_id,
            token_hash=str(number),
            expires_at=now + LIFETIME,
        )
        for number in range(PENDING_LIMIT)
    )
    with pytest.raises(Rejected, match="100 invitations are waiting"):
        services.invite_to_artist(access, email="one.more@example.org", role=Role.VIEWER)


def test_inviting_and_taking_back_does_not_mail_the_world(artist, access):
    with clock.frozen(clock.now()) as advance:
        for number in range(DAILY_LIMIT):
            invitation_id = services.invite_to_artist(access, email=f"guest{number}@example.org", role=Role.VIEWER)
            services.revoke_invitation(access, invitation_id=invitation_id)
        with pytest.raises(Rejected, match="You have sent 100 invitations here within a day") as refused:
            services.invite_to_artist(access, email="one.more@example.org", role=Role.VIEWER)
        assert list(refused.value.field_errors) == ["email"]
        another = access_of(make_member(artist, role=Role.ADMIN), artist)
        services.invite_to_artist(another, email="one.more@example.org", role=Role.VIEWER)
        advance(timedelta(hours=24))
        services.invite_to_artist(access, email="and.another@example.org", role=Role.VIEWER)


@pytest.mark.parametrize("act", ["demote", "remove", "leave"])
def test_the_invitations_of_somebody_who_is_no_admin_any_more_are_taken_back(artist, access, act):
    head = access_of(make_member(artist, role=Role.ADMIN), artist)
    theirs = services.invite_to_artist(access, email="guest@example.org", role=Role.ADMIN)
    kept = services.invite_to_artist(head, email="other@example.org", role=Role.VIEWER)
    if act == "demote":
        services.change_artist_member(head, user_id=access.user_id, role=Role.EDITOR)
    else:
        services.remove_artist_member(head if act == "remove" else access, user_id=access.user_id)
    assert services.invitation_offer(token=token_of(theirs)).status is InvitationStatus.REVOKED
    assert services.invitation_offer(token=token_of(kept)).status is InvitationStatus.PENDING
    entry = audit.of_artist(artist.id)[0]
    assert (entry.action, entry.object_id) == ("invitation.revoke", theirs)


@pytest.mark.parametrize("act", ["demote", "remove", "leave"])
def test_so_are_those_to_an_organization_and_to_its_artists(act):
    head, admin = make_user(), make_user()
    place = make_organization(creator=head)
    make_member(organization_id=place, role=Role.ADMIN, user=admin)
    artist = make_artist(creator=admin, organization_id=place)
    other = make_artist(creator=head, organization_id=place, name="Other")
    access = organization_access_of(admin, place)
    ids = [
        services.invite_to_organization(access, email="guest@example.org", role=Role.ADMIN),
        services.invite_to_artist(access_of(admin, other), email="guest@example.org", role=Role.ADMIN),
        services.invite_to_artist(access_of(admin, artist), email="guest@example.org", role=Role.ADMIN),
    ]
    if act == "demote":
        services.change_organization_member(organization_access_of(head, place), user_id=admin.pk, role=Role.VIEWER)
    elif act == "remove":
        services.remove_organization_member(organization_access_of(head, place), user_id=admin.pk)
    else:
        services.leave_organization(access)
    statuses = [services.invitation_offer(token=token_of(each)).status for each in ids]
    # Who created an artist stays its admin while they are in the organization.
    own = InvitationStatus.PENDING if act == "demote" else InvitationStatus.REVOKED
    assert statuses == [InvitationStatus.REVOKED, InvitationStatus.REVOKED, own]


def test_addresses_are_forgotten_thirty_days_after_the_end(access):
    with clock.frozen(clock.now()) as advance:
        services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER)
        advance(timedelta(days=8))
        assert services.forget_old_invitations() == 0
        assert Invitation.objects.get().status == InvitationStatus.EXPIRED
        advance(timedelta(days=30))
        assert services.forget_old_invitations() == 1
        assert not Invitation.objects.exists()


def test_only_admins_see_pending_invitations(artist, access):
    services.invite_to_artist(access, email="guest@example.org", role=Role.VIEWER)
    assert selectors.pending_invitations(access_of(make_member(artist, role=Role.EDITOR), artist)) == ()
