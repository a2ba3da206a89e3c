"""The ledger of the own organisation."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from billing.ledger import queries
from billing.ledger.postings import JOURNAL_WORDS, POSTING_COLUMNS
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.kernel.spreadsheets import Cell, csv_file, in_pounds
from marketplace.trusts.guard import current_actor, roles
from marketplace.trusts.kinds import Role

pages = Blueprint("ledger", __name__)


@pages.get("/billing/ledger")
@roles(Role.FINANCE)
def ledger() -> ResponseReturnValue:
    """Trial balance and journals."""
    session, actor = current_session(), current_actor()
    return render_template(
        "ledger/ledger.html",
        balance=queries.own_trial_balance(session, actor),
        journals=queries.own_journals(session, actor, after()),
        words=JOURNAL_WORDS,
    )


@pages.get("/billing/ledger.csv")
@roles(Role.FINANCE)
def ledger_csv() -> ResponseReturnValue:
    """Every entry, with a row for each account that it touches, for a spreadsheet."""
    rows = queries.own_postings(current_session(), current_actor())
    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"'}
    return Response(csv_file(POSTING_COLUMNS, map(_cells, rows)), mimetype="text/csv", headers=headers)


def _cells(row: queries.Entry) -> list[Cell]:
    debit, credit = row.balance.debit_pence, row.balance.credit_pence
    return [
        row.posted_on,
        JOURNAL_WORDS[row.kind],
        row.memo,
        row.balance.words,
        in_pounds(debit) if debit else None,
        in_pounds(credit) if credit else None,
    ]
