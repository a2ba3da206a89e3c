"""The ledger of the own organisation."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.ledger import queries
from billing.ledger.postings import JOURNAL_WORDS
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
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
