"""Use cases of organizations: create, rename, and room for artists."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from backline.accounts import names, selectors
from backline.accounts.models import Artist, Membership, Organization, User
from backline.accounts.types import OrganizationAccess, Role
from backline.core import audit
from backline.core.audit import Actor
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.settings import environment


@transaction.atomic
def create_organization(*, user_id: UUID, name: str) -> UUID:
    """Make an organization and return its id; the person is its creator and an admin.

    Raises :class:`Rejected` (field ``name``).
    """
    wanted = names.clean_name(name)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError("This person has no account here.")
    actor = Actor(id=user.pk, name=selectors.display_name(user))
    return new_organization(user, name=wanted, actor=actor).pk


@transaction.atomic
def rename_organization(access: OrganizationAccess, *, name: str) -> None:
    """Give the organization another name; only its creator may.

    Raises :class:`NotAllowedError` and :class:`Rejected` (field ``name``).
    """
    access.must_edit()
    if not access.is_creator:
        raise NotAllowedError("Only the person who created the organization can rename it.")
    wanted = names.clean_name(name)
    organization = locked(access.organization_id)
    if organization.name == wanted:
        return
    before, organization.name = organization.name, wanted
    organization.save(update_fields=["name"])
    audit.record(
        "organization.rename",
        actor=selectors.actor_of(access),
        object_type="organization",
        object_id=organization.pk,
        object_name=wanted,
        organization_id=organization.pk,
        detail={"from": before, "to": wanted},
    )


def new_organization(user: User, *, name: str, actor: Actor) -> Organization:
    """Write the organization, its creator's membership and the log entry; for this room."""
    organization = Organization.objects.create(name=name, creator=user)
    Membership.objects.create(user=user, organization=organization, role=Role.ADMIN)
    audit.record(
        "organization.create",
        actor=actor,
        object_type="organization",
        object_id=organization.pk,
        object_name=name,
        organization_id=organization.pk,
    )
    return organization


def first_organization(user: User, *, name: str, actor: Actor) -> Organization:
    """Return the organization that takes a person's next artist, locked; for this room.

    Their own before others', the oldest first, the first with room. One that has none is made, called ``name``;
    when all are full :class:`Rejected` (field ``organization``) says so.
    """
    User.objects.select_for_update().get(pk=user.pk)  # two first artists at once make one organization
    may_edit = Membership.objects.filter(user=user, role__in=(Role.ADMIN, Role.EDITOR)).values("organization_id")
    candidates = list(Organization.objects.filter(Q(creator=user) | Q(pk__in=may_edit)).order_by("created_at", "pk"))
    if not candidates:
        return new_organization(user, name=name, actor=actor)
    refusal: Rejected | None = None
    for candidate in sorted(candidates, key=lambda one: one.creator_id != user.pk):
        try:
            return make_room(candidate.pk)
        except Rejected as full:
            refusal = refusal or full
    raise refusal or Rejected("There is no room for another artist.")


def make_room(organization_id: UUID) -> Organization:
    """Lock and return the organization; raises :class:`Rejected` when it holds as many artists as it may.

    For this room: the caller has checked the access and adds one artist in the same transaction.
    """
    organization = locked(organization_id)
    limit = environment.current().artists_per_organization
    if Artist.objects.filter(organization=organization).count() >= limit:
        problem = f"{organization.name} holds {limit} artists, which is the most. Choose another organization."
        raise Rejected(problem, field_errors={"organization": problem})
    return organization


def locked(organization_id: UUID) -> Organization:
    """Lock and return the organization; for this room."""
    organization = Organization.objects.select_for_update().filter(pk=organization_id).first()
    if organization is None:
        raise NotFoundError("This organization does not exist any more.")
    return organization
