"""Workers as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.kernel.settings import ROOT

LEASE = {"JOB_LEASE_SECONDS": "2", "JOB_WORKERS": "2"}


@contextmanager
def a_worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`flask worker` as a process of its own; what is left of it ends here."""
    command = [sys.executable, "-m", "flask", "--app", "app", "worker"]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment | LEASE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
