"""A whole installation on this machine: nginx, web servers, readers of faces, Redis and PostgreSQL."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from tests.music import postgres
from tests.support.servers import ROOT, Server, free_port
from tests.support.waiting import wait_until

RECIPE = ROOT / "deploy" / "nginx-instances.conf"
RAY_START_LIMIT_S = 90.0
RAY_QUICK = {"RAY_SERVE_THROUGHPUT_OPTIMIZED": "1", "RAY_SERVE_ENABLE_HA_PROXY": "1"}
"""As deploy/ray/README.md says: HAProxy asks the replicas, without Ray's own proxy between."""

OLD, NEW = "models/model2-ferplus-balanced", "models/model2-ferplus-balanced-int8"
"""Model at the start, and the one that a rolling restart brings."""


def is_open(port: int, address: str = "127.0.0.1") -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


class Redis:
    """A redis-server that keeps nothing on the disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it listens."""
        self.process = subprocess.Popen(
            [
                "redis-server",
                "--port",
                str(self.port),
                "--save",
                "",
                "--appendonly",
                "no",
                "--bind",
                "127.0.0.1",
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: is_open(self.port), what="Redis")

    def kill(self) -> None:
        """Ends it at once."""
        if self.process:
            self.process.kill()
            self.process.wait()


class Network:
    """Where the readers run: on a host of their own, a network namespace, whose cable can be pulled.

    That needs root and iproute2; without them they run on this host, and nothing is cut.
    """

    def __init__(self, *, apart: bool = True) -> None:
        """Makes the host.

        Args:
            apart: Whether it is one of its own.
        """
        self._name = f"readers-{os.getpid()}"
        can_be_apart = apart and os.geteuid() == 0 and bool(shutil.which("ip"))
        self.can_be_cut = can_be_apart and not self._call("netns", "add")
        self.address, self.command = "127.0.0.1", list[str]()
        if not self.can_be_cut:
            return
        self.address, self.command = "198.18.0.2", ["ip", "netns", "exec", self._name]
        ours = f"web-{os.getpid()}"
        for one in (
            f"ip link add {ours} type veth peer name readers netns {self._name}",
            f"ip address add 198.18.0.1/30 dev {ours}",
            f"ip link set {ours} up",
            f"ip -n {self._name} address add 198.18.0.2/30 dev readers",
            f"ip -n {self._name} link set readers up",
            f"ip -n {self._name} link set lo up",
        ):
            subprocess.run(one.split(), check=True)

    def _call(self, *what: str) -> int:
        return subprocess.run(["ip", *what, self._name], stderr=subprocess.DEVNULL).returncode

    def cut(self) -> None:
        """Pulls the cable: what is sent is lost, and nobody says so."""
        subprocess.run(["ip", "-n", self._name, "link", "set", "readers", "down"], check=True)

    def mend(self) -> None:
        """Puts it back."""
        subprocess.run(["ip", "-n", self._name, "link", "set", "readers", "up"], check=True)

    def close(self) -> None:
        """Takes the host away."""
        if self.can_be_cut:
            self._call("netns", "del")


class StandIns:
    """Readers of faces without Ray, a process each: tests.support.inference_server with the real models."""

    names = ("reader 1", "reader 2")

    def __init__(self, network: Network) -> None:
        self._network = network
        self._ports = [free_port() for _ in self.names]
        self.urls = [f"http://{network.address}:{port}" for port in self._ports]
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self.models = [OLD]

    def start(self) -> None:
        """Starts all and waits until they listen."""
        for number in range(len(self.names)):
            self.start_one(number)

    def start_one(self, number: int) -> None:
        """Starts one of them."""
        program = [*self._network.command, sys.executable, "-m", "tests.support.inference_server"]
        port = self._ports[number]
        self._processes[number] = subprocess.Popen(
            [*program, self._network.address, str(port), *self.models],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: is_open(port, self._network.address), what=self.names[number])

    def kill_one(self) -> None:
        """Ends the first at once."""
        self._processes[0].kill()
        self._processes[0].wait()

    def revive_one(self) -> None:
        """Starts it again."""
        self.start_one(0)

    def offer(self, models: list[str]) -> None:
        """Makes readers that have these models take the place of the others, one after the other."""
        self.models = models
        for number, process in list(self._processes.items()):
            process.kill()
            process.wait()
            self.start_one(number)

    def close(self) -> None:
        """Ends all."""
        for process in self._processes.values():
            process.kill()
            process.wait()


class RayReaders:
    """deploy/ray with two replicas; Ray's programs come from a virtual environment of its own."""

    names = ("replica 1", "replica 2")

    def __init__(self, network: Network, folder: Path, programs: Path) -> None:
        """Starts nothing yet.

        Args:
            network: Where it runs.
            folder: For the configuration and the log.
            programs: Folder with `serve` and `ray`.
        """
        self._network = network
        self._port = free_port()
        self.urls = [f"http://{network.address}:{self._port}"]
        self._folder, self._programs = folder, programs
        self._token = secrets.token_hex()
        self._process: subprocess.Popen[bytes] | None = None
        self.models, self.replicas = [OLD], len(self.names)
        self.options = RAY_QUICK

    def _config(self) -> Path:
        text = (ROOT / "deploy" / "ray" / "serve.yaml").read_text()
        # HAProxy asks the replicas at 127.0.0.1; on a host of their own they may also listen at its address.
        host = "0.0.0.0" if self._network.can_be_cut else self._network.address  # noqa: S104
        for old, new in {
            r"host: 0\.0\.0\.0": f"host: {host}",
            r"port: 8100": f"port: {self._port}",
            r"models: \[.*\]": f"models: {json.dumps(self.models)}",
            r"min_replicas: \d+": f"min_replicas: {self.replicas}",
            r"max_replicas: \d+": f"max_replicas: {self.replicas}",
            r"num_cpus: 1": "num_cpus: 0.5",
        }.items():
            text, count = re.subn(old, new, text)
            if count != 1:
                raise ValueError(f"deploy/ray/serve.yaml: expected one {old}, found {count}")
        path = self._folder / "serve.yaml"
        path.write_text(text)
        return path

    def _environment(self) -> dict[str, str]:
        """Returns whose token `serve deploy` needs: Ray obeys nobody without one."""
        own = {
            "RAY_USAGE_STATS_ENABLED": "0",
            "PYTHONPATH": str(ROOT),
            "RAY_worker_niceness": "0",
        }
        return {**os.environ, **own, **self.options, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self._token}

    def start(self) -> None:
        """Starts Ray, and waits until a replica answers."""
        with self._bringing() as log:
            self._process = subprocess.Popen(self._serve("run"), **self._ways(log), start_new_session=True)

    def _serve(self, what: str) -> list[str | Path]:
        return [*self._network.command, self._programs / "serve", what, str(self._config())]

    def _ways(self, log: IO[bytes]) -> dict[str, Any]:
        """Returns where a program of Ray's works and writes, as `subprocess` takes it."""
        return {"cwd": ROOT, "env": self._environment(), "stdout": log, "stderr": log}

    @contextmanager
    def _bringing(self) -> Iterator[IO[bytes]]:
        """Yields the log to what brings replicas, and waits until one has the last model."""
        with (self._folder / "ray.log").open("ab") as log:
            yield log
        url = f"{self.urls[0]}/v2/models/{Path(self.models[-1]).name}"
        wait_until(lambda: _answers(url), RAY_START_LIMIT_S, "Ray Serve")

    def kill_one(self) -> None:
        """Kills a replica; Ray starts another."""
        replicas = self._processes("ServeReplica:classifier")
        if not replicas:
            raise RuntimeError("no replica of Ray Serve is running")
        replicas[0].kill()

    def _processes(self, word: str) -> list[psutil.Process]:
        """Returns processes by a word of their command line."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if any(word in one for one in process.info["cmdline"] or [])
        ]

    def revive_one(self) -> None:
        """Ray itself does."""

    def kill_head(self) -> None:
        """Kills what keeps the cluster together: with one machine, all of Ray ends."""
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "gcs_server":
                process.kill()

    def revive_head(self) -> None:
        """Starts Ray again."""
        self.close()
        self.start()

    def offer(self, models: list[str]) -> None:
        """Lets Ray replace the replicas by such that have these models, and waits for them."""
        self.models = models
        with self._bringing() as log:
            subprocess.run(self._serve("deploy"), **self._ways(log), check=True, timeout=60)

    def close(self) -> None:
        """Ends Ray."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        subprocess.run(
            [*self._network.command, self._programs / "ray", "stop", "--force"],
            env=self._environment(),
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        for process in self._processes(
            "haproxy-serve"
        ):  # it outlives a Ray that was killed, and keeps its ports
            process.kill()


@dataclass
class Stack:
    """What runs.

    Attributes:
        url: Address of nginx.
        instances: The web servers behind it.
        readers: What reads the faces, if the web servers do not.
        network: Where the readers run.
        redis: What the web servers count requests in.
        postgres: Runs `pg_ctl` for the music's database.
        settings: Settings of the web servers.
    """

    url: str
    instances: list[Server]
    readers: StandIns | RayReaders | None
    network: Network
    redis: Redis
    postgres: Callable[..., None]
    settings: dict[str, str] = field(default_factory=dict)

    def restart(self, number: int, **settings: str) -> None:
        """Starts a web server again on its port, with other settings."""
        old = self.instances[number]
        self.settings.update(settings)
        self.instances[number] = Server(old.log_path, **self.settings, PORT=str(old.port)).start()


@contextmanager
def running(num_instances: int, readers: str, ray_programs: Path | None = None) -> Iterator[Stack]:
    """Starts everything, and ends it.

    Args:
        num_instances: Web servers.
        readers: `ray`, `stand-in`, or `none`: each web server reads its visitors' faces itself.
        ray_programs: Folder with Ray's programs.
    """
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # PostgreSQL has a user of its own
        redis = Redis()
        redis.start()
        ending.callback(redis.kill)
        database = ending.enter_context(postgres.cluster(folder / "pg"))
        settings = {
            "MODEL_DIR": OLD,
            "REDIS_URL": redis.url,
            "DATABASE_URL": database,
            "REQUESTS_PER_MINUTE": "0",
            "MUSIC_EDITS": "everyone",
            "LABEL_STRENGTH": "1",  # the answers are the model's own, which the visitors know
        }
        reading: StandIns | RayReaders | None = None
        network = Network()
        ending.callback(network.close)
        if readers != "none":
            reading = (
                StandIns(network)
                if readers == "stand-in"
                else RayReaders(network, folder, ray_programs or Path())
            )
            ending.callback(reading.close)
            reading.start()
            settings |= {
                "CLASSIFIER": "remote",
                "CLASSIFIER_URL": ",".join(reading.urls),
                "CLASSIFIER_FALLBACK": "local",
                "PRECISION": "float32",
            }
        instances = []
        for number in range(num_instances):
            (folder / f"web{number}").mkdir()
            instances.append(Server(folder / f"web{number}" / "log.txt", **settings).start())
            ending.callback(instances[-1].kill)
        port = free_port()
        ending.enter_context(_nginx(folder, port, [one.port for one in instances]))
        stack = Stack(
            f"http://127.0.0.1:{port}",
            instances,
            reading,
            network,
            redis,
            postgres.control(folder / "pg"),
            settings,
        )
        try:
            yield stack
        finally:
            for one in stack.instances:
                one.kill()


@contextmanager
def _nginx(folder: Path, port: int, to: list[int]) -> Iterator[None]:
    """Runs nginx with the recipe, without TLS, in front of these ports."""
    text = RECIPE.read_text()
    servers = "".join(f"server 127.0.0.1:{one} max_fails=1 fail_timeout=2s;" for one in to)
    for old, new in {
        r"(    server 127\.0\.0\.1:\d+ .*\n)+": servers,
        r"server \{\n    listen 80;(.|\n)*?\n\}\n": "",
        r"    listen \[::\].*\n": "",
        r"listen 443 ssl": f"listen 127.0.0.1:{port}",
        r"    ssl_certificate.*\n": "",
        r" Secure;": "",
    }.items():
        text, count = re.subn(old, new, text)
        if not count:
            raise ValueError(f"deploy/nginx-instances.conf: expected {old}")
    own = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; events {{}}"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"{own} http {{ access_log off; {temporary} {text} }}")
    process = subprocess.Popen(["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"])
    try:
        wait_until(lambda: is_open(port), what="nginx")
        yield
    finally:
        process.terminate()
        process.wait(10)


def missing_programs() -> list[str]:
    """Returns what the machine lacks, as Debian's packages."""
    missing = [name for name in ("nginx", "redis-server") if not shutil.which(name)]
    return missing + (["postgresql"] if postgres.obstacle() else [])
