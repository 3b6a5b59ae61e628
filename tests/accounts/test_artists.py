"""Artists: made, renamed, moved to another address or organization, deleted."""

from __future__ import annotations

from uuid import UUID

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.factories.accounts import access_of, make_artist, make_member, make_organization, make_user

from backline.accounts import ports, selectors, services
from backline.accounts.models import Artist, ArtistSlug, Organization
from backline.accounts.types import GenresMode, Role
from backline.core import audit
from backline.core.errors import NotAllowedError, NotFoundError, Rejected
from backline.settings import environment

pytestmark = [pytest.mark.django_db, pytest.mark.req("R3")]


def _republications() -> list[dict[str, str]]:
    waiting = ProcrastinateJob.objects.filter(task_name="links.republish_artist")
    return [job.args for job in waiting.order_by("id")]


def test_the_first_artist_brings_an_organization():
    me = make_user()
    artist = services.create_artist(user_id=me.pk, name="Halla Norden", image_key="abc.jpg", genres=["Folk", "folk"])
    assert (artist.name, artist.slug, artist.image_key, artist.genres) == (
        "Halla Norden",
        "halla-norden",
        "abc.jpg",
        ("Folk",),
    )
    assert Organization.objects.get().name == "Halla Norden"
    assert Organization.objects.get().creator_id == me.pk
    second = services.create_artist(user_id=me.pk, name="Second")
    assert second.organization_id == artist.organization_id
    assert [entry.action for entry in audit.of_artist(artist.id)] == ["artist.create"]


def test_a_viewer_elsewhere_gets_an_organization_of_their_own():
    place = make_organization()
    viewer = make_member(organization_id=place, role=Role.VIEWER)
    editor = make_member(organization_id=place, role=Role.EDITOR)
    assert services.create_artist(user_id=viewer.pk, name="Mine").organization_id != place
    assert services.create_artist(user_id=editor.pk, name="Ours").organization_id == place


def test_an_organization_holds_ten_artists(monkeypatch):
    me = make_user()
    organization_id = make_organization(creator=me, name="Full House")
    limit = environment.current().artists_per_organization
    assert limit == 10
    for number in range(limit):
        services.create_artist(user_id=me.pk, name=f"Artist {number}", organization_id=organization_id)
    with pytest.raises(Rejected) as refused:
        services.create_artist(user_id=me.pk, name="One more")
    problem = "Full House holds 10 artists, which is the most. Choose another organization."
    assert refused.value.field_errors == {"organization": problem}
    services.create_organization(user_id=me.pk, name="Annexe")
    assert selectors.artist_access(
        user_id=me.pk, slug=services.create_artist(user_id=me.pk, name="One more").slug
    ).organization_id == UUID(str(Organization.objects.get(name="Annexe").pk))


def test_display_names_repeat_and_addresses_do_not():
    slugs = [make_artist(name="Nova").slug for _ in range(3)]
    assert slugs == ["nova", "nova-2", "nova-3"]
    assert make_artist(name="E").slug == "e-2"
    assert make_artist(name="Земфира").slug == "zemfira"


def test_a_name_that_cannot_be_read_gets_a_short_address():
    artist = make_artist(name="周杰倫")
    assert artist.slug == f"artist-{artist.id.hex[-6:]}"


def test_a_bad_name_makes_nothing():
    with pytest.raises(Rejected):
        services.create_artist(user_id=make_user().pk, name="x" * 101)
    assert (Artist.objects.count(), Organization.objects.count()) == (0, 0)


def test_a_platforms_name_is_taken_as_far_as_it_is_a_name():
    artist = services.create_artist_from_platform(user_id=make_user().pk, name="☆Taku ♥ 500")
    assert artist.name == "Taku 500"


def test_another_name_is_written_down_and_published():
    me = make_user()
    artist = make_artist(creator=me, name="Before")
    services.rename_artist(access_of(me, artist), name="  After ")
    assert selectors.artist_identity(artist_id=artist.id).name == "After"
    assert selectors.artist_identity(artist_id=artist.id).slug == "before"
    entry = audit.of_artist(artist.id)[0]
    assert (entry.action, entry.actor_id, entry.detail) == ("artist.rename", me.pk, {"from": "Before", "to": "After"})
    assert _republications() == [{"artist_id": str(artist.id)}]


def test_an_old_address_leads_to_the_new_one_for_ever():
    me = make_user()
    artist = make_artist(creator=me, name="Nova")
    access = access_of(me, artist)
    services.change_artist_slug(access, slug="Supernova")
    assert selectors.artist_identity(artist_id=artist.id).slug == "supernova"
    assert selectors.old_slugs(artist_id=artist.id) == ("nova",)
    assert selectors.artist_access(user_id=me.pk, slug="nova").artist_id == artist.id
    assert make_artist(name="Nova").slug == "nova-2"
    services.change_artist_slug(access, slug="nova")
    assert selectors.old_slugs(artist_id=artist.id) == ("supernova",)
    assert _republications() == [{"artist_id": str(artist.id)}]


