"""The commands that run Sharewell."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask

from app import create_app
from marketplace.kernel import audit, commands, outbox, schema
from marketplace.kernel.audit import Act, AuditChain
from marketplace.kernel.database import make_engine
from marketplace.kernel.mail import Email, MailboxMessage, owe_email
from marketplace.kernel.session import command_session, database_of
from marketplace.kernel.settings import ROOT, read_settings


@pytest.fixture
def alone(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application on a database of the test's own, without a worker."""
    app = create_app(read_settings(environment))
    monkeypatch.setattr(outbox, "_wakers", [])
    yield app
    database_of(app).close()
    app.extensions["queue"].storage.close()


def run(app: Flask, *words: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=list(words))
    return result.exit_code, result.output


def test_sweep_carries_out_every_job_that_waits(alone: Flask) -> None:
    with command_session(alone) as session:
        for number in range(3):
            owe_email(session, f"{number}", Email("a@b.example", "Approve", "Text"))
    status, words = run(alone, "sweep")
    assert status == 0
    assert words.endswith("jobs done\n")
    with database_of(alone).reading() as session:
        assert session.scalar(sa.select(sa.func.count(MailboxMessage.id))) == 3


def test_what_needs_the_schema_says_when_it_is_not_there(alone: Flask) -> None:
    engine = make_engine(alone.extensions["settings"].migrations_database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    engine.dispose()
    for words in (("worker",), ("sweep",), ("audit", "verify")):
        status, said = run(alone, *words)
        assert status == 1
        assert said == f"Error: {schema.NOT_MIGRATED}\n"


def test_one_is_counted_as_one(alone: Flask) -> None:
    with command_session(alone) as session:
        audit.record(session, Act(uuid.UUID(int=1), None, "made", "things", uuid.UUID(int=2)))
    assert run(alone, "audit", "verify") == (0, "1 entry checked, 0 faults\n")


def test_audit_verify_says_that_every_chain_holds(alone: Flask) -> None:
    record_two(alone)
    assert run(alone, "audit", "verify") == (0, "2 entries checked, 0 faults\n")


def test_audit_verify_fails_with_a_sentence_when_an_end_is_missing(alone: Flask) -> None:
    record_two(alone)
    with command_session(alone) as session:
        session.execute(sa.update(AuditChain).values(length=3))
    status, words = run(alone, "audit", "verify")
    assert status == 1
    assert "are missing" in words


def record_two(app: Flask) -> None:
    with command_session(app) as session:
        for _ in range(2):
            audit.record(session, Act(uuid.UUID(int=1), None, "made", "things", uuid.UUID(int=2)))


def test_migrating_what_is_migrated_changes_nothing(alone: Flask) -> None:
    for _ in range(2):
        assert run(alone, "migrate")[0] == 0


def test_the_newest_revision_is_the_head_that_alembic_knows() -> None:
    scripts = ScriptDirectory.from_config(Config(toml_file="pyproject.toml"))
    assert scripts.get_current_head() == schema.newest_revision()


def test_migrate_makes_a_new_database_and_leaves_a_migrated_one_alone(tmp_path: Path) -> None:
    settings = read_settings({"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path / 'new.sqlite'}"})
    commands.migrate(settings)
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).has_table("audit_entries")
        connection.execute(sa.text("DROP TABLE mailbox_messages"))
    commands.migrate(settings)
    with engine.begin() as connection:
        assert not sa.inspect(connection).has_table("mailbox_messages")
        connection.execute(sa.text("DELETE FROM alembic_version"))
    with pytest.raises(sa.exc.OperationalError, match="already exists"):
        commands.migrate(settings)
    engine.dispose()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[int]:
    """The port at which a server of the test's own answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'served.sqlite'}",
        "SECRET_KEY": "x" * 40,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SMTP_URL": "smtp://localhost:25",
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
        try:
            until = time.monotonic() + 60
            while not answers(port) and server.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()
            assert server.wait(30) == 0, "to be told to end is no fault"


def answers(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def test_a_huge_body_is_turned_away_before_it_is_sent(served: int) -> None:
    for length, status in ((60_000_000, 413), (0, 405)):
        with closing(http.client.HTTPConnection("127.0.0.1", served, timeout=5)) as connection:
            connection.putrequest("POST", "/healthz")
            connection.putheader("Content-Length", str(length))
            connection.endheaders()
            assert connection.getresponse().status == status
