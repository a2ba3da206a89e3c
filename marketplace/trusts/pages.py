"""The start page, and an organisation's own pages."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from marketplace.kernel import clock, schema
from marketplace.kernel.decisions import public, signed_in
from marketplace.kernel.errors import NotFound
from marketplace.kernel.fields import UNPRINTABLE
from marketplace.kernel.forms import Form
from marketplace.kernel.http import after
from marketplace.kernel.session import current_session
from marketplace.trusts import queries, services
from marketplace.trusts.guard import current_actor
from marketplace.trusts.kinds import KIND_WORDS, LINK_WORDS, ROLE_WORDS
from marketplace.trusts.schemas import Switch
from marketplace.trusts.years import CHOOSERS

pages = Blueprint("trusts", __name__)
LONGEST_SEARCH = 200


@pages.get("/")
@public
def start() -> ResponseReturnValue:
    """What Sharewell is, or what waits for whoever is signed in."""
    actor = g.get("actor")
    if "owes_second_proof" in g:
        return redirect(url_for("trusts.own"))  # which says so and leads on to where one is set up
    if actor is None and "person" in g:
        return redirect(url_for("operator.claims" if g.is_operator else "claims.mine"))
    if actor is None:
        return render_template("trusts/start.html")
    found = [one for find in current_app.extensions["waiting"] for one in find(current_session(), actor)]
    waiting = sorted(
        (one for one in found if not one.sets_up), key=lambda one: (one.due_on is None, one.due_on)
    )
    return render_template("trusts/home.html", waiting=waiting, steps=[one for one in found if one.sets_up])


@pages.get("/healthz")
@public
def health() -> ResponseReturnValue:
    """For a load balancer: this process can read the database, and knows its schema; else 503."""
    schema.check_newest(current_session().connection())
    return {"status": "ok"}


@pages.get("/trust")
@signed_in
def own() -> ResponseReturnValue:
    """The actor's own organisation: facts, schools, people and approval rules."""
    session, actor = current_session(), current_actor()
    return render_template(
        "trusts/own.html",
        **_described(actor.organisation_id),
        chooses_year=actor.kind in CHOOSERS,
        members=queries.members(session, actor),
        others=[row for row in queries.own_organisations(session, actor) if row.id != actor.organisation_id],
        has_mailbox=current_app.extensions["settings"].demo,
        words={"kind": KIND_WORDS, "link": LINK_WORDS, "role": ROLE_WORDS},
    )


@pages.get("/trust/switch")
@signed_in
def choose() -> ResponseReturnValue:
    """Every organisation for which the person may act."""
    organisations = queries.own_organisations(current_session(), current_actor())
    return render_template("trusts/choose.html", organisations=organisations)


@pages.post("/trust/switch")
@signed_in
def switch() -> ResponseReturnValue:
    """Act for another organisation of the person's own from now on."""
    command = Form.posted(Switch()).read()
    if command is None:
        raise NotFound
    chosen = services.check_membership(current_session(), current_actor(), command["organisation_id"])
    cookie["organisation"] = str(chosen)
    return redirect("/")


@pages.get("/trusts")
@signed_in
def find() -> ResponseReturnValue:
    """Organisations by name or identifier."""
    words = UNPRINTABLE.sub("", request.args.get("q", ""))[:LONGEST_SEARCH]
    page = queries.find(current_session(), words, after())
    return render_template("trusts/find.html", page=page, q=words, kinds=KIND_WORDS)


@pages.get("/trusts/<uuid:organisation_id>")
@signed_in
def organisation(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """What the register says about an organisation."""
    words = {"kind": KIND_WORDS, "link": LINK_WORDS}
    return render_template("trusts/organisation.html", **_described(organisation_id), words=words)


def _described(organisation_id: uuid.UUID) -> dict[str, Any]:
    """What the register and the organisation itself say about it."""
    session = current_session()
    organisation = queries.organisation(session, organisation_id)
    linked = queries.linked(session, organisation_id)
    return {
        "organisation": organisation,
        "linked": linked,
        "year": queries.financial_year(organisation, clock.today()),
        "authorities": queries.authorities_of(session, organisation),
        "before": queries.predecessors(session, organisation_id),
        "became": queries.successors(session, organisation_id),
        "counted": queries.counted_pupils(session, [organisation_id, *(row.id for row in linked)]),
    }


@pages.get("/mailbox")
@signed_in
def mailbox() -> ResponseReturnValue:
    """The demonstration's messages to the person; elsewhere the address does not exist."""
    _only_in_the_demonstration()
    page = queries.mailbox(current_session(), current_actor(), after())
    return render_template("trusts/mailbox.html", page=page)


@pages.get("/mailbox/<uuid:message_id>")
@signed_in
def mailbox_message(message_id: uuid.UUID) -> ResponseReturnValue:
    """One message to the person."""
    _only_in_the_demonstration()
    message = queries.mailbox_message(current_session(), current_actor(), message_id)
    return render_template("trusts/mailbox_message.html", message=message)


def _only_in_the_demonstration() -> None:
    if not current_app.extensions["settings"].demo:
        raise NotFound
