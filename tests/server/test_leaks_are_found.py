"""The finder of leaks finds what is planted, in each place and notation, and nothing where nothing is."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import zlib
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpResponse
from tests.factories.accounts import make_user
from tests.factories.leaks import (
    Leak,
    answer,
    backup,
    database,
    fault_page,
    files,
    here,
    keeping_job_arguments,
    keeping_log_lines,
    leaks,
    personal_data,
)

from backline.core import audit, jobs, vault
from backline.core.audit import SYSTEM
from backline.core.crypto import Place
from backline.core.models import AuditEntry, DataKey
from backline.core.vault import Owner
from backline.server import backup as backups
from backline.settings import environment

TOKEN = 'ya29.a0/Planted+token"of~Ines_Tallow-7f3c'
OTHER = "EAAGm0PX4ZCpsBOplantedAndNeverUsed"


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_secret_is_found_in_every_notation_wherever_it_begins(before: str) -> None:
    written = (before + TOKEN + "behind").encode()
    inner = json.dumps({"token": before + TOKEN}).encode()
    places = {
        "as it is": written,
        "hexadecimal": written.hex().encode(),
        "upper hexadecimal": b"\\x" + written.hex().upper().encode(),
        "base64": base64.b64encode(written),
        "base64 for addresses": base64.urlsafe_b64encode(written).rstrip(b"="),
        "base64 glued to a word": b"token-" + base64.b64encode(written),
        "percent": b"https://a.example/?t=ya29.a0%2FPlanted%2Btoken%22of~Ines_Tallow-7f3c&b=1",
        "json": inner,
        "base64 of json in json": json.dumps({"state": base64.b64encode(inner).decode()}).encode(),
        "hexadecimal of base64": base64.b64encode(inner).hex().encode(),
        "gzip": gzip.compress(written),
        "compressed and signed": b"." + base64.urlsafe_b64encode(zlib.compress(inner * 3)) + b":1xYz:signature",
    }
    found = leaks([OTHER, TOKEN], places.items())
    assert {leak.place for leak in found} == set(places)
    assert {leak.number for leak in found} == {1}
    assert TOKEN not in repr(found)


def test_nothing_is_found_where_nothing_is() -> None:
    assert leaks([TOKEN, OTHER], [("noise", bytes(range(256)) * 40), ("prose", "ya29.a0 planted token " * 50)]) == []


@pytest.mark.django_db
def test_columns_of_text_json_and_bytes_are_searched() -> None:
    owner = Owner("artist", uuid4())
    sealed = vault.seal(owner, Place("t", "r", "c"), TOKEN)
    assert leaks([TOKEN], database()) == []
    audit.record("grant.store", actor=SYSTEM, object_type="grant", detail={"deep": [{"access": TOKEN}]})
    audit.record("grant.store", actor=SYSTEM, object_type="grant", object_name=sealed.hex())
    row = DataKey.objects.get()
    row.wrapped = TOKEN.encode()
    row.save()
    session = SessionStore()
    session["verifier"] = TOKEN * 3
    session.save()
    assert {leak.place for leak in leaks([TOKEN], database())} == {
        "core_auditentry.detail", "core_datakey.wrapped", "django_session.session_data",
    }  # fmt: skip
    assert AuditEntry.objects.count() == 2


@pytest.mark.django_db
def test_arguments_of_jobs_are_kept_although_the_jobs_are_gone() -> None:
    with keeping_job_arguments():
        jobs.enqueue("server.load_demo", code=TOKEN)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
        places = list(database())
    assert leaks([TOKEN], places) == [Leak(0, "kept_job_arguments.args", "JSON")]


def test_lines_are_searched_before_and_after_redaction() -> None:
    with keeping_log_lines() as log:
        logging.getLogger("backline.x").debug("the answer was %s", OTHER)
        structlog.get_logger("backline.x").info("asked", note=["ok", TOKEN])
        logging.getLogger("somebody.else").info("not even in production: %s", OTHER + TOKEN)
        try:
            raise ValueError(f"what {TOKEN} means")
        except ValueError:
            logging.getLogger("somebody.else").exception("broke")
        found = leaks([OTHER, TOKEN], log())
    assert {(leak.number, leak.place) for leak in found if leak.place == "log before redaction"} == {
        (0, "log before redaction"),
        (1, "log before redaction"),
    }
    with keeping_log_lines() as log:
        logging.getLogger("backline.x").warning("all is well")
        assert "all is well" in dict(log())["log"]
        assert leaks([OTHER, TOKEN], log()) == []


@pytest.mark.django_db
def test_what_people_are_handed_over_is_searched() -> None:
    me = make_user(name=TOKEN)
    assert {leak.place for leak in leaks([TOKEN], personal_data(me.pk))} == {"personal data of accounts"}
    assert leaks([OTHER], personal_data(me.pk)) == []


def test_answers_are_searched_with_their_headers_and_cookies() -> None:
    body, header, cookie = HttpResponse(f"<p>{OTHER}"), HttpResponse(), HttpResponse()
    header["Location"] = f"/x?code={OTHER}"
    cookie.set_cookie("c", OTHER)
    places = [answer("body", body), answer("header", header), answer("cookie", cookie)]
    assert [leak.place for leak in leaks([OTHER], *places)] == ["body", "cookie", "header"]


def test_the_page_of_a_fault_says_nothing_of_it() -> None:
    """The page is the product's own; that the finder reads it is seen from the sentence that it does say."""
    with keeping_log_lines() as log:
        page = list(fault_page(RuntimeError(f"the token {OTHER} is bad")))
        assert leaks([OTHER], page) == []
        assert leaks([OTHER], log()) != []
    assert leaks(["This page hit a fault of ours"], page) == [Leak(0, "page of a fault", "as it is")]


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_searched_part_by_part(tmp_path: Path) -> None:
    audit.record("grant.store", actor=SYSTEM, object_type="grant", detail={"access": TOKEN})
    file = tmp_path / "all.tar.gz"
    backups.run(here(tmp_path), file)
    assert {leak.place for leak in leaks([TOKEN], backup(file))} == {"backup: database.dump"}
    assert leaks([OTHER], backup(file)) == []
    (tmp_path / "home" / "note.txt").write_text(OTHER)
    assert leaks([OTHER], files(tmp_path)) == [Leak(0, "file home/note.txt", "as it is")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.req("PP-51")
def test_a_backup_holds_neither_a_token_nor_the_keys_that_open_it(tmp_path: Path) -> None:
    settings = environment.current()
    owner = Owner("artist", uuid4())
    record = vault.seal(owner, Place("t", "r", "c"), TOKEN)
    file = tmp_path / "all.tar.gz"
    backups.run(here(tmp_path), file)
    (key,) = settings.encryption_keys
    raw = base64.urlsafe_b64decode(key)
    (wrapped,) = DataKey.objects.values_list("wrapped", flat=True)
    places = list(backup(file))
    assert leaks([TOKEN, key, raw.hex(), base64.b64encode(raw).decode()], places) == []
    assert leaks([bytes(wrapped).hex()], places) == [Leak(0, "backup: database.dump", "as it is")]
    assert vault.open_value(owner, Place("t", "r", "c"), record) == TOKEN
