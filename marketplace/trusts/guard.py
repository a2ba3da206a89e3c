"""The access decision of every route, and who the person at a page or behind a token is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from flask import Flask, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from marketplace.kernel import clock, database, decisions, idempotency, limits
from marketplace.kernel.decisions import Decision, View
from marketplace.kernel.errors import DomainError, NotPermitted, NotSignedIn
from marketplace.kernel.fields import local
from marketplace.kernel.http import is_api
from marketplace.kernel.session import READING_METHODS, current_session, database_of
from marketplace.people import factors
from marketplace.people import services as people
from marketplace.people.models import ApiToken, BrowserSession, Person
from marketplace.people.scopes import SCOPE_WORDS, Scope
from marketplace.trusts import access, keeping, opened_for, second_proofs
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

NO_ROLE = (
    "You act for no trust, school or firm yet, or it is suspended. "
    "Claim yours under Your organisation, or ask a colleague there to invite you."
)
OPEN_ENDPOINTS = {"static", "api-docs.openapi_json"}
OPENED_WITHIN = timedelta(minutes=15)
"""A form about money, roles or ways to sign in opens this long after a proof of who the person is."""
SENT_WITHIN = timedelta(minutes=60)
"""It is taken this long after, so that whoever opened it has 45 minutes at least to fill it in."""
DECIDING = {"approve", "send-back", "reject", "refuse", "confirm", "decide", "policy"}
PATIENCE_SECONDS = 0.1


class ScopeTooSmall(DomainError):
    """The token may not do this, whatever its person may."""

    code = "scope-too-small"
    status = 403

    def __init__(self, scope: Scope) -> None:
        words = SCOPE_WORDS[scope]
        super().__init__(
            f"This token lacks the scope {scope.value} ({words[0].lower()}{words[1:]}). "
            "Make one that has it on your account page."
        )


def roles(*allowed: Role) -> Callable[[View], View]:
    """Whoever has one of these roles at their own organisation may do this."""

    def decide(view: View) -> View:
        return decisions.decide(view, Decision(is_public=False, roles=frozenset(allowed)))

    return decide


def needs(scope: Scope) -> Callable[[View], View]:
    """With another decision on a JSON route: the scope that a token must have."""

    def decide(view: View) -> View:
        view.__dict__["scope"] = scope
        return view

    return decide


def current_actor() -> Actor:
    """Who is acting; only where the route asks for somebody signed in."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise NotSignedIn
    return actor


def init_app(app: Flask) -> None:
    """Refuse at the start what has no decision; ask before every request."""
    app.before_request(_admit)
    opened_for.init_app(app)
    keeping.init_app(app)
    app.context_processor(lambda: {"actor": g.get("actor"), "person_name": g.get("person_name")})


def decision_of(app: Flask, endpoint: str) -> Decision | None:
    """The decision of a route, None when it was forgotten."""
    if endpoint in OPEN_ENDPOINTS:
        return Decision(is_public=True)
    return decisions.decided(app.view_functions[endpoint])


def scope_of(decision: Decision, path: str, method: str) -> Scope:
    """What a token needs: the scope that the route names, else by one rule.

    Reading for a GET; approving where the path (a rule of the URL map) ends in a verb that decides about
    what another did, and where people are asked for a fresh proof; writing for the rest.
    """
    if decision.scope is not None:
        named: Scope = decision.scope
        return named
    if method in READING_METHODS:
        return Scope.READ
    decides = decision.is_fresh or path.rpartition("/")[2] in DECIDING
    return Scope.APPROVE if decides else Scope.WRITE


def check_decisions(app: Flask) -> None:
    """RuntimeError naming each route that has no access decision."""
    forgotten = [endpoint for endpoint in app.view_functions if decision_of(app, endpoint) is None]
    if forgotten:
        raise RuntimeError(f"routes without an access decision: {', '.join(sorted(forgotten))}")


def _admit() -> ResponseReturnValue | None:
    if request.endpoint is None:
        _recognise()
        return None
    decision = decision_of(current_app, request.endpoint)
    if decision is None:
        raise RuntimeError(f"{request.endpoint} has no access decision")
    if request.endpoint in OPEN_ENDPOINTS:
        return None
    _recognise()
    if decision.is_public:
        _hold_back()
        return None
    if decision.awaits_factor:
        return None if "awaiting" in g else _turn_away(decision, gave_it="person" in g)
    keeping.restore()
    if "person" not in g or (decision.needs_organisation and g.get("actor") is None):
        return _turn_away(decision)
    opened_for.check(current_session(), decision)
    _require(decision)
    return _secured(decision) or _confirmed(decision)


def _require(decision: Decision) -> None:
    """NotPermitted or ScopeTooSmall unless the person, or their token, has what the decision asks for."""
    if decision.is_operators and not g.is_operator:
        raise NotPermitted("Only the operator of this Sharewell can do this.")
    if decision.roles:
        access.require(g.actor, *sorted(decision.roles, key=lambda role: role.value))
    if is_api():
        scope = scope_of(decision, str(request.url_rule), request.method)
        if scope not in g.scopes:
            raise ScopeTooSmall(scope)


def _secured(decision: Decision) -> ResponseReturnValue | None:
    """None, or the way to a second proof that the person needs and has not set up.

    An organisation may ask for it; whoever runs this Sharewell needs one, but in the demonstration.
    """
    if decision.is_operators:
        return _secured_operator()
    acts = decision.needs_organisation and not is_api()
    if not acts or not second_proofs.is_missing(current_session(), g.actor):
        return None
    flash(f"{g.actor.organisation_name} asks everybody for a second proof. Set one up to go on.", "warning")
    return redirect(url_for("factors.security"))


