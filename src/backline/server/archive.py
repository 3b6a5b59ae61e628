"""The file that a backup is: a gzipped tar of the database, the lake, covers and spools, and a list with digests.

The list (``manifest.json``) is the last member, so that everything is read once while it is written.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from backline.server.commands import CommandError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.dump"
FOLDERS = ("lake", "media", "spool", "copies")
"""What lies under the state folder and is kept, under the same names in the archive."""

_CHUNK_BYTES = 1 << 20


@dataclass(slots=True)
class _Reading:
    """A file that is hashed while it is read."""

    source: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int = -1) -> bytes:
        chunk = self.source.read(size)
        self.digest.update(chunk)
        return chunk


class Writer:
    """An archive in the making."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._files: list[dict[str, Any]] = []

    def add(self, file: Path, name: str) -> None:
        """Put one file in under ``name``. Its bytes must not change meanwhile."""
        info = tarfile.TarInfo(name)
        info.size = file.stat().st_size
        info.mode = 0o600
        with file.open("rb") as source:
            reading = _Reading(source)
            self._tar.addfile(info, reading)
        self._files.append({"name": name, "size": info.size, "sha256": reading.digest.hexdigest()})

    def finish(self, *, made_at: datetime, version: str) -> int:
        """Write the list and return the number of files."""
        manifest = {"format": FORMAT, "made_at": made_at.isoformat(), "version": version, "files": self._files}
        data = json.dumps(manifest, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(data)
        info.mode = 0o600
        self._tar.addfile(info, io.BytesIO(data))
        return len(self._files)


@contextmanager
def writing(file: Path) -> Iterator[Writer]:
    """Write an archive; it appears under its name only when it is whole."""
    part = file.with_name(file.name + ".part")
    try:
        with part.open("xb") as raw:
            part.chmod(0o600)  # it holds everything that the product knows
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as tar:
                yield Writer(tar)
        part.replace(file)
    except FileExistsError:
        raise CommandError(f"{part} is there already: another backup runs, or one was cut short. Remove it.") from None
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Unpack an archive into the empty ``folder``, check every digest, and return the list."""
    try:
        with tarfile.open(file, mode="r:gz") as tar:
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CommandError(f"{file} is not there, or is no backup of Backline.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read as a backup: {error}") from None
    if manifest.get("format") != FORMAT:
        raise CommandError(f"{file} was made by another version of Backline (format {manifest.get('format')!r}).")
    for entry in manifest["files"]:
        path = folder / entry["name"]
        if not path.is_file() or path.stat().st_size != entry["size"] or _digest(path) != entry["sha256"]:
            raise CommandError(f"{file} is damaged: {entry['name']} is not what was put in. Nothing was changed.")
    return manifest


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
