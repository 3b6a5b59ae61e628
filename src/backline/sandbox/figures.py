"""What the stand-ins were asked, for Prometheus."""

from __future__ import annotations

from collections import Counter

from backline.core.telemetry.exposition import Family, family


class Tally:
    """Requests to stand-ins by service and status class, and how long they took. Survives a reset of the sandbox."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}

    def note(self, provider: str, status: int, seconds: float) -> None:
        """Count a request; ``status`` is 0 where the connection was cut."""
        self._requests[provider, f"{status // 100}xx" if status else "cut"] += 1
        self._seconds[provider] = self._seconds.get(provider, 0.0) + seconds

    def families(self) -> list[Family]:
        """Return the numbers."""
        return [
            family(
                "backline_sandbox_requests_total", "counter", "Requests to stand-ins by service and status class.",
                *(({"service": name, "status": status}, n) for (name, status), n in sorted(self._requests.items())),
            ),
            family(
                "backline_sandbox_seconds_total", "counter", "Time that stand-ins took to answer.",
                *(({"service": name}, seconds) for name, seconds in sorted(self._seconds.items())),
            ),
        ]  # fmt: skip