def _secured_operator() -> ResponseReturnValue | None:
    if current_app.extensions["settings"].demo or factors.required(current_session(), g.person):
        return None
    flash("Whoever runs this Sharewell needs a second proof. Set one up to go on.", "warning")
    return redirect(url_for("factors.security"))


def _hold_back() -> None:
    """On a page for everybody, whoever still owes their organisation a second proof does not act for it."""
    if g.get("actor") is not None and not is_api() and second_proofs.is_missing(current_session(), g.actor):
        g.actor, g.owes_second_proof = None, True


def _confirmed(decision: Decision) -> ResponseReturnValue | None:
    """None when the person proved lately who they are, else the way to do so; a token has its scope for that.

    What was typed into a form that comes too late stays in the browser: the answer opens the proof in
    another tab, and the form can be sent again from this one.
    """
    if not decision.is_fresh or is_api():
        return None
    age = clock.now() - g.browser.confirmed_at
    if request.method in READING_METHODS:
        here = local(request.full_path.rstrip("?"))
        return None if age <= OPENED_WITHIN else redirect(url_for("confirming.confirm", next=here))
    return None if age <= SENT_WITHIN else (render_template("accounts/confirm_first.html"), 403)


def _turn_away(decision: Decision, *, gave_it: bool = False) -> ResponseReturnValue:
    """To sign in, or to the second proof; a person without a role is told so, or it would go in circles.

    Who gave the second proof already, perhaps in another tab, goes on to the start page. What was typed into
    a form is kept for who opened it, and shown again.
    """
    if gave_it:
        return redirect("/")
    if "person" in g:
        raise NotPermitted(NO_ROLE)
    if is_api():
        raise NotSignedIn("Send a personal token: Authorization: Bearer sharewell_...")
    reads = request.method in READING_METHODS
    wanted = request.full_path.rstrip("?") if reads else keeping.address_of_kept(decision) or "/"
    endpoint = "factors.ask" if "awaiting" in g else "people.sign_in"
    return redirect(url_for(endpoint, next=local(wanted)))


def _recognise() -> None:
    """Put the person and the actor into g: pages by the session cookie, the API by the bearer token alone."""
    session = current_session()
    if is_api():
        _recognise_program(session)
    elif "session" in cookie:
        _recognise_browser(session)
    if g.get("actor") is not None:
        g.organisation_id = g.actor.organisation_id
        database.act_for(session, g.actor.organisation_id)


def _recognise_program(session: Session) -> None:
    limits.refuse_after_wrong_tokens()
    token = people.token_of(session, _bearer())
    if token is None:
        if _bearer():
            limits.count_wrong_token()
        return
    _note_use(session, token)
    person = session.get_one(Person, token.person_id)
    g.scopes = token.may
    _put(person, access.actor_of(session, person, token.organisation_id))
    if g.actor is not None and token.organisation_id not in {None, g.actor.organisation_id}:
        g.actor = None  # their roles there are gone; the token was for nothing else


def _recognise_browser(session: Session) -> None:
    browser = people.session_of(session, str(cookie["session"]))
    if browser is None:
        return
    _note_use(session, browser)
    if browser.awaits_factor:
        g.awaiting = browser.person_id
        return
    g.browser = browser
    person = session.get_one(Person, browser.person_id)
    _put(person, access.actor_of(session, person, _chosen_organisation()))


def _put(person: Person, actor: Actor | None) -> None:
    g.person, g.person_name, g.is_operator, g.actor = person.id, person.name, person.is_operator, actor


def _note_use(session: Session, secret: BrowserSession | ApiToken) -> None:
    """Keep when and from where it is used: beside a request that only reads, and not at any price."""
    if not people.is_use_to_note(secret):
        return
    note = partial(people.note_use, secret=type(secret), row_id=secret.id, address=request.remote_addr)
    if request.method not in READING_METHODS:
        note(session)
        return
    try:
        with database.patience(PATIENCE_SECONDS), database_of(current_app).writing.begin() as beside:
            note(beside)
    except sa.exc.DBAPIError as error:
        if not (database.is_busy(error) or database.is_away(error)):
            raise


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _chosen_organisation() -> uuid.UUID | None:
    chosen = cookie.get("organisation")
    return uuid.UUID(chosen) if chosen else None


def once(answer: Callable[[], Response]) -> Response:
    """Answer a JSON POST; with an Idempotency-Key, as it was answered the first time."""
    if g.get("kept_form") is not None:
        return keeping.fitted(answer)
    key = request.headers.get("Idempotency-Key")
    actor: Actor | None = g.get("actor")
    if key is None or actor is None or request.method != "POST" or not is_api():
        return answer()
    session = current_session()
    asked = (request.method, request.full_path, request.get_data())
    print_ = idempotency.fingerprint(actor.organisation_id, *asked)
    known = idempotency.begin(session, actor.person_id, key, print_)
    if known is not None:
        return _repeated(known)
    response = answer()
    keep = partial(idempotency.finish, session, actor.person_id, key)
    if response.status_code < 400:  # noqa: PLR2004  what failed stored nothing and may be tried again
        keep(idempotency.Answer(response.status_code, response.get_data(as_text=True), response.location))
    return response


def _repeated(known: idempotency.Answer) -> Response:
    response = Response(known.body, known.status, mimetype="application/json")
    if known.location:
        response.headers["Location"] = known.location
    response.headers["Idempotency-Replayed"] = "true"
    return response
