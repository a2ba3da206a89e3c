"""Tokens for programs: made, listed, revoked, and never more than they were made for."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from freezegun import freeze_time
from sqlalchemy.orm import Session

from marketplace.kernel import clock
from marketplace.people import services
from marketplace.people.models import ApiToken
from marketplace.people.scopes import ALL_SCOPES, Scope
from marketplace.people.services import NewToken
from marketplace.trusts import guard
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership
from tests.factories.membership import letters
from tests.factories.trusts import an_actor, an_organisation, bearer, signed_in
from tests.house.addresses import address

FORM = {"name": "the monthly export", "days": "30"}


def made(browser: FlaskClient, **form: str | list[str]) -> dict[str, str]:
    answer = browser.post("/account/tokens/new", data={**FORM, **form})
    assert answer.status_code == 200, answer.text
    (secret,) = re.findall(r">(sharewell_[\w-]+)<", answer.text)
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_is_shown_once_and_acts_for_the_organisation_it_was_made_for(
    app: Flask, session: Session
) -> None:
    actor = an_actor(session)
    here = signed_in(app, session, actor)
    headers = made(here)
    me = app.test_client().get("/api/me", headers=headers).json
    assert me is not None
    assert me["organisation_id"] == str(actor.organisation_id)
    page = here.get("/account/tokens").text
    assert "the monthly export" in page
    assert f"acts for {actor.organisation_name}" in page
    assert headers["Authorization"].split()[1] not in page


def test_the_list_says_until_when_a_token_lasts_and_one_can_be_revoked(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    with freeze_time("2026-12-01 10:00:00Z"):
        services.make_token(session, actor.email, "the <b>budget</b> sheet")
    with freeze_time("2026-12-02 10:00:00Z"):
        program, here = bearer(session, actor), signed_in(app, session, actor)
        page = here.get("/account/tokens").text
        assert "the &lt;b&gt;budget&lt;/b&gt; sheet" in page
        assert "made 1 December 2026, 10:00am, lasts until 1 March 2027, 10:00am" in page
        newest, oldest = re.findall(r'name="token_id" value="([^"]+)"', page)
        assert here.post("/account/tokens/end", data={"token_id": newest}).location == "/account/tokens"
        assert app.test_client().get("/api/me", headers=program).status_code == 401
        assert re.findall(r'name="token_id" value="([^"]+)"', here.get("/account/tokens").text) == [oldest]


@pytest.mark.parametrize("token_id", [None, "x"])
def test_nobody_revokes_a_token_of_others(app: Flask, session: Session, token_id: str | None) -> None:
    program = bearer(session, an_actor(session))
    others = session.scalars(sa.select(ApiToken.id)).one()
    here = signed_in(app, session, an_actor(session))
    form = {"token_id": token_id or str(others)}
    assert here.post("/account/tokens/end", data=form).status_code == 404
    assert app.test_client().get("/api/me", headers=program).status_code == 200


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": ""}, "name"),
        ({"days": "0"}, "days"),
        ({"days": "366"}, "days"),
        ({"scopes": "king"}, "scopes"),
        ({"scopes": "read"}, "scopes"),
    ],
)
def test_a_token_that_cannot_be_is_refused_at_its_field(
    app: Flask, session: Session, form: dict[str, str], field: str
) -> None:
    here = signed_in(app, session, an_actor(session))
    answer = here.post("/account/tokens/new", data={**FORM, **form})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(ApiToken)) == 0


def test_a_token_ends_on_the_day_that_was_chosen(app: Flask, session: Session) -> None:
    headers = made(signed_in(app, session, an_actor(session)), days="365")
    with freeze_time(clock.now() + timedelta(days=364)):
        assert app.test_client().get("/api/me", headers=headers).status_code == 200
    with freeze_time(clock.now() + timedelta(days=366)):
        assert app.test_client().get("/api/me", headers=headers).status_code == 401


def test_its_last_use_is_known_to_the_hour(app: Flask, session: Session) -> None:
    program = bearer(session, an_actor(session))
    start, uses = clock.now(), []
    for minutes in (0, 30, 90):
        with freeze_time(start + timedelta(minutes=minutes)):
            app.test_client().get("/api/me", headers=program)
            session.expire_all()
            uses.append(session.scalars(sa.select(ApiToken.last_used_at)).one())
    noted = [round((used - start).total_seconds() / 60) for used in uses if used is not None]
    assert noted == [0, 0, 90]


def test_the_token_of_somebody_who_left_acts_no_longer(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    program = made(signed_in(app, session, actor))
    session.execute(sa.delete(Membership).where(Membership.person_id == actor.person_id))
    session.commit()
    assert app.test_client().get("/api/me", headers=program).status_code == 403


def test_a_token_never_acts_for_another_organisation_of_its_person(app: Flask, session: Session) -> None:
    actor, other = an_actor(session), an_organisation(session)
    program = made(signed_in(app, session, actor))
    session.add(Membership(person_id=actor.person_id, organisation_id=other.id, role=Role.ADMINISTRATOR))
    session.execute(sa.delete(Membership).where(Membership.organisation_id == actor.organisation_id))
    session.commit()
    assert app.test_client().get("/api/me", headers=program).status_code == 403


@pytest.mark.parametrize("scope", list(Scope))
def test_every_json_route_needs_its_scope(app: Flask, session: Session, scope: Scope) -> None:
    """A token with every other scope is refused by name; what it then lacks is nothing else."""
    actor = an_actor(session)
    lacking, whole = "read" if scope is Scope.READ else "", ALL_SCOPES - {scope}
    secret = services.issue_token(session, actor.person_id, NewToken("test", whole))
    if lacking:
        session.execute(sa.update(ApiToken).values(scopes="write approve money"))
    session.commit()
    tried = 0
    for rule in app.url_map.iter_rules():
        decision = guard.decision_of(app, rule.endpoint)
        if not rule.rule.startswith("/api/") or decision is None or decision.is_public:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            if guard.scope_of(decision, rule.rule, method) is not scope or decision.is_operators:
                continue
            headers = {"Authorization": f"Bearer {secret}"}
            answer = app.test_client().open(address(rule), method=method, headers=headers)
            assert (answer.status_code, answer.mimetype) == (403, "application/problem+json"), rule
            assert answer.json is not None
            assert answer.json["code"] == "scope-too-small", rule
            assert f"the scope {scope.value} " in answer.json["detail"]
            tried += 1
    assert tried >= 3


def test_a_token_made_with_no_scope_can_only_read(app: Flask, session: Session) -> None:
    program = made(signed_in(app, session, an_actor(session)))
    client = app.test_client()
    assert client.get("/api/me", headers=program).status_code == 200
    refused = client.post("/api/listings", json={}, headers=program)
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (403, "scope-too-small")


def test_a_token_with_a_scope_can_do_that_and_no_more_than_its_person(app: Flask, session: Session) -> None:
    program = made(signed_in(app, session, an_actor(session)), scopes=["write"])
    assert app.test_client().post("/api/listings", json={}, headers=program).status_code == 422
    member = an_actor(session, None, Role.BUYER)
    program = made(signed_in(app, session, member), scopes=["write", "money", "approve"])
    assert app.test_client().post("/api/listings", json={}, headers=program).status_code == 403


def test_the_letter_about_a_token_leads_to_where_it_is_revoked(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    made(signed_in(app, session, actor))
    letter = letters(session, actor.email)[-1]
    assert (letter["path"], "revoke the token" in letter["text"]) == ("/account/tokens", True)
