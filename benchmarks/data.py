"""The data that benchmarks read: where they come from, whether yours are whole, and their files.

    python -m benchmarks.data                       # lists them: licence, source, place, and whether they are there
    python -m benchmarks.data check [NAME]          # reads every byte and counts what should be there
    python -m benchmarks.data unpack NAME [--to DIR]

Nothing is downloaded: each data set has terms of its own, which its publisher asks you to accept.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from benchmarks.common.data import DATA_SETS, MISSING, DataSet, leave

PHOTOS_AT_LEAST = 100
"""Fewer photos say nothing of a detector or a crop."""
PEOPLE_OF_LONDON = 102


def main(argv: list[str] | None = None) -> int:
    """Runs a command and returns its exit code: 0, 1 if data are damaged, or 2 if they are missing."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.data",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("list", help="list the data sets (default)")
    checking = commands.add_parser("check", help="read data and count what should be there")
    checking.add_argument("name", nargs="?", choices=DATA_SETS, help="all that are there, if left out")
    unpacking = commands.add_parser("unpack", help="unpack an archive")
    unpacking.add_argument("name", choices=DATA_SETS)
    unpacking.add_argument("--to", type=Path, help="folder, runs/data/NAME if left out")
    for one in (checking, unpacking):
        one.add_argument("--at", type=Path, help="place of the data, if not the one that the list names")
    arguments = parser.parse_args(argv)
    if arguments.command == "check":
        return check(arguments.name, arguments.at)
    if arguments.command == "unpack":
        return unpack(arguments.name, arguments.at, arguments.to or Path("runs", "data", arguments.name))
    for name, data in DATA_SETS.items():
        print(describe(name, data), end="\n\n")
    return 0


def describe(name: str, data: DataSet) -> str:
    """Returns a data set in a few lines."""
    state = "there" if data.path.exists() else "missing"
    return (
        f"{name}: {data.name.rstrip(',')}\n  licence  {data.licence}\n  source   {data.source}\n"
        f"  place    {data.path} ({state}); another: {data.option}"
    )


def check(name: str | None, place: Path | None) -> int:
    """Reads one data set, or all that are there, and says what was found."""
    names = [name] if name else [one for one, data in DATA_SETS.items() if data.path.exists()]
    if not names:
        print(
            "No data set is there. `python -m benchmarks.data` says where each comes from.", file=sys.stderr
        )
        return MISSING
    failed = False
    for one in names:
        path = DATA_SETS[one].find(place or DATA_SETS[one].path)
        try:
            print(f"{one}: {CHECKS[one](path)}", flush=True)
        except DamagedError as error:
            failed = True
            print(f"{one}: {error}", file=sys.stderr)
    return int(failed)


class DamagedError(Exception):
    """Data are not what they should be; the message is one sentence."""


def _fer2013(path: Path) -> str:
    from training.data.fer2013 import read_fer2013

    splits = read_fer2013(path)
    return ", ".join(f"{split} {len(faces):,}" for split, faces in splits.items()) + " images"


def _ferplus(path: Path) -> str:
    from training.data.ferplus import read_votes

    return f"{len(read_votes(path)):,} rows of votes"


def _ckplus(path: Path) -> str:
    from training.data.ckplus import read_ckplus

    faces = read_ckplus(path)
    return f"{len(faces.labels):,} images of {len(set(faces.groups.tolist()))} people"


def _photos(path: Path) -> str:
    folders = _images_by_folder(path, "photos-dev")
    if (count := sum(folders.values())) < PHOTOS_AT_LEAST:
        raise DamagedError(
            f"{path} has {count} photos in photos-dev/<expression>/, at least {PHOTOS_AT_LEAST} expected."
        )
    return ", ".join(f"{folder} {count}" for folder, count in sorted(folders.items())) + " photos"


def _london(path: Path) -> str:
    folders = _images_by_folder(path, "london-dev")
    neutral, smiling = folders["neutral"], folders["smiling"]
    if not 0 < neutral == smiling <= PEOPLE_OF_LONDON:
        raise DamagedError(
            f"{path} has {neutral} neutral and {smiling} smiling faces in london-dev/, as many of each expected."
        )
    return f"{neutral} people, neutral and smiling"


def _images_by_folder(path: Path, top: str) -> Counter[str]:
    """Counts the images of a zip archive in `top/<folder>/`, after each was read and its checksum compared."""
    with zipfile.ZipFile(path) as archive:
        if damaged := archive.testzip():
            raise DamagedError(f"{path} is damaged at {damaged}. Fetch it again.")
        places = [PurePosixPath(name).parts for name in archive.namelist() if not name.endswith("/")]
    return Counter(parts[1] for parts in places if len(parts) == 3 and parts[0] == top)  # noqa: PLR2004


def _one_sentence(look: Callable[[Path], str]) -> Callable[[Path], str]:
    def wrapped(path: Path) -> str:
        from training.errors import TrainingError

        try:
            return look(path)
        except (TrainingError, OSError, zipfile.BadZipFile) as error:
            raise DamagedError(str(error)) from error

    return wrapped


CHECKS: dict[str, Callable[[Path], str]] = {
    "fer2013": _one_sentence(_fer2013),
    "ferplus": _one_sentence(_ferplus),
    "ckplus": _one_sentence(_ckplus),
    "photos": _one_sentence(_photos),
    "london": _one_sentence(_london),
}


def unpack(name: str, place: Path | None, folder: Path) -> int:
    """Unpacks an archive into a folder that is not there yet."""
    path = DATA_SETS[name].find(place or DATA_SETS[name].path)
    if folder.exists():
        leave(f"{folder} is there already: name another folder with --to, or remove it", code=1)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)  # which keeps all names inside the folder
        elif path.is_file() and tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                archive.extractall(folder, filter="data")
        else:
            leave(f"{path} is no archive, so there is nothing to unpack", code=1)
    except (OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        leave(f"{path} cannot be unpacked ({error}): it is damaged. Fetch it again", code=1)
    files = sum(1 for one in folder.rglob("*") if one.is_file())
    print(f"Unpacked {files:,} files into {folder}. {DATA_SETS[name].licence}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
