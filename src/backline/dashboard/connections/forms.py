"""What these pages ask for."""

from __future__ import annotations

from django import forms

from backline.connections.types import PlatformFacts
from backline.dashboard.smart_links.forms import PlainForm


class ArtistForm(PlainForm):
    """Whom the artist is on a platform: an address, or a name where the platform can search."""

    text = forms.CharField(
        max_length=2000,
        widget=forms.TextInput(attrs={"spellcheck": "false", "dir": "auto"}),
    )

    def __init__(self, facts: PlatformFacts, data: object = None, *, address: str = "") -> None:
        super().__init__(data, initial={"text": address})
        field = self.fields["text"]
        what = facts.address_label or f"Address of the artist on {facts.label}"
        field.label = f"{what}, or a name" if facts.can_search else what
        field.widget.attrs["placeholder"] = facts.address_example
        or_name = ", or type their name" if facts.can_search else ""
        field.error_messages["required"] = f"Paste the address of the artist on {facts.label}{or_name}."
