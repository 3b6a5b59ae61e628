"""``backline keys``, and what doctor, status page, restore and a first start say about the keys of stored tokens."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from tests.plugins.keys import UseKeys, id_of, new_key
from tests.plugins.stack import Stack

from backline.core import vault
from backline.core.crypto import Place
from backline.core.errors import Rejected
from backline.core.models import DataKey
from backline.core.vault import Owner, VaultClosedError
from backline.server import bootstrap, cli, keys, restore
from backline.server.doctor import data
from backline.server.doctor.findings import Finding
from backline.server.operations.status import Line, status_of
from backline.settings import environment

pytestmark = [pytest.mark.django_db, pytest.mark.req("PP-51")]

PLACE = Place("connections_grant", "1", "access")
TOKEN = "a token that opens again"


def _finding() -> Finding:
    (found,) = [each for each in data.check(environment.current()) if each.check == "token keys"]
    return found


def _status() -> tuple[Line, ...]:
    (section,) = [each for each in status_of(environment.current()).sections if each.title == "Keys of stored tokens"]
    return section.lines


def test_keys_are_rotated_step_by_step_and_each_step_is_told(
    use_keys: UseKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = new_key(), new_key()
    use_keys(old)
    owners = [Owner("artist", uuid4()) for _ in range(3)]
    records = [vault.seal(owner, PLACE, TOKEN) for owner in owners]
    use_keys(new, old)
    assert keys.check() == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{id_of(new)}  current, 0 data keys",
        f"{id_of(old)}  number 2, opens only, 3 data keys",
    ]
    assert keys.rotate() == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 data keys wrapped anew ...",
        f"Done: 3 data keys wrapped anew under {id_of(new)}, 0 left under another key.",
        f"Key number 2 of BACKLINE_ENCRYPTION_KEYS ({id_of(old)}) wraps nothing any more and may be removed.",
    ]
    assert keys.rotate() == 0
    assert "Done: 0 data keys wrapped anew" in capsys.readouterr().out
    use_keys(new)
    assert keys.check() == 0
    assert {vault.open_value(owner, PLACE, record) for owner, record in zip(owners, records, strict=True)} == {TOKEN}


def test_a_missing_key_is_told_everywhere_with_what_to_do(
    use_keys: UseKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, mine = new_key(), new_key()
    use_keys(gone)
    vault.seal(Owner("artist", uuid4()), PLACE, TOKEN)
    assert (_finding().verdict, [line.tone for line in _status()]) == ("ok", ["live"])
    use_keys(mine)
    for command in (keys.check, keys.rotate):
        assert command() == 1
        said = capsys.readouterr().out
        assert f"does not hold what wraps 1 data key ({id_of(gone)})" in said
        assert "Put the missing keys back and start Backline again." in said
    found = _finding()
    assert (found.verdict, id_of(gone) in found.found, "`backline keys check`" in found.fix) == ("fail", True, True)
    lines = {line.name: (line.tone, line.state, bool(line.to_do)) for line in _status()}
    assert lines == {id_of(mine): ("live", "Current", False), id_of(gone): ("problem", "Missing", True)}
    use_keys(mine, gone)
    assert (_finding().verdict, keys.rotate()) == ("ok", 0)


def test_what_is_sealed_under_a_lost_key_is_given_up_on_request_alone(
    use_keys: UseKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, mine = new_key(), new_key()
    use_keys(gone)
    owner = Owner("artist", uuid4())
    vault.seal(owner, PLACE, TOKEN)
    use_keys(mine)
    with pytest.raises(Rejected, match="Nothing was deleted"):
        keys.forget(id_of(mine))
    assert keys.forget("00" * 8) == 0
    assert DataKey.objects.count() == 1
    assert keys.forget(id_of(gone)) == 0
    assert "Deleted: 1 data key." in capsys.readouterr().out
    assert keys.check() == 0
    assert vault.open_value(owner, PLACE, vault.seal(owner, PLACE, "again")) == "again"


def test_without_any_key_everything_says_so_and_nothing_breaks(
    use_keys: UseKeys, capsys: pytest.CaptureFixture[str]
) -> None:
    use_keys()
    assert keys.check() == 0
    assert (_finding().verdict, _finding().found, _status()) == ("fail", "no key is configured", ())
    with pytest.raises(VaultClosedError, match="holds no key"):
        keys.rotate()


@pytest.mark.parametrize("text", ["", "abc", "g" * 16, "0" * 17, "0" * 15 + "\u0663"])
def test_an_id_that_is_none_is_not_understood(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run(["keys", "forget", text])
    assert ended.value.code == 2
    assert "16 hexadecimal digits" in capsys.readouterr().err


def test_a_sandbox_makes_its_key_once_also_when_programs_start_at_once(
    use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_keys()
    monkeypatch.setenv("BACKLINE_HOME", str(tmp_path / "home"))
    environment.current.cache_clear()
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(bootstrap.ensure_encryption_key) for _ in range(6)]:
            done.result()
    file = tmp_path / "home" / "encryption.key"
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert environment.current().encryption_keys == (file.read_text().strip(),)
    before = file.read_bytes()
    monkeypatch.delenv("BACKLINE_ENCRYPTION_KEYS_FILE")
    environment.current.cache_clear()
    bootstrap.ensure_encryption_key()
    assert (file.read_bytes(), vault.key_uses()[0].is_current) == (before, True)


def test_a_sandbox_with_keys_of_its_own_and_production_are_given_none(
    use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_keys(key := new_key())
    monkeypatch.setenv("BACKLINE_HOME", str(tmp_path))
    environment.current.cache_clear()
    bootstrap.ensure_encryption_key()
    assert (environment.current().encryption_keys, list(tmp_path.iterdir())) == ((key,), [])


def test_a_state_folder_that_cannot_be_written_is_told(
    use_keys: UseKeys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_keys()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BACKLINE_HOME", str(tmp_path / "file"))
    environment.current.cache_clear()
    with pytest.raises(environment.SettingError, match="BACKLINE_HOME, or set BACKLINE_ENCRYPTION_KEYS"):
        bootstrap.ensure_encryption_key()


@pytest.mark.django_db(transaction=True)
def test_a_restore_says_which_key_is_missing(
    use_keys: UseKeys, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_keys(gone := new_key())
    vault.seal(Owner("artist", uuid4()), PLACE, TOKEN)
    settings = replace(environment.current(), home=tmp_path, play_database_url="")
    restore.bring_up_to_date(settings)
    assert capsys.readouterr().out == ""
    use_keys(new_key())
    restore.bring_up_to_date(settings)
    assert f"does not hold what wraps 1 data key ({id_of(gone)})" in capsys.readouterr().out


def test_a_running_stack_has_a_key_and_changes_it(stack: Stack) -> None:
    assert stat.S_IMODE((stack.home / "encryption.key").stat().st_mode) == 0o600
    key = (stack.home / "encryption.key").read_text().strip()
    assert stack.backline("keys", "check") == f"{id_of(key)}  current, 0 data keys\n"
    assert re.search(r"^Done: 0 data keys", stack.backline("keys", "rotate"))
    assert key not in stack.log_file.read_text()
    missing = stack.environ | {"BACKLINE_ENCRYPTION_KEYS_FILE": str(stack.home / "none")}
    said = replace(stack, environ=missing).backline("keys", "check", fails=True)
    assert (said.startswith("backline: BACKLINE_ENCRYPTION_KEYS_FILE names"), "Traceback" in said) == (True, False)
