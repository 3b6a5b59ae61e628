"""Finds planted secrets wherever they got to: in every column of the database, logs, jobs, exports, backups, answers.

A journey plants tokens that nobody else could have made up, lives with them, and asks :func:`leaks` about places:

    with keeping_job_arguments(), keeping_log_lines() as log:
        ...
    assert leaks(tokens, database(), log(), personal_data(user), fault_page(error), backup(file)) == []

A place is a name and what lies there. A secret is looked for as it is, and in hexadecimal, base64 (also in the middle
of something longer), percent and JSON notation, inside what is compressed, and in one of these within another.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import logging
import re
import subprocess
import tarfile
import tempfile
import traceback
import urllib.parse
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import structlog
from django.core.handlers.exception import response_for_exception
from django.db import connection
from django.http import HttpResponseBase
from django.test import RequestFactory
from psycopg import conninfo, sql

from backline.core.personal_data import PERSONAL_DATA
from backline.core.telemetry import logs
from backline.server import archive, postgres
from backline.settings import environment

Places = Iterable[tuple[str, str | bytes]]

_DEEPEST = 3
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){12,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}")


@dataclass(frozen=True, order=True)
class Leak:
    """A secret that was found: which one (its number among the planted ones), where, and in which notation."""

    number: int
    place: str
    notation: str


def leaks(planted: Iterable[str], *places: Places) -> list[Leak]:
    """Return where the planted secrets are. No leak repeats the secret itself."""
    wanted = [(number, name, form) for number, secret in enumerate(planted) for name, form in _notations(secret)]
    found = {
        Leak(number, place, notation)
        for place, content in chain.from_iterable(places)
        for layer in _layers(content.encode() if isinstance(content, str) else content)
        for number, notation, form in wanted
        if form in layer
    }
    return sorted(found)


def database() -> Places:
    """Return every column of every table of the database, as text or as the bytes that it holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
            " ORDER BY 1, 2, ordinal_position"
        )
        columns = cursor.fetchall()
    for schema, table, column, kind in columns:
        value = sql.SQL("{}" if kind == "bytea" else "{}::text").format(sql.Identifier(column))
        query = sql.SQL("SELECT {} FROM {} WHERE {} IS NOT NULL").format(
            value, sql.Identifier(schema, table), sql.Identifier(column)
        )
        with connection.cursor() as cursor:
            cursor.execute(query.as_string(None))
            values = [bytes(row[0]) if kind == "bytea" else str(row[0]).encode() for row in cursor.fetchall()]
        yield f"{table}.{column}", b"\n".join(values)


@contextmanager
def keeping_job_arguments() -> Iterator[None]:
    """Keep the arguments of every job that is enqueued or changed meanwhile, also when it is done and deleted.

    They lie in the table ``kept_job_arguments``, which :func:`database` reads; a table without a model is not emptied
    between tests, so it is dropped at the end: ask before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE kept_job_arguments (task text, args text);"
            "CREATE FUNCTION keep_job_arguments() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " INSERT INTO kept_job_arguments VALUES (NEW.task_name, concat(NEW.args, NEW.lock, NEW.queueing_lock));"
            " RETURN NULL; END $$;"
            "CREATE TRIGGER keep_job_arguments AFTER INSERT OR UPDATE ON procrastinate_jobs"
            " FOR EACH ROW EXECUTE FUNCTION keep_job_arguments()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION keep_job_arguments() CASCADE; DROP TABLE kept_job_arguments")


@contextmanager
def keeping_log_lines() -> Iterator[Callable[[], Places]]:
    """Log as the programs do, from debug on, and yield what returns the lines, before and after secrets are taken out.

    Libraries' lines are kept from warnings on, as in production; whatever has a traceback, with it.
    """
    root, ours = logging.getLogger(), logging.getLogger("backline")
    before = (root.handlers[:], root.level, ours.level)
    written, raw = io.StringIO(), io.StringIO()
    logs.configure(program="web", as_json=True, ours=logging.DEBUG, stream=written)
    kept = logging.StreamHandler(raw)
    kept.setFormatter(_Everything())
    root.addHandler(kept)
    try:
        yield lambda: (("log", written.getvalue()), ("log before redaction", raw.getvalue()))
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
        structlog.reset_defaults()


class _Everything(logging.Formatter):
    """Writes whatever a record carries: message, arguments, extra fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        said = {key: value for key, value in vars(record).items() if key != "exc_info"}
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        return f"{record.getMessage()} {said!r} {trace}"


def personal_data(*user_ids: UUID) -> Places:
    """Return what every room hands over to people about themselves."""
    for user_id in user_ids:
        for room in PERSONAL_DATA:
            yield f"personal data of {room.room}", json.dumps(room.export(user_id), default=str, ensure_ascii=False)


