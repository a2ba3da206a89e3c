"""Commands that run Sharewell: migrate, serve, worker, audit."""

from __future__ import annotations

import logging
import re
import signal
import sys
from types import FrameType

import click
import sqlalchemy as sa
import waitress
from flask import Flask

from marketplace.kernel import audit, jobs, outbox, session
from marketplace.kernel.database import make_engine
from marketplace.kernel.settings import ROOT, Settings

THREADS = 8


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    settings: Settings = app.extensions["settings"]

    @app.cli.command("migrate")
    def migrate_() -> None:
        """Bring the database to the newest schema, as the owner of its schema."""
        migrate(settings)

    @app.cli.command("worker")
    def worker() -> None:
        """Carry out jobs until stopped; start as many as needed."""
        logging.basicConfig(level=logging.INFO)
        jobs.run_consumer(app.extensions["queue"], settings.job_workers)

    @app.cli.command("sweep")
    def sweep() -> None:
        """Carry out, here and now, every job that waits."""
        click.echo(f"{drain(app)} jobs done")

    audits = click.Group("audit", help="The record of who did what.")
    app.cli.add_command(audits)

    @audits.command("verify")
    def verify() -> None:
        """Check every audit chain; exit 1 when one does not hold."""
        with session.database_of(app).reading() as reading:
            found = list(audit.faults(reading))
            count = reading.scalar(sa.select(sa.func.count(audit.AuditEntry.id)))
        for fault in found:
            click.echo(fault, err=True)
        click.echo(f"{count} entries checked, {len(found)} faults")
        sys.exit(1 if found else 0)


def migrate(settings: Settings) -> None:
    """`alembic upgrade head`, and the queue's tables on PostgreSQL.

    A file of ours that is at the newest migration is left alone, so that a second start is quick.
    """
    if settings.is_sqlite and _revision_of(settings) == newest_revision():
        return
    from alembic import command
    from alembic.config import Config

    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes["settings"] = settings
    command.upgrade(config, "head")
    if not settings.is_sqlite:
        jobs.make_queue_tables(settings.migrations_database_url)


def newest_revision() -> str:
    """The migration that no other builds on, as the files say."""
    named = re.compile(r'^(revision|down_revision) = "(\w+)"$', re.MULTILINE)
    texts = [file.read_text() for file in (ROOT / "migrations/versions").glob("*.py")]
    pairs: set[tuple[str, str]] = {pair for text in texts for pair in named.findall(text)}
    built_on = {revision for name, revision in pairs if name == "down_revision"}
    return next(revision for name, revision in pairs if name == "revision" and revision not in built_on)


def _revision_of(settings: Settings) -> str | None:
    """The migration that a database is at; None for a new one."""
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        is_new = not sa.inspect(connection).has_table("alembic_version")
        revision = None if is_new else connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return None if revision is None else str(revision)


def drain(app: Flask) -> int:
    """Carry out the jobs that wait, one after the other; how many were done."""
    maker = session.database_of(app).writing
    return sum(outbox.carry_out(maker, job_id) for job_id in jobs.sweep(maker))


def serve(app: Flask) -> None:
    """Serve pages and carry out jobs in one process, until Ctrl-C or SIGTERM."""
    settings: Settings = app.extensions["settings"]
    signal.signal(signal.SIGTERM, _interrupt)
    stop = jobs.start_consumer(app.extensions["queue"], settings.job_workers)
    try:
        waitress.serve(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            clear_untrusted_proxy_headers=False,
            max_request_body_size=largest_body(app),
        )
    finally:
        stop()


def largest_body(app: Flask) -> int:
    """From how many bytes on a request is turned away unread.

    Twice what the application takes, so that a little too much is answered by a page in our own words.
    """
    return 2 * int(app.config["MAX_CONTENT_LENGTH"])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
