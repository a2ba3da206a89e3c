"""`flask billing run`: raise the invoices that are due."""

from __future__ import annotations

from functools import partial

import click
from flask import Flask

from billing.documents.due import sellers_due
from billing.documents.issuing import raise_due_invoices
from marketplace.kernel import clock
from marketplace.kernel.session import database_of


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    billing = click.Group("billing", help="Invoices.")
    app.cli.add_command(billing)

    @billing.command("run")
    def run() -> None:
        """Raise the invoices that are due, dated today, each seller's in a transaction of its own."""
        database = database_of(app)
        with database.reading() as session:
            sellers = sellers_due(session, clock.today())
        runs = [database.run(partial(raise_due_invoices, seller_id=each)) for each in sellers]
        issued, held = sum(run.issued for run in runs), sum(run.held for run in runs)
        click.echo(f"{issued} invoices issued, {held} charges wait")
