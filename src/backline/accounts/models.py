"""People, organizations, artists, memberships and invitations. Private to this room."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from backline.accounts.names import NAME_LENGTH, SLUG_LENGTH
from backline.accounts.types import GenresMode, InvitationStatus, Role
from backline.core import clock
from backline.core.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and return a user; the address is stored in lower case."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and return an operator."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail address."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    language = models.CharField(max_length=16, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="accounts_user_email_once"),)

    def __str__(self) -> str:
        return self.name or self.email


class Organization(models.Model):
    """A business that groups artists."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Artist(models.Model):
    """An artist, channel or project. Display names need not be unique; slugs are.

    ``image_key`` names a file in the media folder. ``genres`` are public tags; ``found_genres`` is what the connected
    music data says, kept while the artist's own choice is shown.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    slug = models.CharField(max_length=SLUG_LENGTH, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="artists")
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    image_key = models.CharField(max_length=100, blank=True)
    genres = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    found_genres = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    genres_mode = models.CharField(max_length=16, choices=GenresMode, default=GenresMode.AUTOMATIC)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = (models.Index(fields=("organization", "name"), name="accounts_artist_org_name"),)

    def __str__(self) -> str:
        return self.name


class ArtistSlug(models.Model):
    """Every slug an artist ever had, the present one included: none is ever given to anybody else.

    The row outlives its artist, so that an address that fans know cannot be taken over.
    """

    slug = models.CharField(primary_key=True, max_length=SLUG_LENGTH)
    artist = models.ForeignKey(Artist, on_delete=models.SET_NULL, null=True, related_name="slugs")
    created_at = models.DateTimeField(default=clock.now)


class Membership(models.Model):
    """A person's role in one organization (and so in its artists) or in one artist."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="memberships")
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, null=True, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(organization__isnull=True) ^ Q(artist__isnull=True), name="accounts_membership_one_place"
            ),
            models.UniqueConstraint(fields=("user", "organization"), name="accounts_membership_organization_once"),
            models.UniqueConstraint(fields=("user", "artist"), name="accounts_membership_artist_once"),
        )


class Invitation(models.Model):
    """An invitation by e-mail. Only the hash of its token is stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=16, choices=Role)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True, related_name="invitations")
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, null=True, related_name="invitations")
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=16, choices=InvitationStatus, default=InvitationStatus.PENDING)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(organization__isnull=True) ^ Q(artist__isnull=True), name="accounts_invitation_one_place"
            ),
            models.UniqueConstraint(
                fields=("email", "organization", "artist"),
                condition=Q(status="pending"),
                nulls_distinct=False,
                name="accounts_invitation_pending_once",
            ),
        )
