"""Counts made ahead for large artists: a derived file beside each big lake file, so that no question reads millions.

A rollup belongs to one lake file, which never changes, so it can never be out of date: it is there or it is not, and
where it is not the events themselves are counted. It holds only artists with many events in that file; the others are
counted quickly as they are. Losing a rollup costs time, not numbers: it is in no backup and no list.

Its rows are counts by dimension, each at the grain its questions need:

===========  ==============  ======================================================================================
dimension    grain           why
===========  ==============  ======================================================================================
``artist``   quarter hour    every day of every time zone begins on a quarter of an hour
``link``     quarter hour    the same, for each link
the others   day of UTC      :class:`~backline.analytics.types.Dimension` and ``bot_reason``, each by link and value
===========  ==============  ======================================================================================
"""

# ruff: noqa: S608 - the texts are made of our own names only; file names and numbers are parameters

from __future__ import annotations

from pathlib import Path


def write(lake_file: Path, *, rows: int) -> bool:
    """Write the rollup of one finished lake file beside it, unless it is there or the file is too small for one.

    Call it after a file of any size has got its final name (before or after it is listed; ``rows`` is its number of
    events), and again for every listed file in the hourly compaction: that makes what a crash or a restore left out,
    and costs one look at the folder otherwise. Returns whether one was written.

    Raises :class:`duckdb.Error` or :class:`OSError` when it cannot be written: nothing is lost then, so say so and
    go on.
    """
    raise NotImplementedError


def delete(lake_file: Path) -> None:
    """Delete the rollups of a lake file, if there are any; call it where the lake file itself is deleted."""
    raise NotImplementedError


def sweep(folder: Path) -> int:
    """Delete the rollups below the lake folder whose lake file is gone, and those of earlier rules; returns how many.

    Call it in the hourly compaction. Rollups end in ``.rollup``; nothing else has to know their names.
    """
    raise NotImplementedError
