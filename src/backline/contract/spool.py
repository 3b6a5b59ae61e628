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
"""
"""``seq`` grows by one per event and is never used again, also after a trim."""
