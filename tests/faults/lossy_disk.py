"""A disk that forgets: a FUSE file system in memory on which only what was synced outlives a power cut.

``python -m tests.faults.lossy_disk FOLDER`` serves it until it is killed. :class:`LossyDisk` starts that program and
gives it its orders, as values of extended attributes of the folder: fill up, be slow, fail, cut the power.

What a cut leaves: the bytes of a file up to its last ``fsync``, and of the writes since then whichever the seed lets
through, the last of them torn; the names in a folder as of the folder's last ``fsync`` (``strict``), or all of them,
as on a file system with a journal of names, where a file that was renamed without a sync comes back empty.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import stat
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, Self

ATTRIBUTE = "user.orders"
SECTOR = 512
_PATIENCE_SECONDS = 10.0


def why_not() -> str:
    """Return why there can be no lossy disk here; empty when there can."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no power cuts here: /dev/fuse is not to be had"
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError) as error:
        return f"no power cuts here: FUSE's library is missing (apt-get install fuse3): {error}"
    return ""


@dataclass(frozen=True, slots=True)
class Orders:
    """How the disk behaves from now on. ``room_bytes`` is its size, None when it is endless."""

    room_bytes: int | None = None
    slow_seconds: float = 0.0
    failing: tuple[str, ...] = ()
    """Which of ``read``, ``write`` and ``fsync`` are answered with EIO."""
    cut_seed: int | None = None
    """Cut the power now; the seed decides which of the writes that were not synced are left all the same."""
    cut_share: float = 0.0
    """The share of those writes that is left, each whole or torn; 0 for none."""
    strict: bool = True


class LossyDisk:
    """The disk at ``folder``, from the outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._tree = _device(folder)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._tree = _device(self.folder)
        self._process = subprocess.Popen([sys.executable, "-m", "tests.faults.lossy_disk", str(self.folder)])
        self._wait(is_mounted=True)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(_PATIENCE_SECONDS)
        subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)

    def order(self, **orders: Any) -> None:
        """Change the disk's behaviour (:class:`Orders`); what is not named is as on a good disk."""
        os.setxattr(self.folder, ATTRIBUTE, json.dumps(orders).encode())

    def cut_power(self, seed: int, *, share: float = 0.0, strict: bool = True) -> None:
        """From this moment on nothing is taken any more; what was not synced is gone. Then kill who uses the disk."""
        self.order(cut_seed=seed, cut_share=share, strict=strict)

    def come_back(self) -> None:
        """Mount what is left after a cut. Nobody may have a file of the disk open."""
        self._unmount()
        self._wait(is_mounted=True)

    def _unmount(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            done = subprocess.run(["umount", str(self.folder)], check=False, capture_output=True, text=True)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"The disk is still in use: {done.stderr}")
            time.sleep(0.05)

    def _wait(self, *, is_mounted: bool) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (_device(self.folder) != self._tree) is not is_mounted:
            if time.monotonic() > deadline:
                raise AssertionError("The lossy disk was not mounted.")
            time.sleep(0.02)


def _device(folder: Path) -> int:
    return folder.stat().st_dev if folder.exists() else 0


