"""The ledger as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from billing.ledger import queries
from marketplace.kernel.session import current_session
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

api = Blueprint("ledger_api", __name__, description="The ledger")
PENCE = {"description": "Whole pence"}


class AccountBalance(ma.Schema):
    """One account."""

    code = ma.fields.String(metadata={"description": "Unique in the book"})
    name = ma.fields.String(metadata={"description": "As people call it"})
    type = ma.fields.String(metadata={"description": "asset, liability or income"})
    debit_pence = ma.fields.Integer(metadata=PENCE)
    credit_pence = ma.fields.Integer(metadata=PENCE)


class TrialBalance(ma.Schema):
    """Every account, and the sums of the two columns, which are equal."""

    accounts = ma.fields.List(ma.fields.Nested(AccountBalance))
    debit_pence = ma.fields.Integer(metadata=PENCE)
    credit_pence = ma.fields.Integer(metadata=PENCE)


@api.get("/trial-balance")
@api.response(200, TrialBalance)
@roles(Role.FINANCE)
def trial_balance() -> dict[str, Any]:
    """The trial balance of your organisation."""
    balance = queries.own_trial_balance(current_session(), current_actor())
    accounts = [
        {
            "code": row.code,
            "name": row.words,
            "type": row.type.value,
            "debit_pence": row.debit_pence,
            "credit_pence": row.credit_pence,
        }
        for row in balance.rows
    ]
    return {
        "accounts": accounts,
        "debit_pence": balance.debit_pence,
        "credit_pence": balance.credit_pence,
    }
