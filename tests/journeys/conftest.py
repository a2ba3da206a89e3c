"""A real server with the demonstration town, and a real browser at both widths."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext

from tests.databases import Databases
from tests.journeys.walker import PATIENCE, Walker

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]
WIDTHS = {"wide": 1280, "narrow": 320}
ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser the journeys are skipped, with one clear line; CI forbids that."""
    if CHROMIUM:
        return
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.exit("REQUIRE_BROWSER=1, but no Chromium was found", returncode=1)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="No Chromium was found: install it to run the journeys."))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium: no browser is downloaded."""
    return {"executable_path": CHROMIUM, "args": FLAGS, "headless": True}


@pytest.fixture(scope="session")
def address(databases: Databases) -> Iterator[str]:
    """The address of a server that `flask serve` runs on a new database, as `make run` does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **databases.fresh(), "PORT": str(port)}
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    with (databases.folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}", server, databases.folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310  our own address
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not answer: {log.read_text()}")


@pytest.fixture(params=list(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A desk's and a small phone's width in pixels."""
    return WIDTHS[request.param]


@pytest.fixture(scope="session")
def known_good(address: str) -> set[tuple[int, str, str]]:
    """The kinds of page of one server that axe has passed."""
    return set()


@pytest.fixture
def walker(
    browser: Browser, address: str, width: int, known_good: set[tuple[int, str, str]]
) -> Iterator[Walker]:
    """Somebody at a browser; every page they see is checked."""
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=address)
    yield Walker(context, Axe(), known_good)
    context.close()


@pytest.fixture
def plain_walker(browser: Browser, address: str) -> Iterator[Walker]:
    """Somebody whose browser runs no JavaScript: axe needs it, so only what they see is checked."""
    context: BrowserContext = browser.new_context(
        viewport={"width": 1280, "height": 900}, base_url=address, java_script_enabled=False
    )
    yield Walker(context, None, set())
    context.close()
