"""What every command does first: find the database, and bring Django up around it."""

from __future__ import annotations

import base64
import contextlib
import logging
import os
import secrets
import tempfile

from backline.settings import environment


def join_database(*, stops_with_process: bool = True) -> environment.Environment:
    """Return the settings with an address of the database in them.

    Where ``DATABASE_URL`` is unset the embedded PostgreSQL is started (or joined), and its address
    is put into the environment of this process and of those it starts.
    """
    settings = environment.current()
    if settings.database_url:
        return settings
    from backline.server import database, postgres  # noqa: PLC0415

    os.environ["DATABASE_URL"] = postgres.start(settings.postgres_folder, stops_with_process=stops_with_process)
    if not settings.play_database_url:
        os.environ["PLAY_DATABASE_URL"] = database.address_for_play(os.environ["DATABASE_URL"])
    environment.current.cache_clear()
    return environment.current()


def start_django(*, program: str = "") -> None:
    """Load the domain and put the adapters into its ports. The database's address must be known.

    A ``program`` logs what it does; a command answers in sentences of its own, and only defects are logged.
    """
    ensure_encryption_key()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backline.settings.django")
    import django  # noqa: PLC0415

    django.setup()
    from backline.server import composition  # noqa: PLC0415 - it reaches models, which need Django up

    log_to_stderr(program)
    composition.wire()


def ensure_encryption_key() -> None:
    """Give a sandbox without ``BACKLINE_ENCRYPTION_KEYS`` a key of its own, made once, in ``encryption.key``.

    The key itself is not put into the environment of this process, only where it lies. Production demands its own.
    """
    settings = environment.current()
    if settings.encryption_keys or settings.is_production:
        return
    file = settings.home / "encryption.key"
    try:
        if not file.exists():
            settings.home.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=settings.home, prefix=".encryption-") as made:  # mode 0600
                made.write(base64.urlsafe_b64encode(secrets.token_bytes(32)) + b"\n")
                made.flush()
                os.fsync(made.fileno())
                with contextlib.suppress(FileExistsError):  # another program was quicker: the key is theirs
                    os.link(made.name, file)
    except OSError as error:
        raise environment.SettingError(
            f"{file} cannot be written ({error.strerror}): choose another state folder with BACKLINE_HOME, or set "
            "BACKLINE_ENCRYPTION_KEYS (`backline keys new` makes one)."
        ) from None
    os.environ["BACKLINE_ENCRYPTION_KEYS_FILE"] = str(file)
    environment.current.cache_clear()


def log_to_stderr(program: str) -> None:
    """Write what the product says to standard error, and outside libraries' warnings; of no program: defects only."""
    from backline.core.telemetry import logs  # noqa: PLC0415

    settings = environment.current()
    logs.configure(
        program=program or "command",
        as_json=settings.is_production and bool(program),
        secrets=logs.secrets_of(settings),
        ours=logging.INFO if program else logging.ERROR,
        outside=logging.WARNING if program else logging.ERROR,
    )
