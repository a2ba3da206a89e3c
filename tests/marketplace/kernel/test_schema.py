"""Whether a database is at the schema that this version knows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel import schema
from marketplace.kernel.errors import Unavailable


def test_a_migrated_database_is_at_the_newest_revision(session: Session) -> None:
    schema.check_newest(session.connection())
    assert schema.revision_of(session.connection()) == schema.newest_revision()
    assert schema.newest_revision() in schema.known_revisions()


def test_a_database_at_another_revision_is_refused(session: Session) -> None:
    session.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
    with pytest.raises(Unavailable, match="flask --app app migrate"):
        schema.check_newest(session.connection())


def test_a_new_database_is_at_no_revision() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        assert schema.revision_of(connection) is None
    engine.dispose()


def test_a_load_balancer_is_told_whether_the_database_can_be_used(app: Flask, session: Session) -> None:
    assert app.test_client().get("/healthz").status_code == 200
    session.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
    session.flush()
    assert app.test_client().get("/healthz").status_code == 503
