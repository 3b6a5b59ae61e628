"""The demo that a first start loads: one person, one invented artist, imported by the real import job.

Everything in it is fictional. It exists in sandbox mode only.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

EMAIL = "demo@backline.example"
PASSWORD = "listen-to-the-demo"  # noqa: S105
PERSON = "Demo Manager"
OPERATOR_EMAIL = "operator@backline.example"
"""Who may see the operator's pages in the demo; the password is the same."""

ARTIST = "Oleander Pike"
SLUG = "oleander-pike"


def ensure_asked_for() -> bool:
    """Make the demo person and ask for the import, unless that was done before; tells whether it was new.

    Django must be up. The import runs in the worker, so it needs no sandbox yet.
    """
    from django.db import transaction  # noqa: PLC0415

    from backline.core import jobs  # noqa: PLC0415

    with transaction.atomic():
        is_new = ensure_person()
        if is_new:
            jobs.enqueue("server.load_demo", once="demo")
    return is_new


def ensure_person() -> bool:
    """Make the demo person unless they are there; tells whether they are new."""
    from backline.accounts import selectors  # noqa: PLC0415
    from backline.accounts.services import create_person  # noqa: PLC0415

    if selectors.user_id_by_email(email=EMAIL) is not None:
        return False
    create_person(email=EMAIL, password=PASSWORD, name=PERSON)
    if selectors.user_id_by_email(email=OPERATOR_EMAIL) is None:
        create_person(email=OPERATOR_EMAIL, password=PASSWORD, name="Demo Operator", is_operator=True)
    return True


def load() -> None:
    """Make the demo artist and start its import; what is there already is kept. Raises what the services raise."""
    from backline.accounts import selectors  # noqa: PLC0415
    from backline.accounts.services import create_artist  # noqa: PLC0415
    from backline.billing.services import set_plan  # noqa: PLC0415
    from backline.billing.types import Tier  # noqa: PLC0415
    from backline.connections import services as connections  # noqa: PLC0415
    from backline.core import audit, jobs  # noqa: PLC0415
    from backline.sandbox import invented  # noqa: PLC0415

    user_id = selectors.user_id_by_email(email=EMAIL)
    if user_id is None:
        return
    artist_id = artist_of_demo() or create_artist(user_id=user_id, name=ARTIST, origin="demo").id
    access = selectors.artist_access_by_id(user_id=user_id, artist_id=artist_id)
    set_plan(artist_id=artist_id, tier=Tier.STARTER, is_active=True, actor=audit.SYSTEM)  # so that all can be tried
    connections.connect_spotify(access, url=f"https://open.spotify.com/artist/{invented.DEMO_ARTIST_ID}")
    jobs.enqueue("server.write_demo_events", once="demo-events", after=timedelta(seconds=3))


def artist_of_demo() -> UUID | None:
    """Return the demo person's artist, or None before there is one."""
    from backline.accounts import selectors  # noqa: PLC0415

    user_id = selectors.user_id_by_email(email=EMAIL)
    mine = selectors.artists_of(user_id=user_id) if user_id else ()
    return mine[0].id if mine else None