@dataclass(slots=True)
class _File:
    """A file: its bytes as programs see them, those that are on the platter, and the changes in between."""

    mode: int = stat.S_IFREG | 0o644
    changed_ns: int = field(default_factory=time.time_ns)
    now: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes), or (length, None) for a cut to a length."""

    def change(self, at: int, data: bytes | None) -> None:
        _apply(self.now, at, data)
        self.since.append((at, data))
        self.changed_ns = time.time_ns()

    def sync(self) -> None:
        for at, data in self.since:
            _apply(self.kept, at, data)
        self.since.clear()

    def lose_power(self, chance: random.Random, share: float) -> None:
        for at, data in self.since:
            if chance.random() < share:
                torn = data is not None and chance.random() < 0.3 and len(data) > SECTOR
                _apply(self.kept, at, data[: chance.randrange(0, len(data), SECTOR)] if torn and data else data)
        self.since.clear()
        self.now = bytearray(self.kept)


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    end = at if data is None else at + len(data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if data is None:
        del content[at:]
    else:
        content[at:end] = data


_Names = dict[str, "_File | None"]
"""Path to file; a folder has no file."""


class _Platter:
    """The file system's state, and what FUSE asks of it. One thread."""

    use_ns = True

    def __init__(self) -> None:
        self.names: _Names = {"/": None}
        self.kept: _Names = {"/": None}
        self.open_files: dict[int, _File] = {}
        self.orders = Orders()
        self.is_dead = False

    def start_again(self) -> None:
        """Be what the platter holds, as after a power cut."""
        if self.is_dead:
            self.names = dict(self.kept)
        self.open_files.clear()
        self.orders, self.is_dead = Orders(), False

    def _cut(self, seed: int, *, share: float, strict: bool) -> None:
        chance = random.Random(seed)
        for file in {id(each): each for each in (*self.names.values(), *self.kept.values()) if each}.values():
            file.lose_power(chance, share)
        if not strict:
            self.kept = dict(self.names)
        # What lies in a folder that is gone is gone with it.
        self.kept = {
            path: file
            for path, file in self.kept.items()
            if all(str(above) in self.kept for above in PurePosixPath(path).parents)
        }
        self.is_dead = True

    def _work(self, kind: str = "", path: str = "") -> None:
        if self.is_dead:
            raise OSError(errno.EIO, "")
        if path.endswith("-shm"):
            return  # SQLite's shared memory: a real file system keeps it in memory when its disk fails, FUSE drops it
        if kind in self.orders.failing:
            raise OSError(errno.EIO, "")
        if kind in ("write", "fsync") and self.orders.slow_seconds:
            time.sleep(self.orders.slow_seconds)

    def _file(self, path: str, fh: int | None = None) -> _File:
        found = self.open_files.get(fh or 0) or self.names.get(path)
        if found is None:
            raise OSError(errno.EISDIR if path in self.names else errno.ENOENT, "")
        return found

    def _need_room(self, more: int) -> None:
        room = self.orders.room_bytes
        if room is not None and more > 0:
            used = sum(len(file.now) for file in self.names.values() if file)
            if used + more > room:
                raise OSError(errno.ENOSPC, "")

    def _opened(self, file: _File) -> int:
        handle = max(self.open_files, default=0) + 1
        self.open_files[handle] = file
        return handle

    # What FUSE calls.

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        self._work()
        if path not in self.names and not fh:
            raise OSError(errno.ENOENT, "")
        file = self.open_files.get(fh or 0) or self.names[path]
        if file is None:
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2, "st_uid": os.geteuid(), "st_gid": os.getegid()}
        return {
            "st_mode": file.mode, "st_nlink": 1, "st_size": len(file.now), "st_mtime": file.changed_ns,
            "st_ctime": file.changed_ns, "st_uid": os.geteuid(), "st_gid": os.getegid(),
        }  # fmt: skip

    def readdir(self, path: str, _fh: int) -> list[str]:
        self._work("read")
        return [".", "..", *(PurePosixPath(name).name for name in self._inside(path))]

    def _inside(self, folder: str) -> list[str]:
        return [name for name in self.names if name != "/" and str(PurePosixPath(name).parent) == folder]

    def create(self, path: str, mode: int) -> int:
        self._work()
        self._need_room(1)
        file = self.names[path] = _File(mode=stat.S_IFREG | (mode & 0o777))
        return self._opened(file)

    def open(self, path: str, _flags: int) -> int:
        self._work()
        return self._opened(self._file(path))

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        self._work("read", path)
        return bytes(self._file(path, fh).now[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self._work("write", path)
        file = self._file(path, fh)
        self._need_room(offset + len(data) - len(file.now))
        file.change(offset, data)
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        self._work("write", path)
        file = self._file(path, fh)
        self._need_room(length - len(file.now))
        file.change(length, None)
        return 0

    def fsync(self, path: str, _datasync: int, fh: int) -> int:
        self._work("fsync", path)
        self._file(path, fh).sync()
        return 0

    def fsyncdir(self, path: str, _datasync: int, _fh: int) -> int:
        self._work("fsync")
        for name in [name for name in self.kept if name != "/" and str(PurePosixPath(name).parent) == path]:
            del self.kept[name]
        self.kept |= {name: self.names[name] for name in self._inside(path)}
        return 0

    def release(self, _path: str, fh: int) -> int:
        self.open_files.pop(fh, None)
        return 0

    def mkdir(self, path: str, _mode: int) -> int:
        self._work()
        self.names[path] = None
        return 0

    def rmdir(self, path: str) -> int:
        self._work()
        if self._inside(path):
            raise OSError(errno.ENOTEMPTY, "")
        del self.names[path]
        return 0

    def unlink(self, path: str) -> int:
        self._work()
        del self.names[path]
        return 0

    def rename(self, old: str, new: str) -> int:
        self._work()
        for name in [name for name in self.names if name == old or name.startswith(f"{old}/")]:
            self.names[new + name[len(old) :]] = self.names.pop(name)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        self._work()
        if file := self.names.get(path):
            file.mode = stat.S_IFREG | (mode & 0o777)
        return 0

    def chown(self, _path: str, _uid: int, _gid: int) -> int:
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        self._work()
        if file := self.names.get(path):
            file.changed_ns = times[1] if times else time.time_ns()
        return 0

    def statfs(self, _path: str) -> dict[str, int]:
        room = self.orders.room_bytes if self.orders.room_bytes is not None else 1 << 40
        used = sum(len(file.now) for file in self.names.values() if file)
        blocks, free = room // SECTOR, max(0, room - used) // SECTOR
        return {"f_bsize": SECTOR, "f_frsize": SECTOR, "f_blocks": blocks, "f_bfree": free, "f_bavail": free}

    def setxattr(self, _path: str, name: str, value: bytes, _options: int, _position: int = 0) -> int:
        if name != ATTRIBUTE:
            raise OSError(errno.ENOTSUP, "")
        self.orders = Orders(**json.loads(value))
        if self.orders.cut_seed is not None:
            self._cut(self.orders.cut_seed, share=self.orders.cut_share, strict=self.orders.strict)
        return 0

    def destroy(self, _path: str) -> None:
        return


def serve(folder: str) -> NoReturn:
    """Serve the disk at ``folder``, and serve it again, with what is left, whenever it was unmounted."""
    import mfusepy

    platter = _Platter()
    while True:
        with contextlib.suppress(RuntimeError):
            mfusepy.FUSE(platter, folder, foreground=True, nothreads=True, fsname="lossy", kernel_cache=True)
        platter.start_again()


if __name__ == "__main__":
    serve(sys.argv[1])
