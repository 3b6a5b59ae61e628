"""Tags for the pages that allauth's forms stand on."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.socialaccount.models import SocialAccount
from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString
from ua_parser import parse

from backline.accounts.social import SocialAdapter
from backline.settings import environment

register = template.Library()

_WITHOUT_CLASS = {"checkbox", "radioselect", "radio", "hidden"}


@register.filter
def as_input(field: BoundField) -> SafeString:
    """Write a field's widget in our look: its label stands above it, so it needs no placeholder."""
    attributes: dict[str, str | bool] = {} if field.widget_type in _WITHOUT_CLASS else {"class": "input"}
    field.field.widget.attrs.pop("placeholder", None)
    return SafeString(field.as_widget(attrs=attributes))


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether a field is a single box to tick, whose label stands beside it."""
    return field.widget_type == "checkbox"


@register.filter
def browser(user_agent: str) -> str:
    """Write a browser's own description in the words that people use: "Firefox on Windows"."""
    seen = parse(user_agent)
    program = seen.user_agent.family if seen.user_agent else "A program"
    system = seen.os.family if seen.os else "an unknown system"
    return f"{program} on {system}"


@register.simple_tag
def sign_in_services(connected: Iterable[SocialAccount] = ()) -> list[tuple[str, str]]:
    """Return key and label of the services to sign in with that are set up and not ``connected``."""
    keys = {account.provider for account in connected}
    return [(one.id, one.name) for one in SocialAdapter().list_providers(None) if one.id not in keys]


@register.simple_tag
def web_url() -> str:
    """Return the dashboard's address as people type it; passkeys work there and nowhere else."""
    return environment.current().web_url
