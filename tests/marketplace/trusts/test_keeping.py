"""Nothing that was typed is lost when a session ends, and nobody else gets it."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response, g, render_template_string
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import create_app
from billing.documents.schemas import AccountNumber, SortCode
from marketplace.catalogue.models import Listing, Plan
from marketplace.kernel import clock
from marketplace.kernel.fields import Command, Password, Text, named
from marketplace.kernel.forms import Form, Kept
from marketplace.kernel.session import Database, database_of
from marketplace.kernel.settings import read_settings
from marketplace.people import kept_forms
from marketplace.people import services as people
from marketplace.people.kept_forms import KeptForm
from marketplace.people.models import BrowserSession, Person
from marketplace.trusts import keeping
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Membership, Organisation
from tests.factories.catalogue import an_offer
from tests.factories.membership import an_operator
from tests.factories.trusts import an_actor, an_organisation, signed_in

PASSWORD = "plenty of quiet otters"
TYPED = {
    "kind": "service",
    "title": "Piano tuning <b>",
    "summary": "Typed for a long time",
    "description": "Line one\nline two",
    "delivery": "on-site",
}
"""What is missing was not typed yet."""


@pytest.fixture
def guarded(environment: dict[str, str]) -> Iterator[tuple[Flask, Session]]:
    """An application of the test's own that asks for CSRF tokens, as the real one does."""
    app = create_app(read_settings(environment), TESTING=True, COUNT_TRIES=False)
    with database_of(app).writing() as session:
        yield app, session
    database_of(app).close()
    app.extensions["queue"].storage.close()


def with_password(session: Session, actor: Actor) -> Actor:
    people.set_password(session, session.get_one(Person, actor.person_id), PASSWORD)
    session.commit()
    return actor


def hidden(page: str, action: str = "") -> dict[str, str]:
    """What the last form of a page sends by itself, or the one that goes to an address."""
    form = page[page.rindex(f'<form method="post" action="{action}') :].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


def end_sessions(session: Session, actor: Actor) -> None:
    """Their time is over, as after a long telephone call."""
    mine = sa.update(BrowserSession).where(BrowserSession.person_id == actor.person_id)
    session.execute(mine.values(expires_at=clock.now() - timedelta(seconds=1)))
    session.commit()


def sign_in(client: FlaskClient, actor: Actor, next_: str) -> Any:
    page = client.get(next_).text
    return client.post(
        "/sign-in", data={**hidden(page, '/sign-in"'), "email": actor.email, "password": PASSWORD}
    )


def kept(session: Session) -> list[KeptForm]:
    return list(session.scalars(sa.select(KeptForm).order_by(KeptForm.id)))


def test_a_form_that_is_sent_after_the_session_ended_is_shown_again_and_sent_by_its_person(
    guarded: tuple[Flask, Session],
) -> None:
    app, session = guarded
    actor = with_password(session, an_actor(session))
    client = signed_in(app, session, actor)
    before = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    answer = client.post("/listings/new", data=before | TYPED)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in?next=")
    assert "What you typed is kept for you" in client.get(answer.location).text
    assert "What you typed is kept for you" not in client.get("/sign-in?next=/listings/new").text
    assert session.scalar(sa.select(sa.func.count(Listing.id))) == 0
    session.rollback()

    back = sign_in(client, actor, answer.location).location
    assert back.startswith("/listings/new?kind=service&kept=")
    shown = client.get(back).text
    assert "Not sent yet" in shown
    assert "Piano tuning &lt;b&gt;" in shown
    assert "Line one\nline two" in shown
    assert re.search(r'value="on-site" checked', shown)

    again = hidden(shown)
    assert client.post("/listings/new", data=again | TYPED).status_code == 422
    assert len(kept(session)) == 1  # what is refused stays kept
    session.rollback()
    done = client.post("/listings/new", data=again | TYPED | {"category": "it", "unit": "day"})
    assert done.status_code == 302
    session.rollback()
    assert kept(session) == []
    assert session.scalar(sa.select(Listing.title)) == "Piano tuning <b>"
    assert "Nothing is kept" in client.get(back).text


