"""What the product holds about people: every room declares it, so that it can be shown, exported and erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backline.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Holding:
    """One table (``app.Model``, or a file's name) that holds something about people.

    ``whose`` names the people, ``why`` the purpose and its legal basis, ``kept`` how long, in words; ``fields`` are
    the personal ones.
    """

    table: str
    fields: tuple[str, ...]
    whose: str
    why: str
    kept: str


@dataclass(frozen=True, slots=True)
class RoomsPersonalData:
    """What one room holds, and how a person with an account gets a copy of it or has it erased.

    ``export`` returns plain values (texts, numbers, lists, mappings) by table; ``erase`` raises
    ``NotAllowedError`` with the reason when something has to be done first.
    """

    room: str
    holdings: tuple[Holding, ...]
    export: Callable[[UUID], Mapping[str, Any]]
    erase: Callable[[UUID], None]


PERSONAL_DATA: Registry[RoomsPersonalData] = Registry("room that holds personal data")
