"""The vault: what is sealed opens for its owner in its place, and nowhere else, whatever somebody tries."""

from __future__ import annotations

import base64
import logging
import random
import secrets
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plugins.keys import UseKeys, id_of, new_key

from backline.core import crypto, vault
from backline.core.crypto import Place
from backline.core.errors import Rejected
from backline.core.models import DataKey
from backline.core.vault import Owner, Rewrapped, VaultClosedError
from backline.settings import environment

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-14", "PP-51")]

TOKEN = "EAAGm0PX4ZCpsBO-planted-token-of-Ines-Tallow"
PLACE = Place(table="connections_grant", row="0192f0c1-0001", column="access")


@pytest.fixture
def artist() -> Owner:
    return Owner("artist", uuid4())


def test_a_token_opens_for_its_owner_in_its_place(artist: Owner) -> None:
    for token in (TOKEN, "", "œ∑´®†" * 1_000):
        record = vault.seal(artist, PLACE, token)
        assert vault.open_value(artist, PLACE, record) == token


def test_a_record_is_version_key_nonce_ciphertext_and_tag_and_tells_nothing(artist: Owner) -> None:
    first, second = vault.seal(artist, PLACE, TOKEN), vault.seal(artist, PLACE, TOKEN)
    assert (first[0], len(first)) == (1, 1 + 8 + 12 + len(TOKEN) + 16)
    assert first[1:9] == second[1:9]
    assert first[9:21] != second[9:21]
    assert first[21:] != second[21:]
    row = DataKey.objects.get(owner_id=artist.id)
    assert (row.owner_type, len(bytes(row.wrapped)), row.rotated_at) == ("artist", 1 + 8 + 12 + 32 + 16, None)
    assert TOKEN.encode() not in first + bytes(row.wrapped)


def test_each_owner_has_one_key_of_their_own(artist: Owner) -> None:
    others = [artist, Owner("fan", artist.id), Owner("artist", uuid4())]
    records = [vault.seal(owner, PLACE, TOKEN) for owner in others for _ in range(2)]
    assert len({record[1:9] for record in records}) == DataKey.objects.count() == 3


@pytest.mark.parametrize(
    "other",
    [
        Place(PLACE.table, "0192f0c1-0002", PLACE.column),
        Place(PLACE.table, PLACE.row, "refresh"),
        Place("connections_gran", "t" + PLACE.row, PLACE.column),
        Place(PLACE.table + PLACE.row, "", PLACE.column),
    ],
    ids=["row", "column", "table", "shifted"],
)
def test_a_record_opens_in_no_other_place(artist: Owner, other: Place) -> None:
    record = vault.seal(artist, PLACE, TOKEN)
    with pytest.raises(VaultClosedError, match="altered, moved or erased"):
        vault.open_value(artist, other, record)


class Forger:
    """Tries to have something opened, and keeps count of what was tried, what was accepted and what was said."""

    def __init__(self) -> None:
        self.tries = 0
        self.accepted: list[str] = []
        self.said: set[str] = set()

    def record(self, what: str, owner: Owner, record: bytes, place: Place = PLACE) -> None:
        self.tries += 1
        try:
            vault.open_value(owner, place, record)
        except VaultClosedError as refused:
            self.said.add(str(refused))
        else:
            self.accepted.append(what)

    def data_key(self, what: str, owner: Owner, record: bytes, wrapped: bytes) -> None:
        """Try the record after the owner's data key was changed to ``wrapped``, which it stays."""
        DataKey.objects.filter(owner_type=owner.type, owner_id=owner.id).update(wrapped=wrapped)
        self.record(what, owner, record)


def _damaged(record: bytes) -> Iterator[tuple[str, bytes]]:
    """Return the record with each bit flipped, cut at each byte, and with bytes before, behind and as its version."""
    for bit in range(len(record) * 8):
        yield f"bit {bit}", _flipped(record, bit)
    for at in range(len(record)):
        yield f"first {at} bytes", record[:at]
        yield f"last {len(record) - at - 1} bytes", record[at + 1 :]
        yield f"without byte {at}", record[:at] + record[at + 1 :]
    for extra in (bytes([number]) for number in range(256)):
        yield f"{extra!r} behind", record + extra
        yield f"{extra!r} before", extra + record
        if extra != record[:1]:
            yield f"version {extra!r}", extra + record[1:]