def answer(name: str, response: HttpResponseBase) -> Places:
    """Return an answer's headers and body under ``name``."""
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    return [(name, f"{response.status_code} {response.headers}\n{response.cookies}\n".encode() + body)]


def fault_page(error: Exception, path: str = "/") -> Places:
    """Return the page that a browser is shown when a view ends with ``error``."""
    try:
        raise error
    except Exception as raised:  # noqa: BLE001 - as it reaches Django: with a traceback, which is logged
        return answer("page of a fault", response_for_exception(RequestFactory().get(path), raised))


def here(folder: Path) -> environment.Environment:
    """Return settings for a backup of the test's own database; their state folder is made below ``folder``."""
    settings = environment.current()
    (folder / "home").mkdir()
    own = connection.settings_dict["NAME"]
    parts = {key: str(value) for key, value in conninfo.conninfo_to_dict(settings.database_url).items() if value}
    return replace(settings, home=folder / "home", database_url=conninfo.make_conninfo("", **(parts | {"dbname": own})))


def backup(file: Path) -> Places:
    """Return what lies in a file of ``backline backup``: its parts as they are, and the database as text."""
    with tempfile.TemporaryDirectory(prefix="backline-leaks-") as name:
        with tarfile.open(file) as tar:
            tar.extractall(name, filter="data")
        for part in sorted(path for path in Path(name).rglob("*") if path.is_file()):
            yield f"backup: {part.relative_to(name)}", _readable(part)


def files(folder: Path) -> Places:
    """Return every file under ``folder``."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        yield f"file {file.relative_to(folder)}", _readable(file)


def this_installation() -> Places:
    """Return the files of the state folder, without the database's own, which :func:`database` reads."""
    settings = environment.current()
    own = f"file {settings.postgres_folder.name}/"
    return ((place, content) for place, content in files(settings.home) if not place.startswith(own))


def _readable(file: Path) -> bytes:
    """Return a file's content; of a dump and of Parquet, what is in it, uncompressed."""
    if file.name == archive.DATABASE:
        program = str(postgres.programs_folder() / "pg_restore")
        return subprocess.run([program, "--file=-", str(file)], capture_output=True, check=True).stdout
    if file.suffix == ".parquet":
        return repr(pq.read_table(file).to_pylist()).encode()
    return file.read_bytes()


def _notations(secret: str) -> Iterator[tuple[str, bytes]]:
    raw = secret.encode()
    yield "as it is", raw
    yield "hexadecimal", raw.hex().encode()
    yield "hexadecimal", raw.hex().upper().encode()
    for before in range(3):
        # The first and last digits depend on the neighbours; those between are the same in whatever it stands.
        digits = base64.b64encode(bytes(before) + raw)
        inner = digits[(0, 2, 3)[before] : len(digits) - (0, 3, 2)[(before + len(raw)) % 3]]
        yield "base64", inner
        yield "base64", inner.translate(bytes.maketrans(b"+/", b"-_"))
    for written in {urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)} - {secret}:
        yield "percent", written.encode()
    if (written := json.dumps(secret)[1:-1]) != secret:
        yield "JSON", written.encode()
        yield "JSON in a dump", written.replace("\\", "\\\\").encode()


def _layers(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Return the content, and whatever is written in it in hexadecimal or base64, or is compressed, layer by layer."""
    yield content
    if depth == _DEEPEST:
        return
    for inner in (*_decompressed(content), *_hexadecimal(content), *_base64(content)):
        yield from _layers(inner, depth + 1)


def _decompressed(content: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompressobj(wbits=47).decompress(content)  # zlib and gzip alike
    except zlib.error:
        return


def _hexadecimal(content: bytes) -> Iterator[bytes]:
    runs = [bytes.fromhex(run.decode()) for run in _HEX.findall(content)]
    if runs:
        yield b"\n".join(runs)


def _base64(content: bytes) -> Iterator[bytes]:
    """Return what base64 of either alphabet says; what is compressed within stands alone, to be seen as such."""
    plain = []
    for run in _BASE64.findall(content):
        for part in {run, *run.split(b"-"), *run.split(b"_"), *run.split(b"/")}:
            digits = part.translate(bytes.maketrans(b"-_", b"+/"))
            try:
                decoded = base64.b64decode(digits[: len(digits) - (len(digits) % 4 == 1)] + b"==")
            except binascii.Error:
                continue
            if decoded[:1] in (b"\x78", b"\x1f"):
                yield decoded
            plain.append(decoded)
    if plain:
        yield b"\n".join(plain)
