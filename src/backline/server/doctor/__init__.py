"""``backline doctor``: is everything as it should be, and if not, what to do. One line per check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from backline.server import bootstrap, database, postgres
from backline.server.commands import say
from backline.server.doctor import machine
from backline.server.doctor.findings import Finding
from backline.settings import environment


def run(*, as_json: bool) -> int:
    """Run every check; exit code 0 when none fails."""
    findings: list[Finding] = []
    for finding in _all():
        findings.append(finding)
        if as_json:
            continue
        say(f"{finding.verdict:<5} {finding.check:<13} {finding.found}")
        if finding.fix:
            say(f"{'':<19} -> {finding.fix}")
    failed = sum(finding.verdict == "fail" for finding in findings)
    if as_json:
        say(json.dumps([asdict(finding) for finding in findings]))
    else:
        say()
        say(f"{failed} of {len(findings)} checks failed." if failed else "Nothing that was checked has failed.")
    return 1 if failed else 0


def _all() -> Iterator[Finding]:
    yield machine.python()
    try:
        settings = environment.current()
    except environment.SettingError as error:
        yield Finding("settings", "fail", str(error), "docs/operators/settings.md lists every setting.")
        return
    yield machine.mode(settings)
    yield machine.state_folder(settings.home)
    yield machine.lettering()
    yield from machine.programs(settings)
    try:
        settings = bootstrap.join_database()
        version = database.server_version(settings.database_url)
    except (postgres.PostgresError, database.DatabaseError, OSError) as error:
        yield Finding("database", "fail", str(error), "Start it, or correct DATABASE_URL.")
        return
    if version < database.OLDEST_VERSION:
        fix = f"Move to PostgreSQL {database.OLDEST_VERSION} or newer."
        yield Finding("database", "fail", f"PostgreSQL {version}", fix)
        return
    yield Finding("database", "ok", f"PostgreSQL {version}")
    yield from _with_django(settings)


def _with_django(settings: environment.Environment) -> Iterator[Finding]:
    bootstrap.start_django()
    waiting = database.pending_migrations()
    if waiting:
        yield Finding("tables", "fail", f"{len(waiting)} migrations have not run", "Run `backline migrate`.")
        return
    yield Finding("tables", "ok", "up to date")
    yield machine.play_role(settings)
    from backline.server.doctor import data, providers  # noqa: PLC0415

    yield from data.check(settings)
    yield from providers.check(settings)