def _at_random(chance: random.Random, record: bytes) -> Iterator[tuple[str, bytes]]:
    for number in range(2_000):
        altered = record
        for _ in range(chance.randint(2, 12)):
            altered = _flipped(altered, chance.randrange(len(record) * 8))
        if altered != record:
            yield f"bits {number}", altered
        yield f"noise {number}", chance.randbytes(chance.randint(0, 120))


def _other_places(chance: random.Random) -> Iterator[Place]:
    for _ in range(1_500):
        parts = (PLACE.table, PLACE.row, PLACE.column)
        place = Place(*(chance.choice((part, part + "x", part[:-1], "")) for part in parts))
        if place != PLACE:
            yield place


def test_of_ten_thousand_forgeries_none_is_accepted(artist: Owner, use_keys: UseKeys) -> None:
    seed = 20_261_122
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    use_keys(old := new_key())
    stranger, fan = Owner("artist", uuid4()), Owner("fan", artist.id)
    record, theirs = vault.seal(artist, PLACE, TOKEN), vault.seal(stranger, PLACE, TOKEN)
    vault.seal(fan, PLACE, TOKEN)
    forger = Forger()
    for what, forged in (*_damaged(record), *_at_random(chance, record)):
        forger.record(what, artist, forged)
    for place in _other_places(chance):
        forger.record(f"{place}", artist, record, place)
        forger.record("moved to somebody else", chance.choice((stranger, fan, Owner("fan", uuid4()))), record)
    for at in range(10, len(record)):
        forger.record(f"crossed at {at}", artist, record[:at] + theirs[at:])
        forger.record(f"crossed at {at}, as theirs", stranger, theirs[:at] + record[at:])

    wrapped = bytes(DataKey.objects.get(owner_type="artist", owner_id=artist.id).wrapped)
    for what, forged in _damaged(wrapped):
        forger.data_key(f"data key with {what}", artist, record, forged)
    for other in DataKey.objects.exclude(owner_type="artist", owner_id=artist.id):
        forger.data_key("data key of another", artist, record, bytes(other.wrapped))
        forger.data_key("data key and record of another", artist, theirs, bytes(other.wrapped))
    foreign = crypto.seal(secrets.token_bytes(32), key=base64.urlsafe_b64decode(old), place=PLACE)
    forger.data_key("data key from another place", artist, record, foreign)
    DataKey.objects.filter(owner_type="artist", owner_id=artist.id).update(wrapped=wrapped)
    assert vault.open_value(artist, PLACE, record) == TOKEN

    for keys in ((new_key(),), (new_key(), new_key()), ()):
        use_keys(*keys)
        forger.record("old key gone", artist, record)
    use_keys(old)
    vault.forget(artist)
    forger.record("forgotten", artist, record)
    vault.seal(artist, PLACE, TOKEN)
    forger.record("forgotten, with a new data key", artist, record)

    assert forger.accepted == []
    assert forger.tries >= 10_000, forger.tries
    assert len(forger.said) == 5  # altered record, altered data key, key not there, no key at all, forgotten
    assert vault.open_value(stranger, PLACE, theirs) == TOKEN


def _flipped(record: bytes, bit: int) -> bytes:
    altered = bytearray(record)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)


_words = st.text(max_size=12)
_places = st.builds(Place, _words, _words, _words)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), sealed_for=_places, opened_at=_places)
def test_it_opens_at_its_own_place_alone_whatever_the_words_are(
    artist: Owner, text: str, sealed_for: Place, opened_at: Place
) -> None:
    record = vault.seal(artist, sealed_for, text)
    assert vault.open_value(artist, sealed_for, record) == text
    if opened_at != sealed_for:
        with pytest.raises(VaultClosedError):
            vault.open_value(artist, opened_at, record)


@pytest.mark.parametrize("keys", [(), ("other",)], ids=["none", "another"])
def test_a_missing_or_wrong_key_closes_the_vault_and_says_what_to_do(
    artist: Owner, use_keys: UseKeys, keys: tuple[str, ...]
) -> None:
    use_keys(right := new_key())
    record = vault.seal(artist, PLACE, TOKEN)
    before = DataKey.objects.values().get()
    use_keys(*(new_key() for _ in keys))
    for act in (lambda: vault.open_value(artist, PLACE, record), lambda: vault.seal(artist, PLACE, TOKEN)):
        with pytest.raises(VaultClosedError, match=r"BACKLINE_ENCRYPTION_KEYS.*start Backline again.*nothing is lost"):
            act()
    assert DataKey.objects.values().get() == before
    use_keys(right)
    assert vault.open_value(artist, PLACE, record) == TOKEN