def test_a_form_that_is_sent_after_signing_out_in_another_tab_is_kept_too(
    guarded: tuple[Flask, Session],
) -> None:
    app, session = guarded
    actor = with_password(session, an_actor(session))
    client = signed_in(app, session, actor)
    page = client.get("/listings/new?kind=service").text
    client.post("/sign-out", data={"csrf_token": hidden(page)["csrf_token"]})
    answer = client.post("/listings/new", data=hidden(page) | TYPED)
    back = sign_in(client, actor, answer.location).location
    assert "Typed for a long time" in client.get(back).text


def test_the_token_of_an_ended_session_is_not_carried_out_and_nothing_is_lost(
    guarded: tuple[Flask, Session],
) -> None:
    app, session = guarded
    actor = with_password(session, an_actor(session))
    client = signed_in(app, session, actor)
    old = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    sign_in(client, actor, "/sign-in")  # in another tab
    answer = client.post("/listings/new", data=old | TYPED | {"category": "it", "unit": "day"})
    assert (answer.status_code, "kept=" in answer.location) == (303, True)
    assert session.scalar(sa.select(sa.func.count(Listing.id))) == 0
    assert "Typed for a long time" in client.get(answer.location).text


@pytest.mark.parametrize("opened_by", ["", "forged", None])
def test_without_a_word_that_we_sealed_nothing_is_kept(
    guarded: tuple[Flask, Session], opened_by: str | None
) -> None:
    app, session = guarded
    actor = an_actor(session)
    client = signed_in(app, session, actor)
    old = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    sent = old | TYPED | {"opened_by": opened_by or old["opened_by"][:-4] + "AAAA"}
    answer = client.post("/listings/new", data=sent)
    assert answer.location == "/sign-in?next=/"
    assert kept(session) == []


def test_a_wrong_token_is_refused_when_another_opened_the_form(guarded: tuple[Flask, Session]) -> None:
    app, session = guarded
    actor = an_actor(session)
    organisation = session.get_one(Organisation, actor.organisation_id)
    mine = hidden(signed_in(app, session, actor).get("/listings/new?kind=service").text)
    other = signed_in(app, session, an_actor(session, organisation))
    assert other.post("/listings/new", data=mine | TYPED).status_code == 400
    assert kept(session) == []


def test_somebody_else_who_signs_in_does_not_see_it(guarded: tuple[Flask, Session]) -> None:
    app, session = guarded
    actor = an_actor(session)
    organisation = session.get_one(Organisation, actor.organisation_id)
    colleague = with_password(session, an_actor(session, organisation))
    client = signed_in(app, session, actor)
    old = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    answer = client.post("/listings/new", data=old | TYPED)
    back = sign_in(client, colleague, answer.location).location
    shown = client.get(back).text
    assert "Typed for a long time" not in shown
    assert "somebody else typed it" in shown
    assert len(kept(session)) == 1


def test_it_comes_back_for_the_organisation_that_it_was_typed_for(guarded: tuple[Flask, Session]) -> None:
    app, session = guarded
    actor = with_password(session, an_actor(session))
    second = an_organisation(session, "Second Trust", standing=Standing.VERIFIED)
    session.add(Membership(person_id=actor.person_id, organisation_id=second.id, role=Role.ADMINISTRATOR))
    client = signed_in(app, session, actor)
    with client.session_transaction() as cookie:
        cookie["organisation"] = str(second.id)
    old = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    answer = client.post("/listings/new", data=old | TYPED)
    shown = client.get(sign_in(client, actor, answer.location).location).text
    assert "Typed for a long time" in shown
    assert f'name="acts_for" value="{second.id}"' in shown


def test_who_lost_their_role_meanwhile_gets_nothing(guarded: tuple[Flask, Session]) -> None:
    app, session = guarded
    actor = with_password(session, an_actor(session))
    elsewhere = an_organisation(session)
    session.add(Membership(person_id=actor.person_id, organisation_id=elsewhere.id, role=Role.SELLER))
    client = signed_in(app, session, actor)
    old = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    answer = client.post("/listings/new", data=old | TYPED)
    gone = (Membership.person_id == actor.person_id, Membership.organisation_id == actor.organisation_id)
    session.execute(sa.delete(Membership).where(*gone))
    session.commit()
    shown = client.get(sign_in(client, actor, answer.location).location).text
    assert "Typed for a long time" not in shown


