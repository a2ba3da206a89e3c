"""Commands about rounds: `flask award` on a file, `flask check-award` on a round of the database."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import orjson
from flask import Flask

from marketplace.aggregation import checking
from marketplace.kernel.session import command_session

if TYPE_CHECKING:
    # numpy waits until a round is read: every other command starts without it.
    from marketplace.aggregation.award.instance import Instance
    from marketplace.aggregation.award.outcome import Award, Progress
    from marketplace.aggregation.award.verify import Violation

WRONG_FILE = 2


def add_to(app: Flask) -> None:
    """Add the commands to an application."""

    @app.cli.command("award")
    @click.argument("path", type=click.Path(path_type=Path))
    @click.option("--whole", is_flag=True, help="Serve each request whole by one supplier, or not at all.")
    @click.option("--max-suppliers", type=click.IntRange(min=1), help="Award to this many suppliers at most.")
    @click.option("--assignment", type=click.Path(path_type=Path), help="Write who supplies what as CSV.")
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    def award(
        path: Path, whole: bool, max_suppliers: int | None, assignment: Path | None, as_json: bool
    ) -> None:
        """Award the round in a .json or .json.gz file to whom the greatest saving is."""
        instance, seconds = _read(path)
        if assignment is not None:
            _check_place(assignment, path)
        if max_suppliers is not None:
            instance = replace(instance, rules=replace(instance.rules, max_suppliers=max_suppliers))
        found, violations = _award(instance, whole)
        answer = _answer(instance, found, violations, {"read": seconds, **found.seconds})
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2) if as_json else _words(answer))
        if assignment is not None:
            _write(assignment, instance, found)
        sys.exit(1 if violations else 0)

    @app.cli.command("check-award")
    @click.argument("reference")
    def check_award(reference: str) -> None:
        """Work out the award of a round again, from what was frozen at its close."""
        with command_session(app) as session:
            checked = checking.check_award(session, reference)
        for fault in checked.faults:
            click.echo(fault, err=True)
        click.echo(f"{reference}, digest {checked.digest}: {'fails' if checked.faults else 'holds'}")
        sys.exit(1 if checked.faults else 0)


def _read(path: Path) -> tuple[Instance, float]:
    from marketplace.aggregation.award.instance import WrongInstance, read

    started = time.perf_counter()
    try:
        instance = read(path)
    except WrongInstance as wrong:
        for fault in wrong.faults:
            click.echo(f"{path}: {fault}", err=True)
        sys.exit(WRONG_FILE)
    return instance, time.perf_counter() - started


def _check_place(assignment: Path, path: Path) -> None:
    """Exit 2 before any work when the file of the assignment cannot be where it was asked for."""
    fault = None
    if assignment.is_dir():
        fault = "is a directory"
    elif not assignment.parent.is_dir():
        fault = f"there is no directory {assignment.parent}"
    elif assignment.exists() and assignment.samefile(path):
        fault = "is the round itself"
    if fault is not None:
        _cannot_write(assignment, fault)


def _cannot_write(path: Path, fault: object) -> NoReturn:
    click.echo(f"{path}: cannot be written ({fault})", err=True)
    sys.exit(WRONG_FILE)


def _award(instance: Instance, whole: bool) -> tuple[Award, list[Violation]]:
    from marketplace.aggregation.award.branch import SolverFailed
    from marketplace.aggregation.award.engine import award
    from marketplace.aggregation.award.verify import verify

    try:
        found = award(instance, whole=whole, report=_tell)
    except SolverFailed as failure:
        raise click.ClickException(f"no award was found: {failure}") from failure
    return found, verify(instance, found)


def _tell(progress: Progress) -> None:
    click.echo(
        f"{progress.lots_done} of {progress.lots} lots, saving {progress.value_pence} pence,"
        f" at most {progress.bound_pence}",
        err=True,
    )


def _answer(
    instance: Instance, found: Award, violations: list[Violation], seconds: dict[str, float]
) -> dict[str, Any]:
    return {
        "name": instance.name,
        "digest": instance.digest,
        "requests": instance.n_requests,
        "value_pence": found.value_pence,
        "bound_pence": found.bound_pence,
        "gap": found.gap,
        "proven": found.is_proven,
        "violations": [f"{fault.place}: {fault.sentence} ({fault.code})" for fault in violations],
        "seconds": {step: round(seconds[step], 6) for step in ("read", "build", "solve", "place")},
        "awards": _awards(instance, found),
    }


def _awards(instance: Instance, found: Award) -> list[dict[str, int]]:
    from marketplace.aggregation.award.outcome import unit_prices

    prices, tiers = unit_prices(instance, found.tier).tolist(), found.tier.tolist()
    volume = found.volume().tolist()
    return [
        {
            "lot": offer.lot,
            "supplier": offer.supplier,
            "tier": tiers[number],
            "unit_price_pence": prices[number],
            "units": volume[number],
        }
        for number, offer in enumerate(instance.offers)
        if tiers[number] >= 0
    ]


def _write(path: Path, instance: Instance, found: Award) -> None:
    from marketplace.aggregation.award.outcome import unit_prices

    prices = unit_prices(instance, found.tier).tolist()
    columns = zip(found.request.tolist(), found.offer.tolist(), found.units.tolist(), strict=True)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write("request,supplier,units,unit_price_pence\n")
            file.writelines(
                f"{r},{instance.offers[o].supplier},{units},{prices[o]}\n" for r, o, units in columns
            )
    except OSError as error:
        _cannot_write(path, error)


def _words(answer: dict[str, Any]) -> str:
    from marketplace.kernel.money import pounds

    proof = "proven best" if answer["proven"] else f"at most {answer['gap']:.6%} below the best"
    checked = f"{len(answer['violations'])} violations found" if answer["violations"] else "verified"
    lines = [
        f"{answer['name']}: {answer['requests']} requests",
        f"saving {pounds(answer['value_pence'])}, {proof}, {checked}",
        *answer["violations"],
    ]
    lines += [
        "lot {lot}: supplier {supplier}, tier {tier}, {units} units at {price}".format(
            price=pounds(row["unit_price_pence"]), **row
        )
        for row in answer["awards"]
    ]
    return "\n".join(lines)
