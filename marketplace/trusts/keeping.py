"""Nothing that was typed is lost when a session ends: the form is shown again to the person who typed it.

Each form carries a sealed word of who opened it, for which organisation and on which page. A post that comes
when nobody is signed in, or with a token of an ended session, is not carried out: what was typed is kept for
that person, who sends it again from the same form after signing in. Nobody else can name them in that word.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from flask import Flask, Response, current_app, g, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from marketplace.kernel import database, decisions, http
from marketplace.kernel.decisions import Decision
from marketplace.kernel.errors import Conflict
from marketplace.kernel.fields import LONGEST_ADDRESS, local
from marketplace.kernel.forms import KEPT, LATER, OPENED_BY, OUTSIDE, Kept
from marketplace.kernel.http import is_api
from marketplace.kernel.session import READING_METHODS, apart, current_session
from marketplace.people import kept_forms
from marketplace.people.kept_forms import AFTER_A_TIME_OUT, UNFINISHED, KeptForm, Page
from marketplace.people.models import Person
from marketplace.trusts import access

NEVER = ("password", "sort_code", "account_number")
"""What has one of these in its name is never kept. Forms for one-time codes are of no organisation."""


def init_app(app: Flask) -> None:
    """Let every form say who opened it, and meet the token of an ended session."""
    app.jinja_env.globals.update(opened_by=_opened_by, kept_id=_kept_id)
    app.register_error_handler(CSRFError, _too_old)


def address_of_kept(decision: Decision) -> str | None:
    """Where a post that comes too late is shown again, once it is kept; None when it cannot be."""
    page = _named_page()
    if page is None or is_api() or not (decision.needs_organisation or decision.is_operators):
        return None
    typed, key = _typed(), _secret_key()
    if not typed:
        return local(page.address)
    beside = replace(page, is_of_many=True)  # two tabs of a page may both come too late
    before = _identifier(request.form.get(KEPT, ""))

    def keep(session: Session) -> uuid.UUID | None:
        kept_id = kept_forms.keep(session, key, beside, typed, AFTER_A_TIME_OUT)
        if kept_id is not None:
            kept_forms.forget(session, page.person_id, before)
        return kept_id

    kept_id = apart(keep)
    return local(with_kept(page.address, kept_id))


def is_put_aside() -> bool:
    """Whether the person saves the form as it is, to complete it later."""
    return LATER in request.form


def put_aside(*, is_new: bool) -> None:
    """Keep an incomplete form of the person who acts, for the page on which it is shown.

    Each is_new thing that they begin is kept beside the others; of any other page the last form is kept.
    """
    page = _named_page()
    if page is None or page.person_id != g.person or page.organisation_id != g.actor.organisation_id:
        raise Conflict("This page is too old to save it unfinished. Open it again.")
    session, beside = current_session(), replace(page, is_of_many=is_new)
    kept_forms.forget(session, g.person, _identifier(request.form.get(KEPT, "")))
    if kept_forms.keep(session, _secret_key(), beside, _typed(), UNFINISHED) is None:
        raise Conflict("This is too much to save unfinished. Go back, and shorten or complete it.")


def restore() -> None:
    """With ?kept= show what its person typed; with a post that came of it, forget it when that is done."""
    if "person" not in g or is_api():
        return
    if request.method not in READING_METHODS:
        _forget_sent()
        return
    if KEPT not in request.args or request.method != "GET":
        return
    kept = kept_forms.find(current_session(), g.person, _identifier(request.args[KEPT]))
    g.kept_found = kept is not None and _acts_again(kept)
    if kept is not None and g.kept_found:
        g.kept_id, key = kept.id, _secret_key()
        g.kept_form = Kept(MultiDict(kept_forms.typed(kept, key)), kept_forms.goes_to(kept, key))


def fitted(answer: Callable[[], Response]) -> Response:
    """The page with what was kept in the form that it was typed into; above it where that is not there.

    A page can have another form today than yesterday, and several that ask for the same.
    """
    kept: Kept = g.kept_form
    response = answer()
    while kept.typed and not kept.is_placed:
        if kept.found <= kept.passed:
            g.kept_found, g.kept_id = None, None
            kept.try_next()
            return answer()
        kept.try_next()
        response = answer()
    return response


def unfinished(addresses: list[str]) -> Sequence[KeptForm]:
    """What the person who acts saved unfinished of these pages, the oldest first."""
    return kept_forms.kept_for(current_session(), g.person, g.actor.organisation_id, addresses)


def typed_in(kept: KeptForm) -> dict[str, str]:
    """What was typed into a form that is kept for the person who acts."""
    return dict(kept_forms.typed(kept, _secret_key()))


def _forget_sent() -> None:
    """In the unit of work of the answer: what is refused stores nothing, so the form stays kept then."""
    if KEPT in request.form and not is_put_aside():
        kept_forms.forget(current_session(), g.person, _identifier(request.form[KEPT]))


def _acts_again(kept: KeptForm) -> bool:
    """Whether the person acts for the organisation that it was opened for, switched to it if need be."""
    actor, wanted = g.get("actor"), kept.organisation_id
    if wanted is None or (actor is not None and actor.organisation_id == wanted):
        return True
    session = current_session()
    again = access.actor_of(session, session.get_one(Person, g.person), wanted)
    if again is None or again.organisation_id != wanted:
        return False
    cookie["organisation"] = str(wanted)
    g.actor, g.organisation_id = again, wanted
    database.act_for(session, wanted)
    return True


def _too_old(error: CSRFError) -> ResponseReturnValue:
    """The session under which the form was opened has ended, and the person has signed in again since."""
    page, address = _named_page(), None
    decision = decisions.decided(current_app.view_functions[request.endpoint or "static"])
    if page is not None and decision is not None and page.person_id == g.get("person"):
        address = address_of_kept(decision)
    return http.http_error(error) if address is None else redirect(address, 303)


def _typed() -> list[tuple[str, str]]:
    pairs = request.form.items(multi=True)
    return [(name, value) for name, value in pairs if name not in OUTSIDE and not _is_secret(name)]


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in NEVER)


def _opened_by() -> str:
    """Who opens the form that is being shown; empty for nobody."""
    if "person" not in g:
        return ""
    actor = g.get("actor")
    organisation = "" if actor is None else str(actor.organisation_id)
    return _signer().dumps([str(g.person), organisation, _page_address()])


def _page_address() -> str:
    """The page that is shown; of a post that was refused, the one that it came from."""
    if request.method not in READING_METHODS:
        before = _named_page()
        return before.address if before else request.path
    return with_kept(request.full_path.rstrip("?"), None)


def _named_page() -> Page | None:
    """What the sealed word of the posted form says."""
    try:
        person, organisation, address = _signer().loads(request.form.get(OPENED_BY, ""))
    except (BadData, ValueError):
        return None
    acted_for = uuid.UUID(organisation) if organisation else None
    return Page(uuid.UUID(person), acted_for, str(address), request.path)


def with_kept(address: str, kept_id: uuid.UUID | None) -> str:
    """An address that shows a kept form, or none."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != KEPT]
    query += [(KEPT, str(kept_id))] if kept_id else []
    return parts.path[:LONGEST_ADDRESS] + (f"?{urlencode(query)}" if query else "")


def _kept_id(action: str) -> str:
    """The kept form that is being shown, in the form that goes there; also when what was sent was refused."""
    path = unquote(urlsplit(action).path)
    kept: Kept | None = g.get("kept_form")
    if kept is not None and g.get("kept_id"):
        return str(g.kept_id) if kept.opens(path) else ""
    return request.form.get(KEPT, "") if path == request.path else ""


def _identifier(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(_secret_key(), salt="who opened a form")


def _secret_key() -> str:
    return str(current_app.extensions["settings"].secret_key)