def test_what_is_kept_is_sealed_for_one_person_and_ends_after_a_day(app: Flask, session: Session) -> None:
    one, other = an_actor(session), an_actor(session)
    page = kept_forms.Page(one.person_id, one.organisation_id, "/listings/new")
    kept_id = kept_forms.keep(
        session, "k" * 40, page, [("title", "Secret plan")], kept_forms.AFTER_A_TIME_OUT
    )
    assert kept_id is not None
    row = session.get_one(KeptForm, kept_id)
    assert "Secret" not in row.sealed
    assert kept_forms.typed(row, "k" * 40) == [("title", "Secret plan")]
    assert kept_forms.typed(row, "other key of forty characters and more....") == []
    row.person_id = other.person_id
    assert kept_forms.typed(row, "k" * 40) == []
    row.person_id = one.person_id
    assert kept_forms.find(session, other.person_id, kept_id) is None
    with clock.standing_at(clock.now() + timedelta(days=1, seconds=1)):
        assert kept_forms.find(session, one.person_id, kept_id) is None
        kept_forms.forget_old(session)
    assert session.scalar(sa.select(KeptForm.id)) is None


def test_one_form_is_kept_of_each_page_and_twenty_of_a_person(session: Session) -> None:
    actor = an_actor(session)

    def keep(address: str) -> None:
        page = kept_forms.Page(actor.person_id, actor.organisation_id, address)
        kept_forms.keep(session, "k" * 40, page, [("a", address)], kept_forms.UNFINISHED)

    for _ in range(3):
        keep("/same")
    assert [one.address for one in kept(session)] == ["/same"]
    for number in range(25):
        keep(f"/page/{number}")
    assert [one.address for one in kept(session)] == [f"/page/{number}" for number in range(5, 25)]


def test_what_is_too_much_is_not_kept(session: Session) -> None:
    actor = an_actor(session)
    page = kept_forms.Page(actor.person_id, actor.organisation_id, "/")
    assert kept_forms.keep(session, "k" * 40, page, [("a", "x" * 200_001)], kept_forms.UNFINISHED) is None


def test_whoever_is_erased_leaves_nothing_kept(session: Session) -> None:
    actor = an_actor(session)
    page = kept_forms.Page(actor.person_id, actor.organisation_id, "/")
    kept_forms.keep(session, "k" * 40, page, [("a", "b")], kept_forms.UNFINISHED)
    kept_forms.forget_person(session, actor.person_id)
    assert kept(session) == []


def test_a_password_or_a_bank_account_is_never_kept(app: Flask, session: Session, isolated: Database) -> None:
    actor = an_actor(session)
    client = signed_in(app, session, actor)
    old = hidden(client.get("/listings/new?kind=service").text)
    end_sessions(session, actor)
    secrets = ("new_password", "Password", "sort_code", "account_number")
    client.post("/listings/new", data=old | TYPED | dict.fromkeys(secrets, "hush"))
    names = [name for name, _ in kept_forms.typed(kept(session)[0], "k" * 40)]
    assert names == list(TYPED)


def test_every_field_that_holds_a_secret_has_a_name_that_is_never_kept(app: Flask) -> None:
    """Of the schemas of the whole application, which is loaded."""

    def schemas(of: type[Command]) -> Iterator[type[Command]]:
        yield of
        for one in of.__subclasses__():
            yield from schemas(one)

    kinds = (Password, SortCode, AccountNumber)
    fields = {
        field.data_key or name: type(field).__name__
        for schema in schemas(Command)
        for name, field in schema._declared_fields.items()
        if isinstance(field, kinds)
    }
    assert {kind.__name__ for kind in kinds} == set(fields.values())
    assert [name for name in fields if not any(part in name.lower() for part in keeping.NEVER)] == []


