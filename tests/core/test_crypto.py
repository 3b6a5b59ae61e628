from __future__ import annotations

import pytest

from backline.core import crypto

PLACE = crypto.Place(table="grants", row="1", column="token")


def test_a_sealed_value_opens_where_it_belongs() -> None:
    key = crypto.new_key()
    record = crypto.seal(b"secret", key=key, place=PLACE)
    assert crypto.open_sealed(record, keys={crypto.key_id(key): key}, place=PLACE) == b"secret"


@pytest.mark.parametrize(
    "other",
    [
        crypto.Place("grants", "2", "token"),
        crypto.Place("grants", "1", "refresh"),
        crypto.Place("grant", "s1", "token"),
    ],
)
def test_a_sealed_value_does_not_open_elsewhere(other: crypto.Place) -> None:
    key = crypto.new_key()
    record = crypto.seal(b"secret", key=key, place=PLACE)
    with pytest.raises(crypto.SealError):
        crypto.open_sealed(record, keys={crypto.key_id(key): key}, place=other)


def test_no_flipped_bit_is_accepted() -> None:
    key = crypto.new_key()
    record = crypto.seal(b"secret", key=key, place=PLACE)
    for position in range(len(record)):
        altered = bytearray(record)
        altered[position] ^= 1
        with pytest.raises(crypto.SealError):
            crypto.open_sealed(bytes(altered), keys={crypto.key_id(key): key}, place=PLACE)
