"""The application as a whole, for tests that look at it without a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a database that nobody opens."""
    url = f"sqlite:///{tmp_path_factory.mktemp('house')}/house.sqlite"
    app = create_app(read_settings({"DEMO": "1", "SECRET_KEY": "k" * 40, "DATABASE_URL": url}))
    yield app
    database_of(app).close()
