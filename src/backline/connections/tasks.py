"""Jobs of connections."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backline.connections import mails, services
from backline.core import jobs


@jobs.job("connections.fetch_picture")
def fetch_picture(artist_id: str, url: str) -> None:
    """Fetch an artist's picture."""
    services.fetch_picture(artist_id=UUID(artist_id), url=url)


@jobs.job("connections.exchange")
def exchange(consent_id: str) -> None:
    """Exchange the code of a consent that came back."""
    services.exchange(consent_id=UUID(consent_id))


@jobs.job("connections.find")
def find(connection_id: str) -> None:
    """Look up the artist at an address."""
    services.find(connection_id=UUID(connection_id))


@jobs.job("connections.check")
def check(connection_id: str) -> None:
    """Ask a platform how a connection stands."""
    services.check(connection_id=UUID(connection_id))


@jobs.job("connections.give_back", attempts=30)
def give_back(connection_id: str) -> None:
    """Give ended grants back to their platform."""
    services.give_back(connection_id=UUID(connection_id))


@jobs.job("connections.tell_team", attempts=30)
def tell_team(what: str, connection_id: str, at: str) -> None:
    """Tell the artist's team by mail what happened to a connection."""
    mails.send(what, connection_id=UUID(connection_id), at=datetime.fromisoformat(at))


@jobs.job("connections.look_after", cron="* * * * *")
def look_after(timestamp: int) -> None:
    """Look at the connections whose time has come, and end what nobody came back from."""
    services.give_up_abandoned()
    services.give_up_stuck()
    services.check_due()


@jobs.job("connections.drop_ended", cron="17 4 * * *")
def drop_ended(timestamp: int) -> None:
    """Delete grants that their platform did not take back for a week, and what it told of connections that ended."""
    services.drop_grants_long_ended()
    services.forget_what_was_lost()
