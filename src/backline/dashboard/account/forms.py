"""What is typed in on the settings pages. Forms only read; whether a thing is allowed is the services' word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.conf import settings

from backline.accounts.types import GenresMode, OrganizationSummary, Role

# Longer than any rule allows, so that the services say what is wrong in their own words.
ANY_LENGTH = 1000


class SettingsForm(forms.Form):
    """A form in the look of the dashboard. Each has ids of its own, for several stand on one page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", f"{type(self).__name__.removesuffix('Form').lower()}_%s")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, forms.RadioSelect | forms.CheckboxInput):
                field.widget.attrs.setdefault("class", "input")
            field.widget.attrs.setdefault("autocomplete", "off")


class NameForm(SettingsForm):
    """The display name of an artist or an organization."""

    name = forms.CharField(label="Name", max_length=ANY_LENGTH, error_messages={"required": "Enter a name."})


class NewArtistForm(SettingsForm):
    """A new artist by name, in one of the person's organizations."""

    name = forms.CharField(
        label="Artist or project name", max_length=ANY_LENGTH, error_messages={"required": "Enter a name."}
    )
    organization = forms.ChoiceField(label="Organization", required=False)

    def __init__(self, *args: Any, organizations: Iterable[OrganizationSummary], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.id), one.name) for one in organizations]
        field = self.fields["organization"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices
        if len(choices) < 2:
            del self.fields["organization"]

    @property
    def organization_id(self) -> UUID | None:
        """Return the chosen organization, None to let the product choose."""
        chosen = self.cleaned_data.get("organization")
        return UUID(chosen) if chosen else None


class AddressForm(SettingsForm):
    """The artist's part of its public address."""

    slug = forms.CharField(
        label="Address",
        max_length=ANY_LENGTH,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "Enter an address."},
        help_text="The old address goes on leading here, and nobody else can take it.",
    )


class GenresForm(SettingsForm):
    """Genres that follow the music data, or the artist's own."""

    mode = forms.ChoiceField(
        label="Genres",
        choices=[
            (GenresMode.AUTOMATIC, "Automatic: follow the connected music data"),
            (GenresMode.MANUAL, "Manual: pick them and keep them"),
        ],
        widget=forms.RadioSelect,
    )
    genres = forms.CharField(
        label="Own genres", required=False, max_length=ANY_LENGTH, help_text="Up to 10, with commas between them."
    )

    @property
    def words(self) -> list[str]:
        """Return the genres that were typed."""
        return [word for word in self.cleaned_data["genres"].split(",") if word.strip()]


class InviteForm(SettingsForm):
    """Whom to invite, and as what."""

    email = forms.CharField(
        label="E-mail",
        max_length=ANY_LENGTH,
        widget=forms.EmailInput(attrs={"placeholder": "name@example.org"}),
        error_messages={"required": "Enter an e-mail address."},
    )
    role = forms.ChoiceField(label="Role", choices=[(role.value, role.label) for role in Role], initial=Role.VIEWER)


class RoleForm(SettingsForm):
    """Another role for a member."""

    role = forms.ChoiceField(label="Role", choices=[(role.value, role.label) for role in Role])


class MoveForm(SettingsForm):
    """Which artist goes to which organization."""

    artist = forms.ChoiceField(label="Artist", error_messages={"required": "Choose an artist."})
    organization = forms.ChoiceField(label="To", error_messages={"required": "Choose an organization."})

    def __init__(
        self,
        *args: Any,
        artists: Iterable[tuple[str, str]],
        organizations: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        organizations = tuple(organizations)
        self.has_destination = bool(organizations)
        for name, choices in (("artist", artists), ("organization", organizations)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = [("", "Choose…"), *choices]


class DeleteForm(SettingsForm):
    """The artist's name once more, so that nobody deletes by accident."""

    confirmed_name = forms.CharField(
        label="Type the artist's name to confirm",
        max_length=ANY_LENGTH,
        strip=False,
        error_messages={"required": "Type the artist's name. Nothing was deleted."},
    )


class PersonForm(SettingsForm):
    """A person's own settings."""

    name = forms.CharField(
        label="Name",
        max_length=ANY_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter a name."},
        help_text="The people you work with see it.",
    )
    language = forms.ChoiceField(label="Language", choices=settings.LANGUAGES)
    timezone = forms.ChoiceField(
        label="Time zone", choices=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]
    )
