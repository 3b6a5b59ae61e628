"""How a service of a link answers, in a sentence."""

from __future__ import annotations

from django import template

from backline.catalog.types import Health
from backline.dashboard.templatetags.dashboard import country, moment
from backline.links.health import RowHealth

register = template.Library()


@register.filter
def health_words(health: RowHealth) -> str:
    """Say how the address of a service answered, and what came of it."""
    said = health.details
    match said.status:
        case Health.ALIVE if said.answered_at is None:
            words = f"Asked {moment(said.checked_at)}; it does not let us look, which says nothing against it."
        case Health.ALIVE if said.answered_at == said.checked_at:
            words = f"Checked {moment(said.checked_at)}."
        case Health.ALIVE:
            words = f"Checked {moment(said.answered_at)}. Asked {moment(said.checked_at)}, it did not say."
        case Health.SUSPECTED:
            words = f"Gone when asked {moment(said.suspected_at)}. It stays on the page; we ask again at night."
        case Health.DEAD if not health.is_own:
            words = f"Gone twice, last {moment(said.dead_at)}. Left off the page until it answers again."
        case Health.DEAD if health.is_kept:
            words = f"Gone twice, last {moment(said.dead_at)}. You keep it, so fans still get it."
        case Health.DEAD:
            words = f"Gone twice, last {moment(said.dead_at)}. Fans still get it, because it is yours: fix or keep it."
    return f"{country(health.territory)}: {words}" if health.territory else words
