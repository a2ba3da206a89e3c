"""Commands about people: `flask people add`, `flask people token`."""

from __future__ import annotations

import click
from flask import Flask

from marketplace.kernel.session import command_session
from marketplace.people import services


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    people = click.Group("people", help="People and their tokens.")
    app.cli.add_command(people)

    @people.command("add")
    @click.argument("email")
    @click.argument("name")
    @click.password_option()
    def add(email: str, name: str, password: str) -> None:
        """Add somebody who can sign in, with a password of 15 characters or more."""
        with command_session(app) as session:
            services.add_person(session, email, name, password)
        click.echo(f"{name} can sign in as {email}.")

    @people.command("token")
    @click.argument("email")
    @click.option("--name", default="command line", help="What the token is for.")
    def token(email: str, name: str) -> None:
        """Make a bearer token for the JSON API; it is shown once and lasts 90 days."""
        with command_session(app) as session:
            secret = services.make_token(session, email, name)
        click.echo(secret)
