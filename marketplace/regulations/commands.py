"""Commands about the English rules: `flask regulations deal`, `flask regulations standstill`. No database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click
import marshmallow as ma
import orjson
from flask import Flask

from marketplace.kernel.errors import Refused
from marketplace.kernel.forms import first_message
from marketplace.regulations import procurement, standstill
from marketplace.regulations.findings import NOT_ADVICE, SURE_WORDS, Finding, day_words
from marketplace.regulations.procurement import ROUTE_WORDS, Deal, Kind
from marketplace.regulations.schemas import AskDeal, AskStandstill, DealShown, StandstillShown
from marketplace.regulations.standstill import Standstill

WRONG = 2
TYPED = {
    "kind": "--kind",
    "value_pence": "--value-pence",
    "starts_on": "--starts",
    "buyers": "--buyers",
    "notice_on": "DATE",
}
HOW = {"Hint": "Write a date as YYYY-MM-DD, such as 2027-03-01, and a sum in whole pence."}


def add_to(app: Flask) -> None:
    """Add the commands to an application."""
    regulations = click.Group("regulations", help="What the English rules say; this is not legal advice.")
    app.cli.add_command(regulations)

    @regulations.command("deal")
    @click.option("--kind", required=True, help=" | ".join(kind.value for kind in Kind))
    @click.option("--value-pence", required=True, help="The estimate of all buyers together, with VAT.")
    @click.option("--starts", "starts_on", required=True, help="When the procurement starts, YYYY-MM-DD.")
    @click.option("--buyers", default="1", help="How many buy together; 1 unless given.")
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    def deal(as_json: bool, **asked: str) -> None:
        """Threshold, route and duties of a purchase of a school or an academy trust."""
        found = _answered(procurement.deal, AskDeal(), asked)
        click.echo(_json(DealShown(), found) if as_json else _deal_words(found))

    @regulations.command("standstill")
    @click.argument("notice_on", metavar="DATE")
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    def standstill_(notice_on: str, as_json: bool) -> None:
        """How long nobody may sign after an award notice published on DATE (YYYY-MM-DD)."""
        found = _answered(standstill.standstill, AskStandstill(), {"notice_on": notice_on})
        click.echo(_json(StandstillShown(), found) if as_json else _standstill_words(found))


def _answered(ask: Any, schema: ma.Schema, asked: dict[str, str]) -> Any:
    try:
        return ask(**schema.load(asked))
    except ma.ValidationError as error:
        _refuse({key: first_message(messages) for key, messages in error.messages_dict.items()} | HOW)
    except Refused as error:
        _refuse({str(error.field): error.sentence})


def _refuse(faults: dict[str, str]) -> NoReturn:
    for key, sentence in faults.items():
        click.echo(f"{TYPED.get(key, key)}: {sentence}", err=True)
    sys.exit(WRONG)


def _json(schema: ma.Schema, found: Deal | Standstill) -> bytes:
    return orjson.dumps(schema.dump(found), option=orjson.OPT_INDENT_2)


def _deal_words(deal: Deal) -> str:
    return "\n".join([f"{ROUTE_WORDS[deal.route]}.", *_listed(deal.findings)])


def _standstill_words(found: Standstill) -> str:
    last, first = day_words(found.last_day), day_words(found.first_signing_day)
    return "\n".join([f"Last day: {last}. First day to sign: {first}.", *_listed(found.findings)])


def _listed(findings: Sequence[Finding]) -> list[str]:
    lines = [
        line for one in findings for line in (f"- {one.sentence}", f"  {one.source}. {SURE_WORDS[one.sure]}.")
    ]
    return [*lines, NOT_ADVICE]
