"""`flask find reindex`: make what the search knows anew."""

from __future__ import annotations

import click
from flask import Flask

from marketplace.finding import indexing
from marketplace.kernel.session import command_session


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    find = click.Group("find", help="The search.")
    app.cli.add_command(find)

    @find.command("reindex")
    def reindex() -> None:
        """Make the search's rows and words anew from the listings that are published."""
        with command_session(app) as session:
            count = indexing.reindex(session)
        click.echo(f"{count:,} {'listing' if count == 1 else 'listings'} can be found")
