"""What is wrong at the start is said in a sentence."""

from __future__ import annotations

import signal
import socket
from dataclasses import replace
from pathlib import Path

import click
import pytest
import sqlalchemy as sa

from marketplace.kernel import commands, schema, starting
from marketplace.kernel.database import make_engine
from marketplace.kernel.settings import Settings, read_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A demonstration on a file that is not there yet."""
    return read_settings({"DEMO": "1", "DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite'}"})


def words(settings: Settings) -> str:
    with pytest.raises(click.ClickException) as caught:
        commands.migrate(settings)
    return caught.value.message


def test_a_port_in_use_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(settings, port=other.getsockname()[1])
        with pytest.raises(click.ClickException, match=rf"Port {taken.port} of 127\.0\.0\.1 is in use"):
            starting.check_port(taken)
    starting.check_port(taken)


def test_a_host_that_is_no_address_of_this_machine_is_named(settings: Settings) -> None:
    with pytest.raises(click.ClickException, match=r"cannot listen on 192\.0\.2\.1"):
        starting.check_port(replace(settings, host="192.0.2.1"))


def test_a_file_that_is_no_database_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("Dear all, these are the minutes of the meeting. " * 50)
    assert words(settings).startswith(f"Sharewell cannot use the file {tmp_path}/x.sqlite: it is no SQLite")


def test_a_folder_that_is_not_there_is_named(settings: Settings) -> None:
    gone = "sqlite:////proc/none/x.sqlite"
    assert "cannot be opened" in words(replace(settings, database_url=gone, migrations_database_url=gone))


def test_a_server_that_does_not_answer_is_named_without_its_password(settings: Settings) -> None:
    gone = "postgresql://owner:hidden-word@127.0.0.1:1/x_demo"
    said = words(replace(settings, database_url=gone, migrations_database_url=gone))
    assert said.startswith("Sharewell cannot reach the database postgresql://owner:***@127.0.0.1:1/x_demo")
    assert "hidden-word" not in said


def test_a_database_that_does_not_exist_is_named(postgres_url: str, settings: Settings) -> None:
    gone = sa.make_url(postgres_url).set(database="nowhere_demo").render_as_string(hide_password=False)
    said = words(replace(settings, database_url=gone, migrations_database_url=gone))
    assert 'database "nowhere_demo" does not exist' in said


def test_a_database_newer_than_this_version_is_left_alone(settings: Settings) -> None:
    assert commands.migrate(settings) == f"Migrated from nothing to {schema.newest_revision()}."
    assert "newest migration already" in commands.migrate(settings)
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    assert "newer than this version of Sharewell: it is at the migration later" in words(settings)
    engine.dispose()


def test_any_other_fault_of_the_database_keeps_its_own_name() -> None:
    engine = sa.create_engine("sqlite://")
    with (
        pytest.raises(sa.exc.OperationalError),
        starting.database_at("sqlite:///x"),
        engine.connect() as connection,
    ):
        connection.execute(sa.text("SELECT * FROM missing"))
    engine.dispose()


def test_a_signal_to_end_is_no_fault() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        with starting.stopped_by_signals():
            signal.raise_signal(signal.SIGTERM)
            pytest.fail("the signal came to nothing")
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_address_is_shown_and_the_one_that_people_use(settings: Settings) -> None:
    assert commands.where(settings) == "Sharewell answers at http://127.0.0.1:8000 (Ctrl-C ends it)"
    behind = replace(settings, host="::1", public_url="https://sharewell.example")
    assert "listens on http://[::1]:8000; people use https://sharewell.example" in commands.where(behind)
