"""What is typed in on these pages. Forms only read; whether a thing is allowed is the services' word."""

from __future__ import annotations

from typing import Any

from django import forms

from backline.links.types import OrderMode

DESCRIPTION_LENGTH = 500


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
    """The artist's own line. ``seen`` is when the link was last changed as far as the writer knows."""

    description = forms.CharField(
        label="A line for your fans",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text="Shown under the title and in search results.",
    )
    seen = forms.DateTimeField(widget=forms.HiddenInput)


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
        max_length=2,
        widget=forms.TextInput(attrs={"placeholder": "DE", "spellcheck": "false", "autocapitalize": "characters"}),
        help_text="Two letters, such as DE for Germany.",
        error_messages={"required": "Which country? Two letters, such as DE."},
    )


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


class OrderForm(PlainForm):
    """How services are ordered on all pages. ``order`` comes once per service, first to last."""

    mode = forms.ChoiceField(choices=OrderMode.choices, widget=forms.RadioSelect)
