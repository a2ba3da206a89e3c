"""Commands that run Sharewell: migrate, serve, worker, audit."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from typing import TextIO

import click
import sqlalchemy as sa
import waitress
from flask import Flask

from marketplace.kernel import audit, audit_checks, jobs, outbox, schema, session, starting
from marketplace.kernel.database import make_engine
from marketplace.kernel.errors import Unavailable
from marketplace.kernel.settings import ROOT, Settings

THREADS = 8
AT_NEWEST = "The database is at the newest migration already, {}."


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    settings: Settings = app.extensions["settings"]

    @app.cli.command("migrate")
    def migrate_() -> None:
        """Bring the database to the newest schema, as the owner of its schema."""
        click.echo(migrate(settings))

    @app.cli.command("worker")
    def worker() -> None:
        """Carry out jobs until stopped; start as many as needed."""
        logging.basicConfig(level=logging.INFO)
        check_migrated(app)
        jobs.run_consumer(app.extensions["queue"], settings.job_workers)

    @app.cli.command("sweep")
    def sweep() -> None:
        """Carry out, here and now, every job that waits."""
        check_migrated(app)
        click.echo(f"{_counted(drain(app), 'job', 'jobs')} done")

    audits = click.Group("audit", help="The record of who did what.")
    app.cli.add_command(audits)

    @audits.command("note")
    def note() -> None:
        """Print the end of every chain as JSON, to be kept where nobody can change it."""
        check_migrated(app)
        with session.database_of(app).reading() as reading:
            click.echo(json.dumps(audit_checks.heads(reading), indent=2))

    @audits.command("verify")
    @click.argument("noted", type=click.File(), required=False)
    def verify(noted: TextIO | None) -> None:
        """Check every audit chain, and that it goes on from what was NOTED; exit 1 when not."""
        check_migrated(app)
        heads = _heads_in(noted) if noted else None
        with session.database_of(app).reading() as reading:
            found = list(audit_checks.faults(reading, heads))
            count = reading.scalar(sa.select(sa.func.count(audit.AuditEntry.id))) or 0
        for fault in found:
            click.echo(fault, err=True)
        checked = _counted(count, "entry", "entries")
        click.echo(f"{checked} checked, {_counted(len(found), 'fault', 'faults')}")
        sys.exit(1 if found else 0)


def _heads_in(noted: TextIO) -> audit_checks.Heads:
    """What `audit note` printed once."""
    try:
        heads: audit_checks.Heads = json.load(noted)
        for organisation_id, head in heads.items():
            uuid.UUID(organisation_id), int(head["length"]), str(head["head"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise click.ClickException(f"{noted.name} is not what `flask audit note` printed.") from error
    return heads


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def migrate(settings: Settings) -> str:
    """`alembic upgrade head`, and the queue's tables on PostgreSQL; what was done, in words.

    A file of ours that is at the newest migration is left alone, so that a second start is quick.
    """
    newest, owner = schema.newest_revision(), settings.migrations_database_url
    with starting.database_at(owner):
        found = _revision_of(owner)
        if found is not None and found not in schema.known_revisions():
            raise click.ClickException(
                f"The database is newer than this version of Sharewell: it is at the migration {found}. "
                "Start the newer version."
            )
        if found == newest and settings.is_sqlite:
            return AT_NEWEST.format(newest)
        _upgrade(settings)
    return AT_NEWEST.format(newest) if found == newest else f"Migrated from {found or 'nothing'} to {newest}."


def _upgrade(settings: Settings) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["settings"] = settings
    command.upgrade(config, "head")
    if not settings.is_sqlite:
        jobs.make_queue_tables(settings.migrations_database_url)


def _revision_of(address: str) -> str | None:
    engine = make_engine(address)
    try:
        with engine.connect() as connection:
            return schema.revision_of(connection)
    finally:
        engine.dispose()


def check_migrated(app: Flask) -> None:
    """ClickException in words unless the database can be read and is at the newest migration."""
    settings: Settings = app.extensions["settings"]
    with starting.database_at(settings.database_url), session.database_of(app).reading() as reading:
        try:
            schema.check_newest(reading.connection())
        except Unavailable as error:
            raise click.ClickException(error.sentence) from error


def drain(app: Flask) -> int:
    """Carry out the jobs that wait, one after the other; how many were done."""
    maker = session.database_of(app).writing
    return sum(outbox.carry_out(maker, job_id) for job_id in jobs.sweep(maker))


def serve(app: Flask) -> None:
    """Serve pages and carry out jobs in one process, until Ctrl-C or SIGTERM."""
    settings: Settings = app.extensions["settings"]
    logging.basicConfig()
    with starting.listening(settings):
        server = waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            clear_untrusted_proxy_headers=False,
            max_request_body_size=largest_body(app),
        )
    stop = jobs.start_consumer(app.extensions["queue"], settings.job_workers)
    click.echo(where(settings))
    try:
        server.run()
    finally:
        stop()


def where(settings: Settings) -> str:
    """The address that is listened on, and the one that people use when it is another."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    here = f"http://{host}:{settings.port}"
    if settings.public_url == here:
        return f"Sharewell answers at {here} (Ctrl-C ends it)"
    return f"Sharewell listens on {here}; people use {settings.public_url} (Ctrl-C ends it)"


def largest_body(app: Flask) -> int:
    """From how many bytes on a request is turned away unread.

    Twice what the application takes, so that a little too much is answered by a page in our own words.
    """
    return 2 * int(app.config["MAX_CONTENT_LENGTH"])