def test_a_forgotten_owner_is_gone_and_can_begin_anew(artist: Owner) -> None:
    other = Owner("artist", uuid4())
    record, theirs = vault.seal(artist, PLACE, TOKEN), vault.seal(other, PLACE, TOKEN)
    vault.forget(artist)
    with pytest.raises(VaultClosedError, match=r"was erased.*Connect the platform again"):
        vault.open_value(artist, PLACE, record)
    again = vault.seal(artist, PLACE, "a new one")
    assert vault.open_value(artist, PLACE, again) == "a new one"
    with pytest.raises(VaultClosedError):
        vault.open_value(artist, PLACE, record)
    assert vault.open_value(other, PLACE, theirs) == TOKEN
    vault.forget(Owner("fan", uuid4()))


def test_nothing_of_a_key_or_a_token_is_in_an_error_a_log_or_a_repr(
    artist: Owner, use_keys: UseKeys, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    use_keys(kek := new_key())
    record = vault.seal(artist, PLACE, TOKEN)
    row = DataKey.objects.get()
    data_key = crypto.open_sealed(
        bytes(row.wrapped),
        keys={bytes.fromhex(id_of(kek)): base64.urlsafe_b64decode(kek)},
        place=Place("core_datakey", f"artist:{artist.id}", "wrapped"),
    )
    said = [repr(row), str(row), repr(artist), repr(vault.key_uses()), repr(environment.current())]
    for keys, tried in (((kek,), _flipped(record, 400)), ((kek,), record[:30]), ((new_key(),), record), ((), record)):
        use_keys(*keys)
        with pytest.raises(VaultClosedError) as refused:
            vault.open_value(artist, PLACE, tried)
        said += traceback.format_exception(refused.value)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
    said.append(caplog.text)
    for secret in (kek, TOKEN, data_key.hex(), base64.b64encode(data_key).decode(), repr(data_key), record.hex()):
        assert [text for text in said if secret in text] == []


def test_old_keys_open_and_the_first_one_wraps(artist: Owner, use_keys: UseKeys) -> None:
    old, new = new_key(), new_key()
    use_keys(old)
    record = vault.seal(artist, PLACE, TOKEN)
    use_keys(new, old)
    assert vault.open_value(artist, PLACE, record) == TOKEN
    vault.seal(Owner("artist", uuid4()), PLACE, TOKEN)
    assert [(use.key_id, use.data_keys, use.is_current) for use in vault.key_uses()] == [
        (id_of(new), 1, True),
        (id_of(old), 1, False),
    ]


def test_both_alphabets_of_base64_name_the_same_key(artist: Owner, use_keys: UseKeys) -> None:
    raw = b"\xfb\xff" * 16
    use_keys(base64.b64encode(raw).decode())
    record = vault.seal(artist, PLACE, TOKEN)
    use_keys(base64.urlsafe_b64encode(raw).decode())
    assert vault.open_value(artist, PLACE, record) == TOKEN


def test_every_data_key_is_wrapped_anew_and_tokens_stay_as_they_are(use_keys: UseKeys) -> None:
    old, new = new_key(), new_key()
    use_keys(old)
    owners = [Owner("artist", uuid4()) for _ in range(7)]
    records = {owner: vault.seal(owner, PLACE, f"{TOKEN} {owner.id}") for owner in owners}
    use_keys(new, old)
    told: list[int] = []
    assert vault.rewrap_all(batch=3, on_batch=told.append) == Rewrapped(count=7, left=0)
    assert told == [3, 6, 7]
    assert vault.rewrap_all() == Rewrapped(count=0, left=0)
    assert DataKey.objects.filter(rotated_at=None).count() == 0
    use_keys(new)
    assert {owner: vault.open_value(owner, PLACE, record) for owner, record in records.items()} == {
        owner: f"{TOKEN} {owner.id}" for owner in owners
    }
    use_keys(old)
    with pytest.raises(VaultClosedError):
        vault.open_value(owners[0], PLACE, records[owners[0]])


def test_what_names_a_missing_key_is_left_counted_and_can_be_given_up(artist: Owner, use_keys: UseKeys) -> None:
    lost, new = new_key(), new_key()
    use_keys(lost)
    vault.seal(artist, PLACE, TOKEN)
    use_keys(new)
    mine = Owner("artist", uuid4())
    record = vault.seal(mine, PLACE, TOKEN)
    assert vault.rewrap_all() == Rewrapped(count=0, left=1)
    assert [(use.key_id, use.data_keys, use.is_configured) for use in vault.key_uses()] == [
        (id_of(new), 1, True),
        (id_of(lost), 1, False),
    ]
    with pytest.raises(Rejected, match="Nothing was deleted"):
        vault.forget_under(id_of(new))
    assert vault.forget_under(id_of(lost)) == 1
    assert vault.open_value(mine, PLACE, record) == TOKEN
    assert vault.open_value(artist, PLACE, vault.seal(artist, PLACE, "begun anew")) == "begun anew"


@pytest.mark.django_db(transaction=True)
def test_two_first_tokens_at_once_make_one_data_key(artist: Owner) -> None:
    start = threading.Barrier(6)

    def seal(number: int) -> bytes:
        try:
            with connection.cursor():  # connected before the start
                start.wait(10)
            with transaction.atomic():
                record = vault.seal(artist, PLACE, str(number))
                time.sleep(0.02)  # the others meet a row that is not committed yet
            return record
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        records = list(pool.map(seal, range(6)))
    assert DataKey.objects.count() == 1
    assert [vault.open_value(artist, PLACE, record) for record in records] == [str(number) for number in range(6)]


@pytest.mark.django_db(transaction=True)
def test_a_first_token_that_is_taken_back_leaves_the_other_one_whole(artist: Owner) -> None:
    made, other = threading.Event(), threading.Event()

    def take_back() -> None:
        try:
            with transaction.atomic():
                vault.seal(artist, PLACE, TOKEN)
                made.set()
                other.wait(0.2)
                transaction.set_rollback(True)
        finally:
            connection.close()

    thread = threading.Thread(target=take_back)
    thread.start()
    made.wait(10)
    record = vault.seal(artist, PLACE, TOKEN)  # waits for the other, and then makes its own
    other.set()
    thread.join(10)
    assert vault.open_value(artist, PLACE, record) == TOKEN


@pytest.mark.django_db(transaction=True)
def test_keys_are_changed_while_tokens_are_read_and_written(use_keys: UseKeys) -> None:
    keys = [new_key(), new_key()]
    use_keys(*keys)
    owners = [Owner("artist", uuid4()) for _ in range(40)]
    records = {owner: vault.seal(owner, PLACE, TOKEN) for owner in owners}
    stop, reads, writes = threading.Event(), [], []
    new_ones: list[Owner] = []

    def read() -> None:
        chance = random.Random(threading.get_ident())
        try:
            while not stop.is_set():
                owner = chance.choice(owners)
                reads.append(vault.open_value(owner, PLACE, records[owner]) == TOKEN)
        finally:
            connection.close()

    def write() -> None:
        try:
            while not stop.is_set():
                owner = Owner("artist", uuid4())
                writes.append(vault.open_value(owner, PLACE, vault.seal(owner, PLACE, TOKEN)) == TOKEN)
                new_ones.append(owner)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        running = [*(pool.submit(read) for _ in range(3)), pool.submit(write)]
        try:
            rounds = 0
            while rounds < 5 or (len(reads) < 500 and not any(each.done() for each in running)):
                keys.reverse()
                use_keys(*keys)
                both = [pool.submit(_rewrap) for _ in range(2)]  # two at once disturb nobody either
                assert sum(each.result(30) for each in both) >= len(owners)
                rounds += 1
        finally:
            stop.set()
        for each in running:
            each.result(30)
    assert (all(reads), all(writes), len(new_ones) > 0) == (True, True, True)
    use_keys(*keys)
    vault.rewrap_all()
    use_keys(keys[0])
    assert {vault.open_value(owner, PLACE, record) for owner, record in records.items()} == {TOKEN}


def _rewrap() -> int:
    try:
        return vault.rewrap_all(batch=5).count
    finally:
        connection.close()
