"""Commands about people: `flask people add`, `token`, `operator`, `reset-password`, `sign-out`, `erase`."""

from __future__ import annotations

import click
from flask import Flask

from marketplace.kernel import clock
from marketplace.kernel.http import instant
from marketplace.kernel.session import command_session
from marketplace.people import operating, services


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
        click.echo(secret)  # alone on standard output, so that a shell can keep it
        click.echo(f"It lasts until {instant(clock.now() + services.TOKEN_LASTS)}.", err=True)

    _add_operating(app, people)


def _add_operating(app: Flask, people: click.Group) -> None:
    @people.command("reset-password")
    @click.argument("email")
    @click.password_option()
    def reset_password(email: str, password: str) -> None:
        """Set a new password and sign every browser of the person out."""
        with command_session(app) as session:
            operating.reset_password(session, email, password)
        click.echo(f"{email} has a new password and is signed out of every browser. Tokens still work.")

    @people.command("operator")
    @click.argument("email")
    @click.option("--remove", is_flag=True, help="Take it away again.")
    def operator(email: str, remove: bool) -> None:
        """Let a person run this Sharewell: verify organisations, add suppliers."""
        with command_session(app) as session:
            operating.set_operator(session, email, not remove)
        click.echo(f"{email} is {'no longer ' if remove else ''}an operator of this Sharewell.")

    @people.command("remove-factors")
    @click.argument("email")
    def remove_factors(email: str) -> None:
        """Take every second proof away from somebody who lost them all; their password stays."""
        with command_session(app) as session:
            operating.remove_factors(session, email)
        click.echo(f"{email} signs in by password alone and is signed out of every browser.")

    @people.command("sign-out")
    @click.argument("email")
    def sign_out(email: str) -> None:
        """End every session and every token of a person."""
        with command_session(app) as session:
            sessions, tokens = operating.sign_out_everywhere(session, email)
        click.echo(f"{email} is signed out. Sessions ended: {sessions}. Tokens ended: {tokens}.")

    @people.command("erase")
    @click.argument("email")
    @click.confirmation_option(prompt="The name and address cannot be brought back. Erase this person?")
    def erase(email: str) -> None:
        """Replace a person's name and address; their password, sessions, tokens and roles go."""
        with command_session(app) as session:
            operating.erase_person(session, email)
        click.echo(f"{email} is erased. What they did stays on record without their name.")
