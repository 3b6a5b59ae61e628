"""What is typed in on these pages. Forms only read; whether a thing is allowed is the services' word."""

from __future__ import annotations

from typing import Any

from django import forms

from backline.dashboard.countries import code_of
from backline.links.types import OrderMode, Theme

DESCRIPTION_LENGTH = 500
TITLE_LENGTH = 200


class PlainForm(forms.Form):
    """A form in the look of the dashboard: its fields are inputs of our own class and say what is wrong with them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "input")
            field.widget.attrs.setdefault("autocomplete", "off")


class AddForm(PlainForm):
    """Anything that names a release, a playlist or an artist."""

    text = forms.CharField(
        label="Spotify link, UPC or ISRC",
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "Paste a link, UPC or ISRC", "spellcheck": "false"}),
        error_messages={"required": "Paste a Spotify link, a UPC or an ISRC first."},
    )


class TextForm(PlainForm):
    """The artist's own words on a page. An empty title follows the one on Spotify."""

    title = forms.CharField(
        label="Title",
        max_length=TITLE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "data-preview": ""}),
    )
    description = forms.CharField(
        label="A line for your fans",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "data-preview": ""}),
        help_text="Shown under the title and in search results.",
    )


class LookForm(PlainForm):
    """Theme and accent of one link, or of all; an empty theme is that of all links."""

    theme = forms.ChoiceField(choices=(("", ""), *Theme.choices), required=False)
    accent = forms.CharField(
        label="Accent",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "data-preview": ""}),
    )

    def while_empty(self, accent: str) -> LookForm:
        """Show in the empty field which accent holds then."""
        self.fields["accent"].widget.attrs["placeholder"] = accent
        return self


class VideoForm(PlainForm):
    """A film of the release on YouTube; empty for none."""

    url = forms.CharField(
        label="YouTube address",
        max_length=2000,
        required=False,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "spellcheck": "false", "placeholder": "https://youtube.com/watch?v=…"}
        ),
        help_text="Loads from YouTube only after the fan presses play.",
    )


class BioForm(PlainForm):
    """What stands under the artist's name on the hub."""

    bio = forms.CharField(
        label="About you",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text="Shown under your name on the hub.",
    )


class AddressForm(PlainForm):
    """The last part of the page's address."""

    slug = forms.CharField(
        label="Address",
        max_length=200,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
        error_messages={"required": "The page needs an address."},
    )


class ServiceUrlForm(PlainForm):
    """Where a service leads, everywhere or in one country."""

    url = forms.CharField(
        label="Address",
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "placeholder": "https://"}),
        error_messages={"required": "Paste the address. To take a service off the page, hide it instead."},
    )
    territory = forms.CharField(max_length=2, required=False, widget=forms.HiddenInput)


class CountryUrlForm(ServiceUrlForm):
    """Where a service leads in one country that has no address of its own yet."""

    territory = forms.CharField(
        label="Country",
        max_length=60,
        widget=forms.TextInput(attrs={"list": "all-countries", "placeholder": "Germany", "spellcheck": "false"}),
        error_messages={"required": "Which country? Choose it from the list."},
    )

    def clean_territory(self) -> str:
        """Return the code of the country that was chosen or typed."""
        code = code_of(self.cleaned_data["territory"])
        if not code:
            raise forms.ValidationError("No country is called like this here. Choose it from the list.")
        return code


class SpotifyForm(PlainForm):
    """The artist's Spotify page."""

    url = forms.CharField(
        label="Spotify artist",
        max_length=2000,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "spellcheck": "false", "placeholder": "https://open.spotify.com/artist/…"}
        ),
        help_text="Open the artist on Spotify, choose Share, then Copy link to artist.",
        error_messages={"required": "Paste the address of the artist on Spotify."},
    )


class PixelsForm(PlainForm):
    """The ids of an artist's pixels, empty where there is none.

    A whole tag that was pasted by mistake is read too, so that it can be kept and answered.
    """

    meta_pixel_id = forms.CharField(
        label="Meta pixel ID",
        max_length=20_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "spellcheck": "false"}),
        help_text="15 or 16 digits, in Meta Events Manager under your data source.",
    )
    tiktok_pixel_id = forms.CharField(
        label="TikTok pixel ID",
        max_length=20_000,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        help_text="20 capital letters and digits, in TikTok Events Manager beside its name.",
    )
    google_ads_id = forms.CharField(
        label="Google Ads ID",
        max_length=20_000,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
        help_text="AW- and 9 to 11 digits, in Google Ads under Data manager, Google tag.",
    )


class OrderForm(PlainForm):
    """How services are ordered on all pages; ``chosen`` are those of the list, first to last."""

    chosen: list[str]
    is_fixed: bool

    mode = forms.ChoiceField(choices=OrderMode.choices, widget=forms.RadioSelect)


class OwnOrder(PlainForm):
    """The services of one link as they stood in its list, first to last. Nothing is typed."""

    def __init__(self, chosen: list[str]) -> None:
        super().__init__({})
        self.chosen = chosen
