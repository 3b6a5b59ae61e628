"""How this process introduces itself to outside services, and which of them it may reach."""

from __future__ import annotations

from importlib.metadata import version

from backline.core.http import Outbound, Reach
from backline.settings.environment import Environment


def outbound_of(settings: Environment) -> Outbound:
    """Return the way out for ``settings``: the sandbox's origin is reachable in sandbox mode only.

    The User-Agent names the product, its public address and a contact; MusicBrainz and Resend refuse
    requests without one.
    """
    contact = f"; {settings.contact_email}" if settings.contact_email else ""
    return Outbound(
        reach=Reach(sandbox_url="" if settings.is_production else settings.sandbox_url),
        user_agent=f"Backline/{version('backline')} (+{settings.web_url}{contact})",
    )
