"""Forms act for the organisation that they were opened for, or for none: people switch in other tabs."""

from __future__ import annotations

import uuid

from flask import Flask, g, request
from sqlalchemy.orm import Session

from marketplace.kernel.decisions import Decision
from marketplace.kernel.errors import Conflict
from marketplace.kernel.forms import OPENED_FOR
from marketplace.kernel.http import is_api
from marketplace.kernel.session import READING_METHODS
from marketplace.trusts.models import Organisation

SWITCHING = {"trusts.switch"}
"""It says itself for whom."""


def init_app(app: Flask) -> None:
    """Let every form name the organisation that it is opened for."""
    app.jinja_env.globals["acts_for"] = _acts_for


def check(session: Session, decision: Decision) -> None:
    """Conflict when the page's form was opened for another organisation than the person acts for now.

    They switched in another tab, or lost their roles there. What needs no organisation acts for none, such as
    signing out; a post that names none is taken as it comes.
    """
    acts = decision.needs_organisation and request.method not in READING_METHODS and not is_api()
    if not acts or request.endpoint in SWITCHING:
        return
    named = request.form.get(OPENED_FOR, "")
    if named and named != _acts_for():
        raise Conflict(
            f"You opened this form for {_name(session, named)} and now act for {g.actor.organisation_name}. "
            "Nothing was saved. Switch back, or open it again."
        )


def _acts_for() -> str:
    actor = g.get("actor")
    return "" if actor is None else str(actor.organisation_id)


def _name(session: Session, named: str) -> str:
    try:
        found = session.get(Organisation, uuid.UUID(named))
    except ValueError:
        found = None
    return "another organisation" if found is None else found.name
