"""Commands about organisations: `flask trusts import`, `member`, `remove-member`, `supplier`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from flask import Flask

from marketplace.kernel import session as sessions
from marketplace.kernel.session import command_session
from marketplace.trusts import importing, services
from marketplace.trusts.importing import Report
from marketplace.trusts.kinds import Role
from marketplace.trusts.register import Unreadable

UNREADABLE = 2
EVERY = 5_000
EVERY_ON_A_TERMINAL = 200
SHOWN_REFUSALS = 50
LARGEST_FILE = 100_000_000
"""Bytes. Reading takes some seven times as much memory as the file is long."""


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    trusts = click.Group("trusts", help="Organisations and who belongs to them.")
    app.cli.add_command(trusts)

    @trusts.command("import")
    @click.argument("path", type=click.Path(path_type=Path))
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
    def import_(path: Path, as_json: bool) -> None:
        """Read the schools register's files: PATH is one file, or a folder of them."""
        _import(app, path, as_json)

    @trusts.command("member")
    @click.argument("email")
    @click.argument("identifier")
    @click.argument("role", type=click.Choice([role.value for role in Role]))
    def member(email: str, identifier: str, role: str) -> None:
        """Give a person a role at the organisation with this URN, UID, UKPRN, company number or name."""
        with command_session(app) as session:
            organisation = services.find_organisation(session, identifier)
            services.add_member(session, email, organisation, Role(role))
            name = organisation.name
        click.echo(f"{email} now has the role {role} at {name}.")

    @trusts.command("remove-member")
    @click.argument("email")
    @click.argument("identifier")
    @click.argument("role", type=click.Choice([role.value for role in Role]))
    def remove_member(email: str, identifier: str, role: str) -> None:
        """Take a role from a person at the organisation with this identifier or name."""
        with command_session(app) as session:
            organisation = services.find_organisation(session, identifier)
            services.remove_member(session, email, organisation, Role(role))
            name = organisation.name
        click.echo(f"{email} no longer has the role {role} at {name}.")

    @trusts.command("supplier")
    @click.argument("name")
    def supplier(name: str) -> None:
        """Add a firm that sells."""
        with command_session(app) as session:
            services.add_supplier(session, name)
        click.echo(f"{name} is now a supplier.")


@dataclass(frozen=True)
class _Unread:
    """A file that is none of the register's, and why."""

    file: str
    reason: str


def _import(app: Flask, path: Path, as_json: bool) -> None:
    """Import and report; exit 2 when there was nothing that could be read."""
    paths = sorted(path.glob("*.csv"), key=_order) if path.is_dir() else [path]
    outcomes = {one: _import_one(app, one) for one in paths}
    unread = [outcome for outcome in outcomes.values() if isinstance(outcome, _Unread)]
    done = {str(one): outcome for one, outcome in outcomes.items() if isinstance(outcome, Report)}
    for one in unread:
        click.echo(f"{one.file}: {one.reason}", err=True)
    if not paths:
        click.echo(f"{path}: There is no .csv file in this folder.", err=True)
    if not done:
        sys.exit(UNREADABLE)
    if as_json:
        click.echo(json.dumps(_object(path, done, unread), ensure_ascii=False, indent=2))
    else:
        for name, report in done.items():
            click.echo(_words(name, report))


def _order(path: Path) -> tuple[bool, str]:
    """Files of links last: what they link is then described by its own file."""
    return "link" in path.name.lower(), path.name


def _import_one(app: Flask, path: Path) -> Report | _Unread:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            return _Unread(str(path), f"The file has {size:,} bytes; up to {LARGEST_FILE:,} are read.")
        data = path.read_bytes()
    except OSError as error:
        return _Unread(str(path), f"The file cannot be opened: {error.strerror}.")
    try:
        return sessions.database_of(app).run(
            lambda session: importing.import_file(session, path.name, data, _Progress(path.name))
        )
    except Unreadable as unreadable:
        return _Unread(str(path), str(unreadable))


@dataclass
class _Progress:
    """Rows done on standard error: one line that changes on a terminal, else a line now and then."""

    name: str

    def __call__(self, done: int, total: int) -> None:
        is_last = done == total
        if sys.stderr.isatty():
            if is_last or done % EVERY_ON_A_TERMINAL == 0:
                click.echo(f"\r{self.name}: {done:,} of {total:,} rows", nl=is_last, err=True)
        elif is_last or done % EVERY == 0:
            click.echo(f"{self.name}: {done:,} of {total:,} rows", err=True)


def _object(path: Path, done: dict[str, Report], unread: list[_Unread]) -> dict[str, Any]:
    """One file's figures, or those of each file of a folder."""
    files = [
        {"file": name, "kind": report.kind.value, **report.counts}
        | {"refusals": [asdict(refusal) for refusal in report.refusals]}
        for name, report in done.items()
    ]
    if not path.is_dir():
        return files[0]
    totals = {key: sum(report.counts[key] for report in done.values()) for key in importing.COUNTS}
    return {"folder": str(path), **totals, "files": files, "unread": [asdict(one) for one in unread]}


def _words(name: str, report: Report) -> str:
    counts = ", ".join(f"{count:,} {key.replace('_', ' ')}" for key, count in report.counts.items())
    refused = [
        f"  row {refusal.row}: {f'{refusal.field} ' if refusal.field else ''}{refusal.reason}"
        for refusal in report.refusals[:SHOWN_REFUSALS]
    ]
    if len(report.refusals) > SHOWN_REFUSALS:
        more = len(report.refusals) - SHOWN_REFUSALS
        refused.append(f"  and {more:,} more; --json lists every one")
    return "\n".join([f"{name} ({report.kind.value}): {counts}", *refused])
