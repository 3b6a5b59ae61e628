"""Play's server: one listening socket for all of its processes, and a restart that no fan notices.

Granian gives each process a socket of its own. The kernel deals connections out among them, and those that wait at a
socket which is closed are reset (https://github.com/emmett-framework/granian/issues/567). Here the first process
listens and the others inherit its socket, so whoever waits in it is served by whichever process is there.

On SIGHUP new processes start beside the old ones, with play's code and the settings' files read anew. When they have
had the time to start, the old ones are told to say goodbye with their answers for a moment, so that browsers and
proxies open new connections of their own accord, and are then stopped; what they had begun they finish. If a new
process does not come up, the old ones stay.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from granian._granian import SocketHolder
from granian.server.mp import MPServer

GOODBYE_SIGNAL = signal.SIGUSR1
"""Tells a process of play to close each connection with the answer it gives."""
START_SECONDS = 3.0
"""How long new processes may take to start before the old ones leave; later ones only let fans wait."""
GOODBYE_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class HandoverServer(MPServer):
    """Granian with a socket that outlives its processes."""

    def _init_shared_socket(self) -> None:
        family = socket.AF_INET6 if ":" in self.bind_addr else socket.AF_INET
        # Granian closes ``_sso`` when it stops, and hands ``_shd`` to the processes that it forks.
        is_v6 = family == socket.AF_INET6
        address = (self.bind_addr, self.bind_port)
        self._sso = socket.create_server(address, family=family, backlog=self.backlog, dualstack_ipv6=is_v6)
        self._sso.setblocking(False)
        holder: Any = SocketHolder  # its declaration leaves the arguments out
        self._shd = holder(self._sso.fileno(), False, self.backlog)
        self._ssp = None

    def _respawn_workers(
        self, workers: Sequence[int], spawn_target: Callable[..., None], target_loader: Any, delay: float = 0
    ) -> None:
        """Replace processes: those that died (no ``delay``), or all of them after SIGHUP."""
        present: list[Any] = self.wrks
        if not delay:
            dead = [index for index in workers if not present[index].is_alive()]
            super()._respawn_workers(dead, spawn_target, target_loader)
            return
        before = [present[index] for index in workers]
        fresh: list[Any] = [
            self._spawn_worker(idx=index, target=spawn_target, callback_loader=target_loader) for index in workers
        ]
        for worker in fresh:
            worker.start()
        self._wait(START_SECONDS, lambda: all(worker.is_alive() for worker in fresh))
        is_good = all(worker.is_alive() for worker in fresh)
        if not is_good:
            before, fresh = fresh, before
        present[:] = fresh
        for worker in before:
            worker.interrupt_by_parent = True  # its end is no crash
            if worker.is_alive():
                os.kill(worker.inner.pid, GOODBYE_SIGNAL)
        self._wait(GOODBYE_SECONDS, lambda: any(worker.is_alive() for worker in before))
        for worker in before:
            worker.terminate()
        for worker in before:
            worker.join(self.workers_kill_timeout)
            if worker.is_alive():
                worker.kill()
                worker.join()
        if is_good:
            _log.info("play.restarted", processes=len(fresh))
        else:
            _log.error("play.restart_failed", advice="the processes that were there go on; see above what went wrong")

    def _wait(self, seconds: float, is_needed: Callable[[], bool]) -> None:
        """Wait for so long, while it is needed and nobody asked to stop."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and is_needed() and not self.interrupt_signal:
            time.sleep(0.05)
