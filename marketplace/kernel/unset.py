"""Commands that touch no database: `flask` finds them although Sharewell is not set up."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup, FlaskGroup

from marketplace.kernel.settings import SettingsFault


class OnlyThese(AppGroup):
    """The commands that need no settings; asked for any other, it says what is wrong with the settings."""

    def __init__(self, fault: SettingsFault) -> None:
        super().__init__("app")
        self.fault = fault

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The command of a name; SettingsFault when it is none of these."""
        found = super().get_command(ctx, cmd_name)
        if found is None:
            raise self.fault
        return found


def is_command_sought() -> bool:
    """Whether `flask` looks for a command; what runs already, such as `flask run`, needs settings."""
    context = click.get_current_context(silent=True)
    return context is not None and isinstance(context.command, FlaskGroup)


def application(fault: SettingsFault, names: Iterable[str]) -> Flask:
    """An application that has the commands of these modules and nothing else: no page, no database."""
    app = Flask("app", static_folder=None)
    app.cli = OnlyThese(fault)
    for name in names:
        import_module(name).add_to(app)
    return app
