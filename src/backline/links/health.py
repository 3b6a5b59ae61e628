"""How the addresses of a page answer, as people are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backline.catalog.types import Health, HealthDetails


@dataclass(frozen=True, slots=True)
class RowHealth:
    """How the addresses of a service answer: that of the one that is worst off.

    ``territory`` is where it leads (empty for everywhere), ``is_own`` that the artist gave it, ``is_kept`` that they
    said it stands although it is dead.
    """

    details: HealthDetails
    territory: str
    is_own: bool
    is_kept: bool

    @property
    def is_well(self) -> bool:
        """Tell whether nothing was ever said against the address since it last answered."""
        return self.details.status is Health.ALIVE

    @property
    def is_left_off(self) -> bool:
        """Tell whether the service is not on the page because of it."""
        return self.details.status is Health.DEAD and not self.is_own and not self.territory

    @property
    def needs_artist(self) -> bool:
        """Tell whether the artist has to say what becomes of it."""
        return self.details.status is Health.DEAD and self.is_own and not self.is_kept


@dataclass(frozen=True, slots=True)
class DeadAddress:
    """An address of the artist's own that is dead, and on a page all the same."""

    link_id: UUID
    link_title: str
    service: str
    territory: str
    dead_at: datetime
