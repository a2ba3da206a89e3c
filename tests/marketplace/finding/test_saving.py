"""Searches that people keep: they hear of what is new on the day, once, and can end it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import services
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.states import Move
from marketplace.finding import indexing, saving, subscribers, telling
from marketplace.finding.kinds import Frequency
from marketplace.finding.models import SavedSearch
from marketplace.kernel import clock, units
from marketplace.kernel.events import announce
from marketplace.kernel.outbox import OutboxJob
from marketplace.people.events import PersonErased
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Membership, Organisation
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.trusts import an_actor, signed_in

MONDAY = datetime(2026, 11, 30, 6, tzinfo=UTC)


def emails(session: Session) -> list[dict[str, Any]]:
    """What waits to be sent, the oldest first."""
    found = sa.select(OutboxJob.payload).where(OutboxJob.kind == "send-email").order_by(OutboxJob.id)
    return [dict(one) for one in session.scalars(found)]


def kept(session: Session, actor: Actor, frequency: Frequency, name: str = "Zithers") -> SavedSearch:
    return saving.save_search(session, actor, "words=zither", name, frequency)


def frequencies(session: Session) -> list[Frequency]:
    return list(session.scalars(sa.select(SavedSearch.frequency)))


def published(session: Session, at: datetime, **more: Any) -> None:
    with clock.standing_at(at):
        an_offer(session, **({"title": "Zither lessons"} | more))


def test_a_day_s_news_is_one_mail_for_each_person_once(session: Session) -> None:
    actor = an_actor(session)
    published(session, MONDAY - timedelta(days=4), title="Zither old")
    with clock.standing_at(MONDAY - timedelta(days=3)):
        kept(session, actor, Frequency.DAILY)
        saving.save_search(session, actor, "category=estates", "Estates", Frequency.DAILY)
        kept(session, actor, Frequency.NEVER, "Silent")
    published(session, MONDAY - timedelta(days=2))
    with clock.standing_at(MONDAY + timedelta(days=1)):
        assert telling.tell_daily(units.within(session), clock.today()) == 1
    with clock.standing_at(MONDAY + timedelta(days=2)):
        assert telling.tell_daily(units.within(session), clock.today()) == 0
    (mail,) = emails(session)
    assert mail["to"] == actor.email
    assert mail["subject"] == "See 2 new services: 2 saved searches"
    said = "\n".join(words for words, _ in mail["links"])
    assert said.count("Zither lessons") == 2
    assert "Zither old" not in said
    assert "Silent" not in said


def test_weekly_searches_are_told_on_mondays(session: Session) -> None:
    with clock.standing_at(MONDAY - timedelta(days=6)):
        kept(session, an_actor(session), Frequency.WEEKLY)
    published(session, MONDAY - timedelta(days=5))
    told = []
    for days in range(-4, 4):
        with clock.standing_at(MONDAY + timedelta(days=days)):
            told.append(telling.tell_daily(units.within(session), clock.today()))
    assert told == [0, 0, 0, 0, 1, 0, 0, 0]


def test_who_wants_to_hear_at_once_hears_when_a_listing_is_published_and_never_again(
    session: Session,
) -> None:
    trust = a_known_seller(session)
    buyer, seller = an_actor(session), an_actor(session, trust)
    kept(session, buyer, Frequency.IMMEDIATELY)
    kept(session, seller, Frequency.IMMEDIATELY)
    listing = an_offer(session, trust, state=ListingState.DRAFT, title="Zither lessons")
    for move in (Move.PUBLISH, Move.PAUSE, Move.RESUME):
        services.move_listing(session, seller, listing.id, move)
    owed = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == subscribers.TELL_AT_ONCE)).all()
    assert [one.payload["listing_id"] for one in owed] == [str(listing.id)]
    assert telling.tell_at_once(units.within(session), listing.id) == 1
    assert [mail["to"] for mail in emails(session)] == [buyer.email]


@pytest.mark.parametrize("end", ["membership", "suspended", "erased"])
def test_who_acts_for_the_organisation_no_more_hears_nothing(session: Session, end: str) -> None:
    actor = an_actor(session)
    with clock.standing_at(MONDAY - timedelta(days=3)):
        kept(session, actor, Frequency.DAILY)
    published(session, MONDAY - timedelta(days=2))
    if end == "membership":
        session.execute(sa.delete(Membership).where(Membership.person_id == actor.person_id))
    if end == "suspended":
        session.get_one(Organisation, actor.organisation_id).standing = Standing.SUSPENDED
    if end == "erased":
        announce(session, PersonErased(actor.person_id, (actor.email,)))
        assert session.scalars(sa.select(SavedSearch)).all() == []
    session.flush()
    with clock.standing_at(MONDAY):
        assert telling.tell_daily(units.within(session), clock.today()) == 0
    assert emails(session) == []


def test_a_link_of_the_mail_ends_it_after_a_press_of_its_button(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    saved = kept(session, an_actor(session), Frequency.DAILY)
    session.commit()
    path = f"/listings/searches/stop/{saved.stop_secret}"
    assert "Stop these emails" in client.get(path).text
    assert frequencies(session) == [Frequency.DAILY]
    assert "No more emails" in client.post(path).text
    assert frequencies(session) == [Frequency.NEVER]
    assert client.get("/listings/searches/stop/nothing").status_code == 404


def test_a_search_is_saved_changed_and_removed_on_its_pages(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    address = "/listings/searches/new?words=zither&trial=true"
    assert 'value="zither"' in browser.get(address).text
    refused = browser.post(address, data={"name": "", "frequency": "hourly"})
    assert refused.status_code == 422
    assert 'href="#name"' in refused.text
    assert browser.post(address, data={"name": "Zithers", "frequency": "daily"}).status_code == 302
    taken = browser.post(address, data={"name": "zithers", "frequency": "daily"})
    assert (taken.status_code, "another name" in taken.text) == (409, True)
    assert 'href="/listings/searches"' in browser.get("/listings").text
    assert 'href="/listings/searches"' not in app.test_client().get("/listings").text
    page = browser.get("/listings/searches").text
    assert 'href="/listings?words=zither&amp;trial=true"' in page
    one = re.search(r'href="(/listings/searches/[0-9a-f-]{36})"', page)
    assert one
    assert browser.post(one[1], data={"name": "Lessons", "frequency": "never"}).status_code == 302
    assert "Lessons" in browser.get("/listings/searches").text
    colleague = an_actor(session, session.get_one(Organisation, actor.organisation_id))
    for other in (colleague, an_actor(session)):
        stranger = signed_in(app, session, other)
        assert stranger.get(one[1]).status_code == 404
        assert stranger.post(f"{one[1]}/remove").status_code == 404
        assert "Lessons" not in stranger.get("/listings/searches").text
    assert browser.post(f"{one[1]}/remove").status_code == 302
    assert "not saved a search yet" in browser.get("/listings/searches").text


def test_a_search_whose_months_are_over_is_told_apart(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    saving.save_search(session, actor, "first_month=2020-01", "Old", Frequency.DAILY)
    published(session, clock.now() + timedelta(hours=1))
    assert telling.tell_daily(units.within(session), clock.today()) == 0
    assert "its months are over" in signed_in(app, session, actor).get("/listings/searches").text


def test_the_command_says_how_many_can_be_found(app: Flask, session: Session) -> None:
    an_offer(session)
    session.commit()
    assert indexing.reindex(units.within(session)) == 1


def test_who_hears_once_a_day_from_now_on_is_not_told_again_what_came_at_once(session: Session) -> None:
    actor = an_actor(session)
    with clock.standing_at(MONDAY - timedelta(days=9)):
        saved = kept(session, actor, Frequency.IMMEDIATELY)
    published(session, MONDAY - timedelta(days=8))
    with clock.standing_at(MONDAY):
        saving.change_search(session, actor, saved.id, saved.name, Frequency.DAILY)
        assert telling.tell_daily(units.within(session), clock.today()) == 0


def test_what_lacks_a_word_is_no_news(session: Session) -> None:
    actor = an_actor(session)
    an_offer(session, title="Oboe repairs")
    with clock.standing_at(MONDAY - timedelta(days=3)):
        saving.save_search(session, actor, "words=zither+repairs", "Repairs", Frequency.DAILY)
        saving.save_search(session, actor, "words=zither+repairs", "At once", Frequency.IMMEDIATELY)
    published(session, MONDAY - timedelta(days=2))
    with clock.standing_at(MONDAY):
        assert telling.tell_daily(units.within(session), clock.today()) == 0
    listing = an_offer(session, title="Zither lessons")
    assert telling.tell_at_once(units.within(session), listing.id) == 0


def test_a_search_whose_address_is_too_long_to_keep_is_refused(app: Flask, session: Session) -> None:
    browser = signed_in(app, session, an_actor(session))
    answer = browser.post(
        "/listings/searches/new",
        query_string={"words": "\N{MUSICAL KEYBOARD}" * 190},
        data={"name": "Keys", "frequency": "daily"},
    )
    assert answer.status_code == 422
    assert "too long to be saved" in answer.text
    assert 'value="Keys"' in answer.text
