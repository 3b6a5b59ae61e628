"""Envelope encryption for secrets at rest (AES-256-GCM, NIST SP 800-38D).

A key-encryption key from the environment wraps a data key; the data key seals values.
A sealed record is ``version | key id | nonce | ciphertext | tag``, and its associated
data names the table, row and column, so a record moved elsewhere does not open.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
KEY_ID_AT = len(_VERSION)
KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_TAG_BYTES = 16
KEY_BYTES = 32


class SealError(Exception):
    """The record cannot be opened: wrong key, wrong place, or it was altered."""


def key_id(key: bytes) -> bytes:
    """Return the public 8-byte name of a 32-byte key."""
    return hashlib.sha256(b"backline key id" + key).digest()[:KEY_ID_BYTES]


def key_id_of(record: bytes) -> bytes:
    """Return the id of the key that ``record`` names; anything at all when it is no record of ours."""
    return record[KEY_ID_AT : KEY_ID_AT + KEY_ID_BYTES]


def new_key() -> bytes:
    """Return 32 fresh random bytes."""
    return os.urandom(KEY_BYTES)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value lives; it opens nowhere else."""

    table: str
    row: str
    column: str

    def associated_data(self) -> bytes:
        """Return an unambiguous encoding: each part is preceded by its length."""
        parts = (part.encode() for part in (self.table, self.row, self.column))
        return _VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def seal(plaintext: bytes, *, key: bytes, place: Place) -> bytes:
    """Encrypt ``plaintext`` under the 32-byte ``key`` for ``place``."""
    nonce = os.urandom(_NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, plaintext, place.associated_data())
    return _VERSION + key_id(key) + nonce + ciphertext


def open_sealed(record: bytes, *, keys: Mapping[bytes, bytes], place: Place) -> bytes:
    """Decrypt ``record`` with the key it names among ``keys`` (key id to key).

    Raises :class:`SealError`, without saying which part was wrong.
    """
    header = KEY_ID_AT + KEY_ID_BYTES + _NONCE_BYTES
    if len(record) < header + _TAG_BYTES or record[:1] != _VERSION:
        raise SealError("The record is not one of ours.")
    key = keys.get(key_id_of(record))
    if key is None:
        raise SealError("The record was sealed with a key that is not configured.")
    nonce = record[KEY_ID_AT + KEY_ID_BYTES : header]
    try:
        return AESGCM(key).decrypt(nonce, record[header:], place.associated_data())
    except InvalidTag:
        raise SealError("The record does not open here.") from None
