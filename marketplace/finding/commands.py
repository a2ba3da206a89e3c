"""`flask find reindex`: make what the search knows anew."""

from __future__ import annotations

import click
from flask import Flask

from marketplace.finding import indexing
from marketplace.kernel.session import command_units


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    find = click.Group("find", help="The search.")
    app.cli.add_command(find)

    @find.command("reindex")
    def reindex() -> None:
        """Make the search's rows and words anew from the listings that are published.

        People go on searching and ordering meanwhile. Stopped, it can be begun again at any time.
        """
        with command_units(app) as unit:
            count = indexing.reindex(unit, _say)
        click.echo(f"{count:,} {'listing' if count == 1 else 'listings'} can be found")


def _say(done: int, total: int) -> None:
    click.echo(f"{done:,} of {total:,} listings are indexed")
