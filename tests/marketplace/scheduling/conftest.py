"""A database for the long proofs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app import create_app
from marketplace.kernel.session import database_of
from marketplace.kernel.settings import read_settings


@pytest.fixture
def own_session(environment: dict[str, str]) -> Iterator[Session]:
    """A session on a database of the test's own, whose transactions really end.

    With thousands of savepoints in one transaction PostgreSQL becomes slower and slower.
    """
    database = database_of(create_app(read_settings(environment), TESTING=True))
    with database.writing() as session:
        yield session
    database.close()
