"""A throwaway PostgreSQL cluster, if the machine has the programs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import free_port


def binary(name: str) -> str | None:
    newest_first = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or next((str(path) for path in newest_first), None)


def _as_postgres() -> dict[str, int]:
    """Returns whom to run PostgreSQL as: it refuses root, so under root it runs as its own user."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid}


def obstacle() -> str | None:
    if binary("initdb") is None or binary("pg_ctl") is None:
        return "no PostgreSQL on this machine (Debian: apt-get install postgresql)"
    if os.getuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "PostgreSQL does not run as root, and there is no user postgres"
    return None


def control(folder: Path) -> Callable[..., None]:
    """Returns a function that runs `pg_ctl` with some arguments for a cluster that `cluster` has made."""

    def run(*arguments: str) -> None:
        options = ("-o", (folder / "options").read_text(), "-l", str(folder / "log"))
        subprocess.run(
            [
                binary("pg_ctl"),
                "-D",
                str(folder / "data"),
                *(options if "start" in arguments else ()),
                *arguments,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            cwd=folder,
            **_as_postgres(),
        )

    return run


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Runs a cluster and yields the address of its empty database."""
    folder.mkdir()
    who = _as_postgres()
    if who:
        os.chown(folder, who["user"], who["group"])
    port, data = free_port(), folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=folder, **who)

    run(binary("initdb"), "-D", str(data), "-U", "countenance", "-A", "trust", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    (folder / "options").write_text(options)
    pg_ctl = binary("pg_ctl")
    subprocess.run(
        [pg_ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        cwd=folder,
        **who,
    )
    try:
        yield f"postgresql://countenance@127.0.0.1:{port}/postgres"
    finally:
        run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
