"""The settings pages: they show what is there, save what is right, keep what was typed, and belong to their people."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import (
    access_of,
    make_artist,
    make_member,
    make_organization,
    make_user,
    organization_access_of,
)

from backline.accounts import selectors, services
from backline.accounts.models import Artist, Invitation, Membership, Organization, User
from backline.accounts.types import Role

pytestmark = pytest.mark.django_db


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def head():
    return make_user(email="head@example.org", name="Rika Sund")


@pytest.fixture
def artist(head):
    return make_artist(creator=head, name="Halla Norden")


@pytest.fixture
def client(head):
    return _signed_in(head)


def _artist(artist, act: str = "") -> str:
    return reverse(f"account:artist{act}", args=[artist.slug])


def test_every_page_renders(client, head, artist):
    make_member(artist, user=make_user(name="يوسف"))
    services.invite_to_artist(access_of(head, artist), email="guest@example.org", role=Role.VIEWER)
    pages = [
        reverse("account:settings"),
        reverse("account:activity"),
        reverse("account:new_artist"),
        reverse("account:new_organization"),
        _artist(artist),
        _artist(artist, "_log"),
        _artist(artist, "_delete"),
        reverse("account:organization", args=[artist.organization_id]),
        reverse("account:organization_log", args=[artist.organization_id]),
        reverse("account_email"),
        reverse("account_set_password"),
        reverse("account_logout"),
        reverse("usersessions_list"),
        reverse("mfa_index"),
    ]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        text = response.content.decode()
        assert "style=" not in text, page
        assert "<h1" in text or 'class="dialog__title"' in text, page


def test_the_only_address_offers_nothing_that_cannot_be_done(client, head):
    page = reverse("account_email")
    assert "action_" not in client.get(page).content.decode().replace("action_add", "")
    client.post(page, {"email": "second@example.org", "action_add": ""})
    text = client.get(page).content.decode()
    for act in ("action_primary", "action_send", "action_remove"):
        assert act in text


def test_an_artists_settings_show_name_address_team_and_log(client, head, artist):
    make_member(artist, role=Role.EDITOR, user=make_user(name="Jo Marlow", email="jo@example.org"))
    services.change_artist_slug(access_of(head, artist), slug="halla")
    text = client.get(_artist(selectors.artist_identity(artist_id=artist.id))).content.decode()
    for shown in ("Halla Norden", "/halla", "/halla-norden", "Jo Marlow", "jo@example.org", "changed the address"):
        assert shown in text


def test_a_name_is_saved_and_a_bad_one_is_kept_in_the_form(client, artist):
    response = client.post(_artist(artist, "_rename"), {"name": "Halla & the Harbour"}, follow=True)
    assert response.redirect_chain == [(_artist(artist), 302)]
    assert selectors.artist_identity(artist_id=artist.id).name == "Halla & the Harbour"
    response = client.post(_artist(artist, "_rename"), {"name": "Halla 🎵"})
    text = response.content.decode()
    assert response.status_code == 422
    assert 'value="Halla 🎵"' in text
    assert "“🎵” cannot be part of a name." in text
    assert 'aria-invalid="true"' in text


def test_an_address_that_is_taken_is_kept_in_the_form(client, artist):
    make_artist(name="Nova")
    response = client.post(_artist(artist, "_address"), {"slug": "nova"})
    assert response.status_code == 422
    assert 'value="nova"' in response.content.decode()
    assert "This address is taken." in response.content.decode()
    response = client.post(_artist(artist, "_address"), {"slug": "halla"})
    assert response.headers["Location"] == reverse("account:artist", args=["halla"])
    assert client.get(_artist(artist)).status_code == 200  # the old address goes on leading here


def test_genres_are_saved_in_both_modes(client, artist):
    client.post(_artist(artist, "_genres"), {"mode": "manual", "genres": "Folk, Dream Pop, folk"})
    assert selectors.artist_identity(artist_id=artist.id).genres == ("Folk", "Dream Pop")
    response = client.post(_artist(artist, "_genres"), {"mode": "manual", "genres": ",".join(map(str, range(11)))})
    assert response.status_code == 422
    assert "Choose at most 10 genres; these are 11." in response.content.decode()
    client.post(_artist(artist, "_genres"), {"mode": "automatic", "genres": ""})
    assert selectors.artist_identity(artist_id=artist.id).genres == ()


def test_somebody_is_invited_given_a_role_and_removed(client, artist):
    response = client.post(_artist(artist, "_invite"), {"email": "guest@example.org", "role": "viewer"}, follow=True)
    assert "guest@example.org" in response.content.decode()
    invitation = Invitation.objects.get()
    client.post(reverse("account:artist_invitation_revoke", args=[artist.slug, invitation.pk]))
    assert Invitation.objects.get().status == "revoked"
    refused = client.post(_artist(artist, "_invite"), {"email": "nobody", "role": "viewer"})
    assert (refused.status_code, 'value="nobody"' in refused.content.decode()) == (422, True)

    member = make_member(artist, role=Role.VIEWER)
    client.post(reverse("account:artist_member_role", args=[artist.slug, member.pk]), {"role": "editor"})
    assert Membership.objects.get(user=member).role == Role.EDITOR
    remove = reverse("account:artist_member_remove", args=[artist.slug, member.pk])
    assert f"Remove {member.name} from Halla Norden?" in client.get(remove).content.decode()
    assert Membership.objects.filter(user=member).exists()
    client.post(remove)
    assert not Membership.objects.filter(user=member).exists()


def test_an_artist_is_deleted_by_typing_its_name(client, artist):
    refused = client.post(_artist(artist, "_delete"), {"confirmed_name": "halla"})
    assert refused.status_code == 422
    assert "Nothing was deleted." in refused.content.decode()
    response = client.post(_artist(artist, "_delete"), {"confirmed_name": "Halla Norden"})
    assert response.headers["Location"] == reverse("dashboard:home")
    assert not Artist.objects.exists()


@pytest.mark.req("PC-50")
def test_an_artist_is_made_by_name_in_the_chosen_organization(client, head, artist):
    other = make_organization(creator=head, name="Annexe")
    response = client.post(reverse("account:new_artist"), {"name": "Second", "organization": str(other)})
    made = Artist.objects.get(name="Second")
    assert (made.organization_id, response.headers["Location"]) == (
        other,
        reverse("dashboard:overview", args=["second"]),
    )
    refused = client.post(reverse("account:new_artist"), {"name": "", "organization": str(other)})
    assert refused.status_code == 422
    foreign = make_organization()
    assert client.post(reverse("account:new_artist"), {"name": "X", "organization": str(foreign)}).status_code == 422


def test_an_organization_is_renamed_and_an_artist_moved(client, head, artist):
    page = reverse("account:organization", args=[artist.organization_id])
    assert "You can edit no other organization." in client.get(page).content.decode()
    target = make_organization(creator=head, name="Annexe")
    client.post(f"{page}name/", {"name": "Night Ferry"})
    assert Organization.objects.get(pk=artist.organization_id).name == "Night Ferry"
    assert client.post(f"{page}move/", {"artist": "", "organization": str(target)}).status_code == 422
    client.post(f"{page}move/", {"artist": str(artist.id), "organization": str(target)})
    assert Artist.objects.get(pk=artist.id).organization_id == target
    text = client.get(f"{page}log/").content.decode()
    assert "moved to another organization" in text


def test_somebody_leaves_and_the_last_admin_does_not(client, head, artist):
    remove = reverse("account:organization_member_remove", args=[artist.organization_id, head.pk])
    refused = client.post(remove)
    assert refused.status_code == 403
    assert "only admin" in refused.content.decode()
    editor = make_member(organization_id=artist.organization_id, role=Role.EDITOR)
    leave = reverse("account:organization_member_remove", args=[artist.organization_id, editor.pk])
    assert "Leave Halla Norden?" in _signed_in(editor).get(leave).content.decode()
    assert _signed_in(editor).post(leave).headers["Location"] == reverse("dashboard:home")
    assert not Membership.objects.filter(user=editor).exists()


def test_own_settings_are_saved_and_bad_ones_kept(client, head):
    page = reverse("account:settings")
    refused = client.post(page, {"name": "x" * 101, "language": "en", "timezone": "Europe/Oslo"})
    assert refused.status_code == 422
    assert "Use at most 100 characters; this has 101." in refused.content.decode()
    client.post(page, {"name": "Rika S.", "language": "en", "timezone": "Europe/Oslo"})
    assert selectors.person(user_id=head.pk).timezone == "Europe/Oslo"
    assert "changed their settings" in client.get(reverse("account:activity")).content.decode()


def _urls(artist, victim) -> list[tuple[str, str]]:
    organization = artist.organization_id
    return [
        ("GET", _artist(artist)),
        ("GET", _artist(artist, "_log")),
        ("GET", _artist(artist, "_delete")),
        ("POST", _artist(artist, "_rename")),
        ("POST", _artist(artist, "_address")),
        ("POST", _artist(artist, "_genres")),
        ("POST", _artist(artist, "_delete")),
        ("POST", _artist(artist, "_invite")),
        ("POST", reverse("account:artist_member_role", args=[artist.slug, victim.pk])),
        ("POST", reverse("account:artist_member_remove", args=[artist.slug, victim.pk])),
        ("GET", reverse("account:organization", args=[organization])),
        ("GET", reverse("account:organization_log", args=[organization])),
        ("POST", reverse("account:organization_rename", args=[organization])),
        ("POST", reverse("account:organization_move", args=[organization])),
        ("POST", reverse("account:organization_invite", args=[organization])),
        ("POST", reverse("account:organization_member_role", args=[organization, victim.pk])),
        ("POST", reverse("account:organization_member_remove", args=[organization, victim.pk])),
    ]


@pytest.mark.req("PP-50")
def test_to_strangers_and_the_signed_out_none_of_it_exists(artist):
    victim = make_member(organization_id=artist.organization_id)
    stranger, nobody = _signed_in(make_user()), Client()
    for method, url in _urls(artist, victim):
        assert stranger.generic(method, url).status_code == 404, url
        sent_to = nobody.generic(method, url)
        assert (sent_to.status_code, sent_to.headers["Location"].split("?")[0]) == (302, "/account/login/"), url
    assert stranger.get(reverse("account:artist", args=["no-such-artist"])).status_code == 404


@pytest.mark.req("PP-50")
def test_a_viewer_looks_and_changes_nothing(artist):
    victim = make_member(organization_id=artist.organization_id)
    viewer = _signed_in(make_member(organization_id=artist.organization_id, role=Role.VIEWER))
    data = {
        "name": "New",
        "slug": "new",
        "mode": "manual",
        "genres": "Folk",
        "confirmed_name": "Halla Norden",
        "email": "x@example.org",
        "role": "admin",
        "artist": str(artist.id),
        "organization": str(artist.organization_id),
    }
    for method, url in _urls(artist, victim):
        if method == "POST":
            assert viewer.post(url, data).status_code in (403, 422), url
        elif "delete" in url:
            assert viewer.get(url).status_code == 403
        else:
            assert viewer.get(url).status_code == 200, url
    kept = selectors.artist_identity(artist_id=artist.id)
    assert (kept.name, kept.slug, kept.genres) == ("Halla Norden", "halla-norden", ())
    assert not Invitation.objects.exists()
    assert Membership.objects.get(user=victim).role == Role.VIEWER
    page = viewer.get(_artist(artist)).content.decode()
    assert "Rename" not in page
    assert "Delete artist" not in page


def test_a_member_of_one_artist_is_not_led_to_the_organization(artist):
    guest = make_member(artist, role=Role.ADMIN)
    client = _signed_in(guest)
    organization = reverse("account:organization", args=[artist.organization_id])
    assert organization not in client.get(_artist(artist)).content.decode()
    assert client.get(organization).status_code == 404


@pytest.mark.parametrize("members", [1, 3])
def test_the_page_asks_as_often_however_many_members(members, client, head, artist, django_assert_max_num_queries):
    for _ in range(members):
        make_member(artist)
        make_member(organization_id=artist.organization_id)
    access = organization_access_of(head, artist.organization_id)
    services.invite_to_organization(access, email=f"guest{members}@example.org", role=Role.VIEWER)
    for url in (_artist(artist), reverse("account:organization", args=[artist.organization_id])):
        client.get(url)
        with django_assert_max_num_queries(26):
            client.get(url)
