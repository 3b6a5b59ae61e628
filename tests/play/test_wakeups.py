"""One wake-up for many callbacks, and none that is lost."""

from __future__ import annotations

import asyncio
import threading

from backline.play.wakeups import coalesce


def _call_from_threads(*, threads: int, calls: int) -> int:
    loop = asyncio.SelectorEventLoop()
    try:
        assert coalesce(loop)
        seen = 0
        done = asyncio.Event()

        def count() -> None:
            nonlocal seen
            seen += 1
            if seen == threads * calls:
                done.set()

        def work() -> None:
            for _ in range(calls):
                loop.call_soon_threadsafe(count)

        async def main() -> None:
            started = [threading.Thread(target=work) for _ in range(threads)]
            for thread in started:
                thread.start()
            await asyncio.wait_for(done.wait(), 20)

        loop.run_until_complete(main())
        return seen
    finally:
        loop.close()


def test_every_callback_runs_however_many_threads_call() -> None:
    assert _call_from_threads(threads=8, calls=5_000) == 40_000


def test_a_sleeping_loop_is_woken_each_time() -> None:
    loop = asyncio.SelectorEventLoop()
    try:
        assert coalesce(loop)

        async def main() -> int:
            woken = 0
            for _ in range(200):
                future = loop.create_future()
                threading.Timer(
                    0.0005, lambda future=future: loop.call_soon_threadsafe(future.set_result, None)
                ).start()
                await asyncio.wait_for(future, 5)
                woken += 1
            return woken

        assert loop.run_until_complete(main()) == 200
    finally:
        loop.close()


def test_another_kind_of_loop_is_left_alone() -> None:
    class Other(asyncio.AbstractEventLoop):
        pass

    assert coalesce(Other()) is False
