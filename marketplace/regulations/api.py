"""The English rules as JSON."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from marketplace.kernel.decisions import any_person
from marketplace.regulations import procurement, standstill
from marketplace.regulations.procurement import Deal
from marketplace.regulations.rules import RULES
from marketplace.regulations.schemas import AskDeal, AskStandstill, DealShown, RulesShown, StandstillShown
from marketplace.regulations.standstill import Standstill

api = Blueprint("regulations_api", __name__, description="English rules, dated and cited; not legal advice")


@api.get("/rules")
@api.response(200, RulesShown)
@any_person
def rules() -> dict[str, Any]:
    """Every figure with its dates, source and how sure it is."""
    return {"rules": RULES}


@api.get("/rules/deal")
@api.arguments(AskDeal, location="query")
@api.response(200, DealShown)
@any_person
def deal(command: dict[str, Any]) -> Deal:
    """Threshold, route and duties of a purchase."""
    return procurement.deal(**command)


@api.get("/rules/standstill")
@api.arguments(AskStandstill, location="query")
@api.response(200, StandstillShown)
@any_person
def standstill_(command: dict[str, Any]) -> Standstill:
    """How long nobody may sign after an award notice."""
    return standstill.standstill(**command)
