"""``backline bench``: this machine against the figures to reach (architecture, section 9)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from backline.server.bench import endurance, imports, kills, lighthouse, million, pages, questions, shipping, starting
from backline.server.bench.results import Bench, Result, skipped, table
from backline.server.commands import CommandError, say

BENCHES: tuple[Bench, ...] = (
    *pages.BENCHES,
    *million.BENCHES,
    *starting.BENCHES,
    *imports.BENCHES,
    *kills.BENCHES,
    *questions.BENCHES,
    *shipping.BENCHES,
    *endurance.BENCHES,
    *lighthouse.BENCHES,
)


def run(names: tuple[str, ...], *, as_json: bool, out: Path | None, only_lists: bool) -> int:
    """Measure what is named (everything when nothing is) and print it; exit code 1 when a bar is missed."""
    known = {bench.name: bench for bench in BENCHES}
    if only_lists:
        for bench in BENCHES:
            say(f"{bench.name:<20} {bench.what}{' (only when named)' if bench.is_long else ''}")
        return 0
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CommandError(f"There is no measurement {unknown[0]!r}; there are: {', '.join(known)}.")
    results: list[Result] = []
    for name in names or [bench.name for bench in BENCHES if not bench.is_long]:
        _tell(f"{name}: {known[name].what}")
        try:
            results += known[name].measure(_tell)
        except CommandError as failed:
            results.append(Result(name, None, "", peer=str(failed), ok=False))
        except OSError as failed:
            results.append(skipped(name, failed.strerror or str(failed)))
    answer = json.dumps([result.as_json() for result in results], indent=1)
    if out is not None:
        out.write_text(answer + "\n", encoding="utf-8")
    if as_json:
        say(answer)
    else:
        for line in table(results):
            say(line)
    return 1 if any(result.ok is False for result in results) else 0


def _tell(line: str) -> None:
    """Say what is going on, on standard error, so that the answer stays alone on standard output."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
