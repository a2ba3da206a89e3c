"""Fixtures of billing's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from marketplace.kernel import outbox
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings


@pytest.fixture
def own_app(environment: dict[str, str]) -> Iterator[Flask]:
    """The application on a database of the test's own, for threads."""
    app = create_app(read_settings(environment), TESTING=True)
    yield app
    outbox.wake_with(lambda job_id: None)  # else later tests would wake this queue, and open it again
    app.extensions["queue"].storage.close()
    database_of(app).close()