@pytest.mark.parametrize("slug", ["taken", "once-taken", "e", "Not A Slug"])
def test_an_address_that_is_not_free_is_refused(slug):
    other = make_user()
    foreign = make_artist(creator=other, name="Once taken")
    services.change_artist_slug(access_of(other, foreign), slug="taken")
    me = make_user()
    artist = make_artist(creator=me, name="Mine")
    with pytest.raises(Rejected) as refused:
        services.change_artist_slug(access_of(me, artist), slug=slug)
    assert list(refused.value.field_errors) == ["slug"]
    assert selectors.artist_identity(artist_id=artist.id).slug == "mine"


def test_own_genres_stay_while_imports_go_on():
    me = make_user()
    artist = make_artist(creator=me)
    access = access_of(me, artist)
    services.set_automatic_genres(artist_id=artist.id, genres=["indie folk"])
    assert selectors.artist_identity(artist_id=artist.id).genres == ("indie folk",)
    services.choose_genres(access, genres=["Dream Pop", " dream  pop ", ""])
    services.set_automatic_genres(artist_id=artist.id, genres=["chamber pop"])
    detail = selectors.artist_detail(access)
    assert (detail.genres_mode, detail.identity.genres, detail.found_genres) == (
        GenresMode.MANUAL,
        ("Dream Pop",),
        ("chamber pop",),
    )
    services.follow_found_genres(access)
    assert selectors.artist_identity(artist_id=artist.id).genres == ("chamber pop",)


@pytest.mark.parametrize("genres", [[f"Genre {number}" for number in range(11)], ["x" * 51]])
def test_too_many_or_too_long_genres_are_refused(genres):
    me = make_user()
    with pytest.raises(Rejected) as refused:
        services.choose_genres(access_of(me, make_artist(creator=me)), genres=genres)
    assert list(refused.value.field_errors) == ["genres"]


def test_an_artist_moves_with_its_own_members_and_leaves_the_others():
    me = make_user()
    artist = make_artist(creator=me)
    colleague = make_member(organization_id=artist.organization_id, role=Role.EDITOR)
    guest = make_member(artist, role=Role.VIEWER)
    target = make_organization(creator=me, name="Elsewhere")
    services.move_artist(access_of(me, artist), organization_id=target)
    assert access_of(guest, artist).organization_id == target
    with pytest.raises(NotFoundError):
        access_of(colleague, artist)
    for place in (artist.organization_id, target):
        assert audit.of_organization(place)[0].action == "artist.move"


def test_a_move_needs_the_right_to_edit_on_both_sides_and_room():
    me = make_user()
    artist = make_artist(creator=me)
    access = access_of(me, artist)
    foreign = make_organization()
    with pytest.raises(NotFoundError):
        services.move_artist(access, organization_id=foreign)
    make_member(organization_id=foreign, role=Role.VIEWER, user=me)
    with pytest.raises(NotAllowedError):
        services.move_artist(access, organization_id=foreign)
    with pytest.raises(Rejected, match="already"):
        services.move_artist(access, organization_id=artist.organization_id)
    full = make_organization(creator=me, name="Full House")
    for number in range(environment.current().artists_per_organization):
        make_artist(creator=me, name=f"Artist {number}", organization_id=full)
    with pytest.raises(Rejected, match="Full House holds 10 artists"):
        services.move_artist(access, organization_id=full)
    assert selectors.artist_identity(artist_id=artist.id).organization_id == artist.organization_id


class Holder:
    """Stands in for a room above this one."""

    def __init__(self, refusal: str = "") -> None:
        self._refusal = refusal
        self.withdrawn: list[UUID] = []

    def move(self, *, artist_id: UUID, before: str, to: str) -> None:
        pass

    def refusal(self, *, artist_id: UUID) -> str:
        return self._refusal

    def hold(self, *, artist_id: UUID) -> None:
        assert Artist.objects.filter(pk=artist_id).exists()

    def withdraw(self, *, artist_id: UUID) -> None:
        assert not Artist.objects.filter(pk=artist_id).exists()
        self.withdrawn.append(artist_id)


def test_deleting_takes_back_what_is_public_and_keeps_the_address_from_others():
    me = make_user()
    artist = make_artist(creator=me, name="Nova")
    holder = Holder()
    with ports.ARTIST_HOLDERS.holding(links=holder):
        services.delete_artist(access_of(me, artist), confirmed_name="Nova")
    assert holder.withdrawn == [artist.id]
    assert not Artist.objects.filter(pk=artist.id).exists()
    assert ArtistSlug.objects.get(slug="nova").artist_id is None
    assert make_artist(name="Nova").slug == "nova-2"
    assert audit.of_organization(artist.organization_id)[0].action == "artist.delete"


def test_deleting_waits_for_what_stands_against_it():
    me = make_user()
    artist = make_artist(creator=me, name="Nova")
    access = access_of(me, artist)
    with ports.ARTIST_HOLDERS.holding(campaigns=Holder("One campaign is running. End it first.")):
        assert selectors.artist_detail(access).delete_refusals == ("One campaign is running. End it first.",)
        with pytest.raises(NotAllowedError, match="One campaign is running"):
            services.delete_artist(access, confirmed_name="Nova")
    with ports.ARTIST_HOLDERS.holding(), pytest.raises(Rejected) as refused:
        services.delete_artist(access, confirmed_name="nova")
    assert list(refused.value.field_errors) == ["confirmed_name"]
    assert Artist.objects.filter(pk=artist.id).exists()
