"""The vault: tokens are sealed under a data key of their owner's, and open for that owner in their own place alone.

A data key lies in :class:`~backline.core.models.DataKey`, wrapped under a key of ``BACKLINE_ENCRYPTION_KEYS``: the
first is the current one, the rest still open what they wrapped. Without the data key nothing of its owner opens, so
to delete it erases whatever it sealed, in every copy. Data keys are read and unwrapped anew each time and kept nowhere.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import BinaryField, Count, QuerySet
from django.db.models.functions import Substr

from backline.core import clock, crypto
from backline.core.crypto import Place
from backline.core.errors import BacklineError, Rejected
from backline.core.models import DataKey
from backline.settings import environment

SETTING = "BACKLINE_ENCRYPTION_KEYS"

_KEY_ID = Substr("wrapped", crypto.KEY_ID_AT + 1, crypto.KEY_ID_BYTES, output_field=BinaryField())
"""The id of the key that wraps a data key, which its record names."""


class VaultClosedError(BacklineError):
    """Something sealed does not open, or nothing can be sealed; the message says why and how to go on."""


class SealBrokenError(VaultClosedError):
    """What was sealed is lost, whatever keys there are: only to be given it anew helps."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose tokens they are."""

    type: Literal["artist", "fan"]
    id: UUID


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many data keys were wrapped anew, and how many are left under another key than the current one."""

    count: int
    left: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key by its public name, and how many data keys are wrapped under it. The first of the setting is current."""

    key_id: str
    data_keys: int
    is_configured: bool
    is_current: bool


def seal(owner: Owner, place: Place, plaintext: str) -> bytes:
    """Return ``plaintext`` sealed for ``owner`` and ``place``; the first time, the owner is given a data key.

    Raises :class:`VaultClosedError` when no key is configured, or not the one that wraps the owner's data key.
    """
    keys = _keys()
    row = _row(owner) or _make_row(owner, keys)
    return crypto.seal(plaintext.encode(), key=_unwrap(row, keys), place=place)


def open_value(owner: Owner, place: Place, record: bytes) -> str:
    """Return what was sealed for ``owner`` and ``place``.

    Raises :class:`SealBrokenError` for anything else, :class:`VaultClosedError` while its key is not there.
    """
    keys = _keys()
    row = _row(owner)
    if row is None:
        raise SealBrokenError(
            f"The stored access was erased, and no key of {SETTING} opens it again. Connect the platform again."
        )
    key = _unwrap(row, keys)
    try:
        return crypto.open_sealed(bytes(record), keys={crypto.key_id(key): key}, place=place).decode()
    except crypto.SealError:
        raise SealBrokenError(
            f"The stored access does not open, although {SETTING} holds its key: it was altered, moved or erased. "
            "Connect the platform again."
        ) from None


def forget(owner: Owner) -> None:
    """Delete the owner's data key: nothing that was sealed for them opens again, wherever a copy lies."""
    _of(owner).delete()


def rewrap_all(*, batch: int = 500, on_batch: Callable[[int], None] | None = None) -> Rewrapped:
    """Wrap every data key under the current key that is under another one, while everything runs.

    Row by row, each only if it is still as it was read; readers open the old form or the new one. ``on_batch`` is
    told after every ``batch`` rows how many were wrapped anew. What names a key that is not configured is left.
    Raises :class:`VaultClosedError` when no key is configured.
    """
    keys = _keys()
    current_id = next(iter(keys))
    old = DataKey.objects.annotate(key_id=_KEY_ID).exclude(key_id=current_id).order_by("pk")
    count, rows = 0, list(old[:batch])
    while rows:
        count += sum(_rewrap(row, keys) for row in rows)
        if on_batch is not None:
            on_batch(count)
        rows = list(old.filter(pk__gt=rows[-1].pk)[:batch])
    return Rewrapped(count=count, left=old.count())


