"""``python -m benchmarks.floors NAME ...``: the least work that could be enough, in a process of its own.

``read FOLDER...`` reads the bytes of every file, ``parse FOLDER...`` lets libyaml's safe loader parse them,
``write FILE N`` writes 4 KiB and makes it durable, N times, and ``look N FOLDER...`` lists the folders and asks for the
status of every file, N times.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

BLOCK = bytes(4096)


def read(folders: list[str]) -> None:
    for _ in _contents(folders):
        pass


def parse(folders: list[str]) -> None:
    import yaml

    for data in _contents(folders):
        yaml.load(data, Loader=yaml.CSafeLoader)


def write(file: str, times: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for _ in range(times):
            os.write(descriptor, BLOCK)
            os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def look(times: int, *folders: str) -> None:
    for _ in range(times):
        for folder in folders:
            _look(folder)


def _look(folder: str) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _look(entry.path)
            else:
                entry.stat()


def _contents(folders: list[str]) -> Iterator[bytes]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                descriptor = os.open(os.path.join(place, name), os.O_RDONLY)
                try:
                    yield os.read(descriptor, os.fstat(descriptor).st_size)
                finally:
                    os.close(descriptor)


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1] == "look":
        look(int(sys.argv[2]), *sys.argv[3:])
    else:
        {"read": read, "parse": parse}[sys.argv[1]](sys.argv[2:])
