"""Jobs that keep the house in order and belong to no room."""

from __future__ import annotations

from backline.core import jobs, webhooks
from backline.server import demo, demo_events


@jobs.job("server.sweep_stalled_jobs", queue="maintenance", cron="* * * * *")
def sweep_stalled_jobs(timestamp: int) -> None:
    """Run the jobs of dead workers again."""
    jobs.run_again_what_stalled()


@jobs.job("server.forget_webhooks", queue="maintenance", cron="31 4 * * *")
def forget_webhooks(timestamp: int) -> None:
    """Forget deliveries that nobody repeats any more."""
    webhooks.forget_old()


@jobs.job("server.load_demo", attempts=20)
def load_demo() -> None:
    """Import the demo artist (sandbox mode, first start)."""
    demo.load()


@jobs.job("server.write_demo_events", attempts=50)
def write_demo_events() -> None:
    """Give the demo artist four weeks of invented visits, once its pages are there."""
    demo_events.write()