def forget_under(key_id: str) -> int:
    """Delete the data keys that are wrapped under a key that is gone for good; returns how many.

    Raises ``Rejected`` when that key is configured, because what it wraps opens.
    """
    name = bytes.fromhex(key_id)
    if name in _configured():
        raise Rejected(f"The key {key_id} is in {SETTING}, so what it wraps opens. Nothing was deleted.")
    return DataKey.objects.annotate(key_id=_KEY_ID).filter(key_id=name).delete()[0]


def key_uses() -> tuple[KeyUse, ...]:
    """Return every key that is configured, in the order of the setting, and then those that are missing."""
    configured = _configured()
    counts = {
        bytes(row["key_id"]): row["data_keys"]
        for row in DataKey.objects.annotate(key_id=_KEY_ID).values("key_id").annotate(data_keys=Count("pk"))
    }
    return tuple(
        KeyUse(
            key_id=key_id.hex(),
            data_keys=counts.get(key_id, 0),
            is_configured=key_id in configured,
            is_current=key_id == next(iter(configured), None),
        )
        for key_id in (*configured, *sorted(counts.keys() - configured.keys()))
    )


def _configured() -> dict[bytes, bytes]:
    """Return the keys of the setting by their ids, the current one first."""
    written = environment.current().encryption_keys
    keys = (base64.b64decode(key.translate(str.maketrans("-_", "+/"))) for key in written)
    return {crypto.key_id(key): key for key in keys}


def _keys() -> dict[bytes, bytes]:
    keys = _configured()
    if not keys:
        raise VaultClosedError(
            f"{SETTING} holds no key, so stored access can be neither read nor written. Put the keys back that it held "
            "(`backline keys new` makes one for a new installation) and start Backline again; nothing is lost."
        )
    return keys


def _of(owner: Owner) -> QuerySet[DataKey]:
    return DataKey.objects.filter(owner_type=owner.type, owner_id=owner.id)


def _row(owner: Owner) -> DataKey | None:
    return _of(owner).first()


def _make_row(owner: Owner, keys: Mapping[bytes, bytes]) -> DataKey:
    """Give the owner a data key, unless somebody else does at this moment: then it is theirs."""
    made = DataKey(owner_type=owner.type, owner_id=owner.id)
    made.wrapped = _wrap(made, crypto.new_key(), keys)
    DataKey.objects.bulk_create([made], ignore_conflicts=True)
    return _of(owner).get()


def _place_of(row: DataKey) -> Place:
    """Return the data key's own place: it opens for this owner alone."""
    return Place(table="core_datakey", row=f"{row.owner_type}:{row.owner_id}", column="wrapped")


def _wrap(row: DataKey, data_key: bytes, keys: Mapping[bytes, bytes]) -> bytes:
    return crypto.seal(data_key, key=next(iter(keys.values())), place=_place_of(row))


def _unwrap(row: DataKey, keys: Mapping[bytes, bytes]) -> bytes:
    wrapped = bytes(row.wrapped)
    try:
        return crypto.open_sealed(wrapped, keys=keys, place=_place_of(row))
    except crypto.SealError:
        if crypto.key_id_of(wrapped) in keys:
            raise VaultClosedError(
                f"The data key of the stored access was altered or moved: it does not open, although {SETTING} holds "
                "its key. Bring the database back from a backup."
            ) from None
        raise VaultClosedError(
            f"{SETTING} does not hold the key under which this access was stored. Put that key back and start Backline "
            "again; nothing is lost. `backline keys check` names it."
        ) from None


def _rewrap(row: DataKey, keys: Mapping[bytes, bytes]) -> int:
    """Wrap one data key anew and return 1, or 0 when it does not open or was changed meanwhile."""
    try:
        wrapped = _wrap(row, _unwrap(row, keys), keys)
    except VaultClosedError:
        return 0
    return DataKey.objects.filter(pk=row.pk, wrapped=row.wrapped).update(wrapped=wrapped, rotated_at=clock.now())
