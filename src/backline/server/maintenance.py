"""Jobs that keep the house in order and belong to no room."""

from __future__ import annotations

from backline.core import jobs


@jobs.job("server.sweep_stalled_jobs", queue="maintenance", cron="* * * * *")
async def sweep_stalled_jobs(timestamp: int) -> None:
    """Run the jobs of dead workers again."""
    await jobs.run_again_what_stalled()
