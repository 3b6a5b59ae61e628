"""Whether the worker's memory grows with the events that it ships, their small files merged meanwhile as by a worker.

:func:`main` is the program that ships, in the environment of a measurement's installation; it answers in JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psutil

from backline.contract import events
from backline.core.ids import new_id
from backline.server import bootstrap
from backline.server.bench.house import house
from backline.server.bench.results import Bench, Result, at_most, told
from backline.server.commands import CommandError

Tell = Callable[[str], None]

EVENTS = 3_000_000
BATCH = 4_096
"""Events shipped at once, and so rows of a small file; sixty of them are merged."""
SETTLED = 4
"""So many merges, of a million events, fill what is bounded: the cache of browsers, the pools of the engines."""
NEW_AGENT_EVERY = 10


def ship_memory(tell: Tell) -> Sequence[Result]:
    """Ship three million events of many artists, fans and browsers; see what memory grows by after the first."""
    with house() as here:
        tell(f"  {EVENTS:,} events, {BATCH:,} at a time")
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            env=here.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    answer = json.loads(done.stdout or "{}")
    looks = answer.get("looks", [])[SETTLED:]
    if done.returncode or len(looks) < 2:
        raise CommandError("Shipping failed in the measurement, see above.")
    curve = ", ".join(f"{size / 2**20:.0f}" for _, size in looks)
    return [
        at_most("ship_memory", round(growth(looks), 1), "bytes kept per event", 5, f"MiB after each merge: {curve}"),
        told("ship_memory_most", round(answer["most"] / 2**20), "MiB", "at any moment, while small files were merged"),
    ]


def growth(looks: Sequence[tuple[int, int]]) -> float:
    """Return by how much the second number grows with the first, by the median of all pairs (Theil and Sen)."""
    return statistics.median(
        (later[1] - sooner[1]) / (later[0] - sooner[0])
        for place, sooner in enumerate(looks)
        for later in looks[place + 1 :]
    )


def main() -> None:
    """Ship, and answer with the memory after each merge."""
    bootstrap.start_django()
    looks = asyncio.run(_ship())
    json.dump({"looks": looks, "most": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}, sys.stdout)


async def _ship() -> list[tuple[int, int]]:
    from backline.analytics.parquet import compaction  # noqa: PLC0415 - it needs Django up
    from backline.analytics.shipping import shipper  # noqa: PLC0415
    from backline.play.spool import Spool  # noqa: PLC0415
    from backline.settings import environment  # noqa: PLC0415

    settings = environment.current()
    here = psutil.Process()
    looks: list[tuple[int, int]] = []
    loop = asyncio.get_running_loop()
    spool = Spool(settings.spool_folder)
    await spool.open()
    with ThreadPoolExecutor(1) as thread:  # one, as in a worker: it has the connection
        shipped = 0
        for batch in _batches():
            for event in batch[:-1]:
                spool.put(event)
            await spool.write(batch[-1])
            shipped += (await loop.run_in_executor(thread, shipper.ship_once, settings)).events
            if (await loop.run_in_executor(thread, compaction.tidy, settings)).merged_files:
                looks.append((shipped, here.memory_full_info().uss))
    await spool.close()
    return looks


def _batches() -> Iterator[list[bytes]]:
    """Yield clicks: some artists, always new fans, and now and then a browser that was never seen."""
    dice = random.Random(1)  # noqa: S311 - not for secrets
    places = [(str(uuid4()), str(uuid4())) for _ in range(50)]
    agent = ""
    for number in range(EVENTS // BATCH):
        batch = []
        for turn in range(BATCH):
            if turn % NEW_AGENT_EVERY == 0:
                agent = f"Mozilla/5.0 (Linux; Android 15; Model {number} {turn}) AppleWebKit/537.36 Chrome/131.0 Mobile"
            artist, link = dice.choice(places)
            batch.append(
                events.encode(
                    events.Event(
                        id=new_id().hex,
                        at_ms=time.time_ns() // 1_000_000,
                        kind="service_click",
                        artist_id=artist,
                        link_id=link,
                        service="spotify",
                        visitor=f"{dice.getrandbits(64):016x}",
                        user_agent=agent,
                    )
                )
            )
        yield batch


BENCHES = (
    Bench("ship_memory", "what the worker's memory grows by with the events that it ships", ship_memory, is_long=True),
)

if __name__ == "__main__":
    main()
