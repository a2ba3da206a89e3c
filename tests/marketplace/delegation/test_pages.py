"""The pages about who may approve what and what budgets have left."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.delegation import budgeting, queries
from marketplace.delegation.models import StoredScheme
from marketplace.delegation.rules import ANY_SUM, Row, Scheme, limited
from marketplace.kernel import clock
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.delegation import a_cost_centre, a_policy, asked, taken, the_scheme
from tests.factories.trusts import an_actor, an_organisation, signed_in

RULES = "/trust/approval-rules"
NOTHING = "00000000-0000-7000-8000-000000000000"


def a_colleague(session: Session, actor: Actor, *roles: Role) -> Actor:
    return an_actor(session, session.get_one(Organisation, actor.organisation_id), *roles)


def in_force(session: Session, actor: Actor) -> Scheme:
    session.expire_all()
    return queries.scheme_of(session, actor.organisation_id)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_administrator_makes_the_rules_stricter(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    a_policy(session, actor.organisation_id, approval_limit_pence=900_000)
    browser = signed_in(app, session, actor)
    form = {"approval_limit_pence": "£1,250.50", "requires_po_number": "true", "second_above_pence": "5000"}
    answer = browser.post(RULES, data=form)
    assert (answer.status_code, answer.location) == (302, RULES)
    now = in_force(session, actor)
    assert (now.free_pence(), now.second_above_pence, now.requires_po_number) == (125_050, 500_000, True)
    page = browser.get(RULES).text
    assert "Approval rules saved" in page
    assert "Above £5,000.00 two different people must approve." in page


def test_looser_rules_wait_in_sight_until_a_second_person_confirms_them(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    second = a_colleague(session, actor, Role.APPROVER)
    first_browser, second_browser = signed_in(app, session, actor), signed_in(app, session, second)
    first_browser.post(RULES, data={"approval_limit_pence": "1234"})
    mine = first_browser.get(RULES).text
    for words in (f"{actor.name} proposed this", f"one of these people confirms it: {second.name}."):
        assert words in mine
    assert "Withdraw this proposal" in mine
    assert "Confirm these rules" not in mine
    assert "looser approval rules that" in second_browser.get("/").text
    theirs = second_browser.get(RULES).text
    assert "£1,234.00" in theirs
    assert "Save approval rules" not in theirs
    assert second_browser.post(RULES, data={}).status_code == 403
    confirmed = second_browser.post(f"{RULES}/confirm", data={"scheme_id": hidden(theirs, "scheme_id")})
    assert (confirmed.status_code, confirmed.location) == (302, RULES)
    assert in_force(session, actor) == limited(123_400, requires_po_number=False)
    assert "Waiting for a second person" not in first_browser.get(RULES).text


def test_whoever_proposed_looser_rules_cannot_confirm_but_can_withdraw_them(
    app: Flask, session: Session
) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    browser.post(RULES, data={"approval_limit_pence": "0"})
    page = browser.get(RULES).text
    assert "Nobody else here can confirm it" in page
    form = {"scheme_id": hidden(page, "scheme_id")}
    assert browser.post(f"{RULES}/confirm", data=form).status_code == 403
    assert in_force(session, actor) == Scheme()
    assert browser.post(f"{RULES}/withdraw", data=form).status_code == 302
    assert "stay as they are" in browser.get(RULES).text
    assert browser.post(f"{RULES}/confirm", data={"scheme_id": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a sum, or 0 to have every order approved"),
        ("lots", "Enter a sum in pounds and pence"),
        ("-1", "Enter a sum in pounds and pence"),
        ("9" * 12, "Enter a sum from"),
        ("1" + ",000" * 1500, "Enter a sum in pounds and pence"),
        ("1\x00", "Enter a sum in pounds and pence"),
    ],
)
def test_wrong_rules_are_named_at_their_field_kept_and_not_stored(
    app: Flask, session: Session, typed: str, said: str
) -> None:
    browser = signed_in(app, session, an_actor(session))
    answer = browser.post(RULES, data={"approval_limit_pence": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#approval_limit_pence"' in answer.text
    assert session.scalar(sa.select(sa.func.count(StoredScheme.id))) == 0


def test_an_unknown_key_is_refused(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    form = {"approval_limit_pence": "1", "organisation_id": "2"}
    assert browser.post(RULES, data=form).status_code == 422


def test_rows_are_added_to_what_waits_and_removed_from_it(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    head = a_colleague(session, actor, Role.BUYER)
    the_scheme(session, actor.organisation_id, Scheme((Row(0), *ANY_SUM)))
    browser = signed_in(app, session, actor)
    for pounds, more in (("3000", {}), ("20000", {"quotes": "3", "body": "finance committee"})):
        seen = hidden(browser.get(f"{RULES}/rows/new").text, "seen")
        who = {"approver": "person", "person_id": str(head.person_id), "role": "finance"}
        form = {"seen": seen, "up_to_pence": pounds, "quotes": "0"} | who | more
        assert browser.post(f"{RULES}/rows/new", data=form).status_code == 302
    page = browser.get(RULES).text
    assert f"{head.name} for the finance committee may approve up to £20,000.00, with three quotes." in page
    assert in_force(session, actor).rows == (Row(0), *ANY_SUM)
    base = queries.edited(session, actor)
    assert [row.up_to_pence for row in base.scheme.rows] == [0, None, None, 300_000, 2_000_000]
    form = {"seen": str(base.id), "place": "4"}
    assert browser.post(f"{RULES}/rows/remove", data=form).status_code == 302
    assert browser.post(f"{RULES}/rows/remove", data=form).status_code == 409
    session.expire_all()
    assert len(queries.edited(session, actor).scheme.rows) == 4


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"quotes": "0", "role": "finance"}, "approver"),
        ({"quotes": "0", "approver": "nobody", "role": "finance"}, "up_to_pence"),
        ({"quotes": "0", "approver": "role", "person_id": NOTHING}, "role"),
        ({"quotes": "0", "approver": "person", "role": "finance"}, "person_id"),
        ({"quotes": "0", "approver": "person", "person_id": NOTHING}, "person_id"),
        ({"quotes": "0", "approver": "role", "role": "buyer"}, "role"),
        ({"quotes": "11", "approver": "role", "role": "finance"}, "quotes"),
        ({"quotes": "0", "approver": "role", "role": "finance", "cost_centre_id": NOTHING}, ""),
    ],
)
def test_a_wrong_row_is_named_at_its_field(
    app: Flask, session: Session, form: dict[str, str], field: str
) -> None:
    actor = an_actor(session)
    a_cost_centre(session, actor)
    answer = signed_in(app, session, actor).post(f"{RULES}/rows/new", data=form)
    assert answer.status_code == 422
    assert f'href="#{field or "cost_centre_id"}"' in answer.text


def test_a_row_is_asked_for_by_one_question_and_of_cost_centres_only_where_there_are_some(
    app: Flask, session: Session
) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    page = browser.get(f"{RULES}/rows/new").text
    for words in ("Who approves?", "Everybody with a role", "One person", "Nobody needs to approve"):
        assert words in page
    assert "cost centre" not in page.lower()
    a_cost_centre(session, actor)
    session.commit()
    assert "A row for a cost centre counts there" in browser.get(f"{RULES}/rows/new").text


def test_the_page_says_which_rule_holds_for_a_sum(app: Flask, session: Session) -> None:
    actor = an_actor(session, an_organisation(session), Role.BUYER)
    the_scheme(session, actor.organisation_id, limited(300_000))
    known = asked(session, 200_000)
    taken(session, actor, known)
    browser = signed_in(app, session, actor)
    assert "An order of £2,000.00 needs no approval" in browser.get(f"{RULES}/try?net_pence=2000").text
    alike = f"{known.supplier_id}:{known.category}"
    page = browser.get(f"{RULES}/try", query_string={"net_pence": "2000", "alike": alike}).text
    assert "An order of £2,000.00 needs approval by an approver or an administrator" in page
    assert "this comes to £4,000.00, above the limit of £3,000.00" in page
    assert browser.get(f"{RULES}/try?net_pence=x").status_code == 422
    hostile = {"net_pence": "5", "alike": "x:" + "y" * 30, "cost_centre_id": str(known.source_id)}
    assert browser.get(f"{RULES}/try", query_string=hostile).status_code == 200


def test_a_stand_in_is_named_and_ended(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    clerk = a_colleague(session, actor, Role.BUYER)
    browser, day = signed_in(app, session, actor), clock.today() + timedelta(days=1)
    form = {"stand_in_id": str(clerk.person_id)}
    for name in ("starts_on", "ends_on"):
        form |= {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}
    assert browser.post("/trust/stand-ins", data=form).status_code == 302
    page = browser.get("/trust/stand-ins").text
    assert f"{clerk.name} for {actor.name}" in page
    found = re.search(r'action="(/trust/stand-ins/[^"]+/end)"', page)
    assert found is not None
    other = signed_in(app, session, an_actor(session))
    assert other.post(found[1]).status_code == 404
    assert signed_in(app, session, clerk).post(found[1]).status_code == 403
    assert browser.post(found[1]).status_code == 302
    assert "Nobody stands in for anybody" in browser.get("/trust/stand-ins").text
    assert browser.post("/trust/stand-ins", data={}).status_code == 422


def test_budgets_are_set_shown_and_downloaded(app: Flask, session: Session) -> None:
    actor = an_actor(session, an_organisation(session), Role.FINANCE)
    browser = signed_in(app, session, actor)
    assert browser.post("/trust/cost-centres", data={"code": "EST", "name": "=Estates"}).status_code == 302
    assert browser.post("/trust/cost-centres", data={"code": "EST", "name": "Again"}).status_code == 422
    centre = queries.cost_centres(session, actor.organisation_id)[0]
    today = clock.today()
    day = {f"year_starts_on-{part}": str(getattr(today, part)) for part in ("day", "month", "year")}
    form = {"cost_centre_id": str(centre.id), "net_pence": "1,000", **day}
    assert browser.post("/trust/budgets", data=form).status_code == 302
    taken(session, actor, asked(session, 25_000, cost_centre_id=centre.id))
    session.commit()
    page = browser.get("/trust/budgets").text
    for sum_ in ("£1,000.00", "£250.00", "£750.00"):
        assert sum_ in page
    answer = browser.get("/trust/budgets.csv")
    lines = answer.get_data().decode("utf-8-sig").splitlines()
    assert lines[0] == "Cost centre,Financial year from,Budget (£),Committed (£),Invoiced (£),Left (£)"
    assert lines[1].startswith("EST =Estates,")
    assert lines[1].endswith(",1000.00,250.00,0.00,750.00")
    assert lines[2].startswith("Together,")
    assert lines[2].endswith(",1000.00,250.00,0.00,")
    assert len(lines) == 3
    assert "ORD-TEST" in browser.get(f"/trust/budgets/{centre.id}").text
    stranger = signed_in(app, session, an_actor(session))
    assert stranger.get(f"/trust/budgets/{centre.id}").status_code == 404
    assert stranger.post("/trust/budgets", data=form).status_code == 404
    for on in ("never", "0001-01-01", "9999-12-31"):
        assert browser.get(f"/trust/budgets?on={on}").status_code == 200


def test_a_cost_centre_is_closed_and_opened_again(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    centre = budgeting.open_cost_centre(session, actor, "EST", "Estates")
    browser, address = signed_in(app, session, actor), f"/trust/cost-centres/{centre.id}/close"
    assert browser.post(address, data={"is_closed": "true"}).status_code == 302
    assert "Estates (closed)" in browser.get("/trust/cost-centres").text
    assert browser.post(address, data={"is_closed": "false"}).status_code == 302
    assert "(closed)" not in browser.get("/trust/cost-centres").text
    assert browser.post(address, data={}).status_code in {302, 404}
