"""The access decision of every route, and who the person at a page or behind a token is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as WerkzeugResponse

from marketplace.kernel import database, decisions, idempotency
from marketplace.kernel.decisions import Decision, View
from marketplace.kernel.errors import NotPermitted, NotSignedIn
from marketplace.kernel.fields import local
from marketplace.kernel.http import is_api
from marketplace.kernel.session import current_session
from marketplace.people import services as people
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role

NO_ROLE = "You have no role at any trust or school yet. Ask the person who runs this Sharewell to add you."
OPEN_ENDPOINTS = {"static", "api-docs.openapi_json"}


def roles(*allowed: Role) -> Callable[[View], View]:
    """Whoever has one of these roles at their own organisation may do this."""

    def decide(view: View) -> View:
        return decisions.decide(view, Decision(is_public=False, roles=frozenset(allowed)))

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
    app.context_processor(lambda: {"actor": g.get("actor")})


def decision_of(app: Flask, endpoint: str) -> Decision | None:
    """The decision of a route, None when it was forgotten."""
    if endpoint in OPEN_ENDPOINTS:
        return Decision(is_public=True)
    found: Decision | None = getattr(app.view_functions[endpoint], "access", None)
    return found


def check_decisions(app: Flask) -> None:
    """RuntimeError naming each route that has no access decision."""
    forgotten = [endpoint for endpoint in app.view_functions if decision_of(app, endpoint) is None]
    if forgotten:
        raise RuntimeError(f"routes without an access decision: {', '.join(sorted(forgotten))}")


def _admit() -> WerkzeugResponse | None:
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
        return None
    if g.get("actor") is None:
        return _turn_away()
    if decision.roles:
        access.require(g.actor, *sorted(decision.roles, key=lambda role: role.value))
    return None


def _turn_away() -> WerkzeugResponse:
    """To sign in; a person without a role is told so, or signing in would go in circles."""
    if "person" in g:
        raise NotPermitted(NO_ROLE)
    if is_api():
        raise NotSignedIn("Send a personal token: Authorization: Bearer sharewell_...")
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("people.sign_in", next=local(wanted)))


def _recognise() -> None:
    """Put the person and the actor into g: pages by the session cookie, the API by the bearer token alone."""
    session = current_session()
    person = people.person_of_token(session, _bearer()) if is_api() else None
    if not is_api() and "session" in cookie:
        person = people.person_of_session(session, str(cookie["session"]))
    if person is None:
        return
    g.person = person.id
    g.actor = access.actor_of(session, person, _chosen_organisation())
    if g.actor is not None:
        g.organisation_id = g.actor.organisation_id
        database.act_for(session, g.actor.organisation_id)


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _chosen_organisation() -> uuid.UUID | None:
    chosen = cookie.get("organisation")
    return uuid.UUID(chosen) if chosen and not is_api() else None


def once(answer: Callable[[], Response]) -> Response:
    """Answer a JSON POST; with an Idempotency-Key, as it was answered the first time."""
    key = request.headers.get("Idempotency-Key")
    actor: Actor | None = g.get("actor")
    if key is None or actor is None or request.method != "POST" or not is_api():
        return answer()
    session = current_session()
    print_ = idempotency.fingerprint(request.method, request.full_path, request.get_data())
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
