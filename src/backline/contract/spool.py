"""The shape of a spool file: a SQLite log that one play process writes and the shipper reads.

A process makes its own file, ``{spool id}.spool``, and holds an ``flock`` on the file
``{spool id}.lock`` beside it while it lives. A file whose lock can be had belongs to a dead process.
"""

from __future__ import annotations

SPOOL_SUFFIX = ".spool"
LOCK_SUFFIX = ".lock"

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS losses (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    events INTEGER NOT NULL
);
"""
"""``seq`` grows by one per event and is never used again, also after a trim.

``losses`` says how many events could not be kept while the disk or the spool was full; it is written as soon as there
is room again."""