def test_two_tabs_of_one_page_that_come_too_late_lose_nothing(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    client = signed_in(app, session, actor)
    tabs = [hidden(client.get("/listings/new?kind=service").text) for _ in range(2)]
    end_sessions(session, actor)
    for tab, title in zip(tabs, ("First", "Second"), strict=True):
        client.post("/listings/new", data=tab | TYPED | {"title": title})
    again = signed_in(app, session, actor)
    for one, title in zip(kept(session), ("First", "Second"), strict=True):
        page = again.get(f"{one.address}&kept={one.id}").text
        assert f'value="{title}"' in page
    late = hidden(page)
    end_sessions(session, actor)
    client.post("/listings/new", data=late | TYPED | {"title": "Second, longer"})
    typed = [dict(kept_forms.typed(one, keeping_key(app)))["title"] for one in kept(session)]
    assert typed == ["First", "Second, longer"]


def keeping_key(app: Flask) -> str:
    return str(app.extensions["settings"].secret_key)


def test_several_new_listings_are_begun_beside_each_other(app: Flask, session: Session) -> None:
    client = signed_in(app, session, an_actor(session))
    for title in ("Piano tuning", "Organ tuning"):
        page = hidden(client.get("/listings/new?kind=service").text)
        client.post("/listings/new", data=page | TYPED | {"title": title, "come_back_later": "true"})
    listed = client.get("/listings/own").text
    links = re.findall(r'href="(/listings/new\?kind=service&amp;kept=[^"]+)">([^<]+)<', listed)
    assert [title for _, title in links] == ["Piano tuning", "Organ tuning"]
    again = hidden(client.get(html.unescape(links[0][0])).text)
    client.post("/listings/new", data=again | TYPED | {"title": "Harp tuning", "come_back_later": "true"})
    listed = client.get("/listings/own").text
    assert ("Piano tuning" in listed, "Harp tuning" in listed, "Organ tuning" in listed) == (
        False,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("query", "typed"), [("y" * 3_000, "short"), ("", "x" * 200_001)], ids=["address", "form"]
)
def test_what_is_too_long_to_keep_is_not_said_to_be_saved(
    app: Flask, session: Session, query: str, typed: str
) -> None:
    actor = an_actor(session)
    client = signed_in(app, session, actor)
    old = hidden(client.get(f"/listings/new?kind=service&x={query}").text)
    sent = old | TYPED | {"description": typed}
    answer = client.post("/listings/new", data=sent | {"come_back_later": "true"})
    assert (answer.status_code, "too much to save unfinished" in answer.text) == (409, True)
    end_sessions(session, actor)
    assert client.post("/listings/new", data=sent).status_code == 302
    assert kept(session) == []


def test_the_forms_of_the_operator_and_of_orders_come_back_as_well(app: Flask, session: Session) -> None:
    operator = an_operator(session)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["session"] = people.open_session(session, operator.id, "test")
    session.commit()
    page = client.get("/operator/suppliers/new").text
    session.execute(sa.update(BrowserSession).values(revoked_at=clock.now()))
    session.commit()
    answer = client.post("/operator/suppliers/new", data=hidden(page) | {"name": "Paper & Co"})
    assert "?kept%3D" in answer.location

    actor, listing = an_actor(session), an_offer(session)
    client = signed_in(app, session, actor)
    page = client.get(f"/orders/new?listing={listing.id}").text
    end_sessions(session, actor)
    client.post("/orders/new", data=hidden(page) | {"quantity": "4"})
    again = signed_in(app, session, actor)
    found = kept(session)[-1]
    shown = again.get(f"{found.address}&kept={found.id}").text
    assert re.search(r'name="quantity"[^>]* value="4"', shown)


def test_a_form_that_is_saved_unfinished_waits_on_the_task_list(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    client = signed_in(app, session, actor)
    later = {"come_back_later": "true"}
    old = hidden(client.get("/listings/new?kind=service").text)
    done = client.post("/listings/new", data=old | TYPED | later, follow_redirects=True)
    assert "Saved as it is" in done.text
    link = re.search(r'href="(/listings/new\?kind=service&amp;kept=[^"]+)">Piano tuning', done.text)
    assert link is not None
    shown = client.get(html.unescape(link[1])).text
    assert "Typed for a long time" in shown
    whole = hidden(shown) | TYPED | {"category": "it", "unit": "day"}
    tasks = client.post("/listings/new", data=whole).location
    assert "Begun and not finished" not in client.get("/listings/own").text

    reach = tasks.replace("/tasks", "/reach")
    typed = {"reach": "distance", "reach_miles": "many"}
    client.post(reach, data=hidden(client.get(reach).text) | typed | later)
    listed = client.get(tasks).text
    assert "Incomplete" in listed
    goes_on = re.search(rf'href="({reach}\?kept=[^"]+)"', listed)
    assert goes_on is not None
    assert 'value="many"' in client.get(goes_on[1]).text


@pytest.mark.parametrize("form", ["prices/new", "prices/PLAN", "visibility"])
def test_prices_and_who_can_see_it_can_be_saved_unfinished_too(
    app: Flask, session: Session, form: str
) -> None:
    trust = an_organisation(session)
    actor, listing = an_actor(session, trust), an_offer(session, trust)
    plan_id, version = session.scalars(sa.select(Plan.id)).one(), listing.version
    client, address = signed_in(app, session, actor), f"/listings/{listing.id}/{form}"
    address = address.replace("PLAN", str(plan_id))
    shown = client.get(address).text
    assert "Save unfinished" in shown
    typed = {"partnership_id": ""} if form == "visibility" else {"unit_price_pence": "about 400"}
    client.post(address, data=hidden(shown) | typed | {"come_back_later": "true"})
    listed = client.get(f"/listings/{listing.id}/tasks").text
    goes_on = re.search(rf'href="({address}\?kept=[^"]+)"', listed)
    assert goes_on is not None
    again = client.get(goes_on[1]).text
    assert form == "visibility" or 'value="about 400"' in again
    assert session.get_one(type(listing), listing.id).version == version


def test_nobody_saves_a_form_of_anothers_listing(app: Flask, session: Session) -> None:
    listing = an_offer(session)
    client = signed_in(app, session, an_actor(session))
    old = hidden(client.get("/listings/new?kind=service").text)
    answer = client.post(f"/listings/{listing.id}/reach", data=old | {"come_back_later": "true"})
    assert answer.status_code == 404
    assert kept(session) == []


class Why(Command):
    """A question that many forms ask."""

    reason = Text(required=True, **named("Reason"))


TWO_FORMS = """{% from "_macros.html" import form_open %}
{{ form_open("/a/decline") }}{{ first.text("reason").value }}</form>
{{ form_open("/a/cancel") }}{{ second.text("reason").value }}</form>"""


@pytest.mark.parametrize(
    ("goes_to", "filled", "found"),
    [("/a/decline", 0, True), ("/a/cancel", 1, True), ("/a/end", None, None)],
)
def test_what_was_typed_fills_the_form_that_goes_where_it_was_sent(
    app: Flask, goes_to: str, filled: int | None, found: bool | None
) -> None:
    """Though two forms of the page ask for the same; and none when there is none such any more."""

    def page() -> Response:
        return Response(render_template_string(TWO_FORMS, first=Form(Why()), second=Form(Why())))

    with app.test_request_context("/a"):
        g.kept_found, g.kept_id = True, uuid.uuid4()
        g.kept_form = Kept(MultiDict({"reason": "Too dear"}), goes_to)
        forms = keeping.fitted(page).get_data(as_text=True).split("</form>")
        assert [("Too dear" in one, 'name="kept"' in one) for one in forms[:2]] == [
            (place == filled,) * 2 for place in range(2)
        ]
        assert g.kept_found is found


def test_what_its_page_does_not_ask_for_any_more_is_shown_to_be_copied(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    page = kept_forms.Page(actor.person_id, actor.organisation_id, "/listings/new?kind=service", "/gone")
    typed = [("title", "Piano <tuning>")]
    kept_id = kept_forms.keep(session, keeping_key(app), page, typed, kept_forms.UNFINISHED)
    shown = signed_in(app, session, actor).get(f"/listings/new?kind=service&kept={kept_id}").text
    assert "does not ask for it any more" in shown
    assert "Piano &lt;tuning&gt;</li>" in shown
    assert 'name="kept"' not in shown
