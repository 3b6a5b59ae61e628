"""Addresses of the settings."""

from __future__ import annotations

from django.urls import path

from backline.dashboard.account import artist, invitation, organization, person, social

app_name = "account"
_artist = "a/<slug:slug>/settings/"
_organization = "organizations/<uuid:organization_id>/"

urlpatterns = [
    path("account/<slug:service>/login/", social.begin, name="sign_in_with"),
    path("account/<slug:service>/login/callback/", social.back, name="signed_in_with"),
    path("settings/", person.settings, name="settings"),
    path("welcome/", person.welcome, name="welcome"),
    path("settings/activity/", person.activity, name="activity"),
    path("invitations/<str:token>/", invitation.invitation, name="invitation"),
    path("artists/new/", artist.new, name="new_artist"),
    path(_artist, artist.settings, name="artist"),
    path(f"{_artist}name/", artist.rename, name="artist_rename"),
    path(f"{_artist}address/", artist.change_address, name="artist_address"),
    path(f"{_artist}genres/", artist.change_genres, name="artist_genres"),
    path(f"{_artist}delete/", artist.delete, name="artist_delete"),
    path(f"{_artist}log/", artist.log, name="artist_log"),
    path(f"{_artist}invite/", artist.invite, name="artist_invite"),
    path(f"{_artist}members/<uuid:user_id>/role/", artist.member_role, name="artist_member_role"),
    path(f"{_artist}members/<uuid:user_id>/remove/", artist.member_remove, name="artist_member_remove"),
    path(
        f"{_artist}invitations/<uuid:invitation_id>/revoke/",
        artist.invitation_revoke,
        name="artist_invitation_revoke",
    ),
    path("organizations/new/", organization.new, name="new_organization"),
    path(_organization, organization.settings, name="organization"),
    path(f"{_organization}name/", organization.rename, name="organization_rename"),
    path(f"{_organization}move/", organization.move, name="organization_move"),
    path(f"{_organization}log/", organization.log, name="organization_log"),
    path(f"{_organization}invite/", organization.invite, name="organization_invite"),
    path(f"{_organization}members/<uuid:user_id>/role/", organization.member_role, name="organization_member_role"),
    path(
        f"{_organization}members/<uuid:user_id>/remove/",
        organization.member_remove,
        name="organization_member_remove",
    ),
    path(
        f"{_organization}invitations/<uuid:invitation_id>/revoke/",
        organization.invitation_revoke,
        name="organization_invitation_revoke",
    ),
]
