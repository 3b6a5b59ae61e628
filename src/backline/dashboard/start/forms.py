"""What the start asks for."""

from __future__ import annotations

from django import forms

from backline.dashboard.smart_links.forms import PlainForm


class NameForm(PlainForm):
    """An artist without Spotify: a name is enough."""

    name = forms.CharField(
        label="Artist or project name",
        max_length=100,
        error_messages={"required": "Give the artist a name."},
    )
