"""The operator's view of people, organizations and artists. What has rules is read-only here: services keep them."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from backline.accounts import services
from backline.accounts.models import Artist, Membership, Organization, User
from backline.core.admin import ReadOnlyAdmin, operator_of

# Operators sign in like everybody else: with a confirmed address, a second step, and slowed-down guessing.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


# Services to sign in with come from the settings, and no token of theirs is kept.
admin.site.unregister((SocialAccount, SocialApp, SocialToken))


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """People: an operator can lock an account and make another operator."""

    list_display = ("email", "name", "is_active", "is_superuser", "date_joined")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "is_superuser",
        "language",
        "timezone",
        "last_login",
        "date_joined",
    )
    readonly_fields = ("email", "last_login", "date_joined")

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        """Save, and have the service change what the person may do, which it writes down."""
        wanted = {name: getattr(obj, name) for name in services.RIGHTS}
        for name in services.RIGHTS:
            setattr(obj, name, form.initial[name])
        super().save_model(request, obj, form, change)
        services.change_rights(user_id=obj.pk, actor=operator_of(request), **wanted)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Return False: people sign up themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002
        """Return False: people are erased by the service that keeps the rest whole."""
        return False


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    """Organizations."""

    list_display = ("name", "creator", "created_at")
    search_fields = ("name",)
    list_select_related = ("creator",)


@admin.register(Artist)
class ArtistAdmin(ReadOnlyAdmin):
    """Artists."""

    list_display = ("name", "slug", "organization", "creator", "created_at")
    ordering = ("name",)
    search_fields = ("name", "slug")
    list_select_related = ("organization", "creator")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Memberships."""

    list_display = ("user", "organization", "artist", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "organization", "artist")
