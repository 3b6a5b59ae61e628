"""What this room does, one function per use case, grouped by noun."""

from backline.accounts.services.artists import (
    change_artist_slug,
    choose_genres,
    create_artist,
    create_artist_from_platform,
    delete_artist,
    follow_found_genres,
    hold_artist,
    move_artist,
    rename_artist,
    set_artist_image,
    set_automatic_genres,
)
from backline.accounts.services.invitations import (
    accept_invitation,
    forget_old_invitations,
    invitation_offer,
    invite_to_artist,
    invite_to_organization,
    masked,
    revoke_invitation,
    waiting_invitation,
)
from backline.accounts.services.members import (
    change_artist_member,
    change_organization_member,
    leave_organization,
    remove_artist_member,
    remove_organization_member,
)
from backline.accounts.services.organizations import create_organization, rename_organization
from backline.accounts.services.people import RIGHTS, change_person, change_rights, create_person, erase_person

__all__ = [
    "RIGHTS",
    "accept_invitation",
    "change_artist_member",
    "change_artist_slug",
    "change_organization_member",
    "change_person",
    "change_rights",
    "choose_genres",
    "create_artist",
    "create_artist_from_platform",
    "create_organization",
    "create_person",
    "delete_artist",
    "erase_person",
    "follow_found_genres",
    "forget_old_invitations",
    "hold_artist",
    "invitation_offer",
    "invite_to_artist",
    "invite_to_organization",
    "leave_organization",
    "masked",
    "move_artist",
    "remove_artist_member",
    "remove_organization_member",
    "rename_artist",
    "rename_organization",
    "revoke_invitation",
    "set_artist_image",
    "set_automatic_genres",
    "waiting_invitation",
]
