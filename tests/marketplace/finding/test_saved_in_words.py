"""What a saved search asks is said in words wherever it is listed, told of, changed, removed or ended."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Category, Phase
from marketplace.finding import question, saving, showing, telling
from marketplace.finding.kinds import Frequency, Near, Sort, Sought, Way
from marketplace.finding.question import Question
from marketplace.kernel import clock, units
from tests.factories.trusts import an_actor, signed_in
from tests.marketplace.finding.test_saving import MONDAY, emails, published

ASKED = "words=zither&category=estates&place=Exeter&near=25&trial=true&sort=price"
IN_WORDS = "“zither”; Seller within 25 miles of Exeter; Estates and capital; A trial is offered"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Question(), "Every service"),
        (Question(sort=Sort.NEWEST), "Every service"),
        (Question(words="zihter", exactly=True), "“zihter”, spelt so"),
        (Question(place="Devon"), "Offered in Devon"),
        (Question(place="Devon", near=Near.SERVES), "Offered in Devon"),
        (Question(near=Near.SERVES), "Offered at your own trust"),
        (Question(near=Near.MILES_5), "Seller within 5 miles of your own trust"),
        (Question(first_month=date(2027, 5, 1)), "In May 2027"),
        (Question(last_month=date(2027, 5, 1)), "In May 2027"),
        (
            Question(first_month=date(2027, 5, 1), last_month=date(2027, 7, 1), units=1_000),
            "From May 2027; To July 2027; 1,000 free in each month",
        ),
        (
            Question(
                "pay", Category.HR, "PL1", Near.MILES_10, Phase.PRIMARY, most_pence=1_250, way=Way.REMOTE
            ),
            "“pay”; Seller within 10 miles of PL1; Human resources; Primary; £12.50 at most; Remotely",
        ),
        (
            Question(way=Way.REMOTE, sought=Sought.SERVICE, trial=True, verified=True, members=True),
            "Remotely; Services; A trial is offered; Verified sellers; Your partnerships’ only",
        ),
    ],
)
def test_a_question_is_said_in_words(asked: Question, words: str) -> None:
    assert question.in_words(asked) == words


def test_every_filter_but_the_place_is_said_as_its_link_to_remove_it_says_it() -> None:
    asked = Question("pay", Category.HR, "PL1", Near.MILES_10, Phase.PRIMARY, date(2027, 5, 1), trial=True)
    links = [one.words for one in showing.chosen(asked, None) if one.name not in question.PLACE]
    assert len(links) == 4
    assert question.in_words(asked).split("; ")[2:] == links


def test_each_page_about_a_saved_search_says_what_it_asks(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    actor = an_actor(session)
    browser = signed_in(app, session, actor)
    new = f"/listings/searches/new?{ASKED}"
    assert IN_WORDS in browser.get(new).text
    assert IN_WORDS in browser.post(new, data={"name": "", "frequency": "daily"}).text
    saved = saving.save_search(session, actor, ASKED, "Zithers", Frequency.DAILY)
    session.commit()
    change, stop = f"/listings/searches/{saved.id}", f"/listings/searches/stop/{saved.stop_secret}"
    assert IN_WORDS in browser.get("/listings/searches").text
    assert IN_WORDS in browser.get(change).text
    assert IN_WORDS in browser.post(change, data={"name": "", "frequency": "daily"}).text
    assert IN_WORDS in client.get(stop).text
    assert IN_WORDS in client.post(stop).text
    removed = browser.post(f"{change}/remove", follow_redirects=True).text
    assert "The search Zithers is removed." in removed
    assert IN_WORDS not in removed


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("words=zither&first_month=2020-01&units=3", "“zither”; In January 2020; 3 free in each month"),
        ("category=gone", "A search that cannot be read any more"),
    ],
)
def test_a_search_that_can_be_asked_no_more_still_says_what_it_asked(
    app: Flask, session: Session, asked: str, words: str
) -> None:
    actor = an_actor(session)
    saving.save_search(session, actor, asked, "Old", Frequency.DAILY)
    page = signed_in(app, session, actor).get("/listings/searches").text
    assert words in page
    assert "cannot be asked any more" in page


def test_the_mail_says_of_each_search_with_news_what_it_asks(session: Session) -> None:
    actor = an_actor(session)
    with clock.standing_at(MONDAY - timedelta(days=3)):
        for name, asked in (
            ("Z", "words=zither&category=estates"),
            ("E", "category=estates"),
            ("H", "words=oboe"),
        ):
            saving.save_search(session, actor, asked, name, Frequency.DAILY)
    published(session, MONDAY - timedelta(days=2))
    with clock.standing_at(MONDAY):
        assert telling.tell_daily(units.within(session), clock.today()) == 1
    (mail,) = emails(session)
    _, what, listed = mail["text"].split("\n\n")
    assert what == "2 new services in 2 saved searches."
    assert listed == "You asked for:\nE: Estates and capital\nZ: “zither”; Estates and capital"


def test_what_was_typed_into_a_saved_search_is_never_markup(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    typed: dict[str, Any] = {"words": "<b>zither</b>", "place": "<i>"}
    browser = signed_in(app, session, actor)
    address = "/listings/searches/new"
    browser.post(address, query_string=typed, data={"name": "Z", "frequency": "never"})
    page = browser.get("/listings/searches").text
    assert not re.search("<b>|<i>", page)
    assert "“<b>zither</b>”; Offered in <i>" in unescape(page)


def test_the_list_says_how_often_mails_come(app: Flask, session: Session) -> None:
    actor = an_actor(session)
    for often in (Frequency.WEEKLY, Frequency.NEVER):
        saving.save_search(session, actor, "words=zither", often.value, often)
    page = signed_in(app, session, actor).get("/listings/searches").text
    said = re.findall(r"govuk-body-s[^>]*>([^<]*)<", page.partition("<h1")[2].partition("</main>")[0])
    assert said == ["No emails", "Emails: once a week, when there is something new"]
