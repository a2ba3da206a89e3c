"""Whatever is typed into a search or its address, both databases answer the same, and none breaks."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.finding import places
from tests.factories.catalogue import an_offer
from tests.factories.finding import lies, titles
from tests.factories.trusts import an_organisation
from tests.statements import statements_sent

BOTH = ["Zither repairs", "Zither lessons"]
WORDS = {
    '"': [],
    '""': [],
    'zither"': BOTH,
    "NEAR(zither lessons)": BOTH,
    "zither AND lessons": BOTH,
    "zither & lessons": BOTH,
    "zither | lessons": BOTH,
    "zither <-> lessons": BOTH,
    "zither*": BOTH,
    "-zither": BOTH,
    "^zither": BOTH,
    "!zither": BOTH,
    "(zither": BOTH,
    "zither)": BOTH,
    "zither:A": BOTH,
    "title:zither": BOTH,
    "zither'": BOTH,
    "zither\\": BOTH,
    "$1": [],
    "%(asked)s": [],
    ":asked": [],
    "{title}": [],
    "zither \N{GRINNING FACE}": BOTH,
    "\N{GRINNING FACE}": [],
    "\N{ARABIC LETTER AIN}\N{ARABIC LETTER WAW}\N{ARABIC LETTER DAL}": ["\u0639\u0648\u062f"],
    "\u0639\u064f\u0648\u062f": ["\u0639\u0648\u062f"],
    "\U0001d537\U0001d526\U0001d531\U0001d525\U0001d522\U0001d52f": BOTH,
    "\U0001e900\U0001e901": [],
    "!!! ???": [],
    "\\": [],
    "NOT": [],
}
"""What is typed, and what is found: operators are only letters; letters of other scripts are letters too."""


@pytest.fixture
def catalogue(session: Session) -> None:
    """Three offers, one in Arabic."""
    seller = an_organisation(session, "Exe Trust")
    plain: dict[str, Any] = {"summary": "For schools", "description": "By the hour"}
    for title in ("\u0639\u0648\u062f", *BOTH[::-1]):
        an_offer(session, seller, title=title, **plain)
    session.commit()


def test_operators_are_only_letters(session: Session, catalogue: None) -> None:
    found = {typed: titles(session, words=typed, exactly=True) for typed in WORDS}
    wanted = {typed: sorted(some) for typed, some in WORDS.items()}
    assert {typed: sorted(some) for typed, some in found.items()} == wanted
    assert lies(session) == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("words=" + "a" * 10_000, 422),
        ("words=%00", 422),
        ("words=zither%E2%80%8B", 422),
        ("words=%FF", 200),
        ("words=%ED%A0%80", 200),
        ("words=the+of+and", 200),
        ("words=a&words=b", 200),
        ("place=" + "a" * 10_000, 422),
        ("place=" + "," * 200, 422),
        ("place=%25", 422),
        ("place=%FF", 422),
        ("units=%D9%A3&first_month=2027-01", 422),
        ("first_month=0000-01", 422),
        ("most_pence=NaN", 422),
        ("most_pence=1e400", 422),
        ("category=a&category=b", 422),
        ("after=0-0", 200),
        ("after=-1-2", 422),
        ("after=999999999999999-9999999999999999", 200),
        ("after=999999999999999-9999999999999999&words=zither", 200),
        ("after=5-1&words=zither+oboe", 200),
        ("after=999999999999999-9999999999999999&sort=price", 200),
        ("after=999999999999999-1&sort=nearest&place=Exeter", 200),
    ],
)
def test_nothing_in_an_address_breaks_a_search(
    session: Session, client: FlaskClient, catalogue: None, address: str, status: int
) -> None:
    an_organisation(session, None, town="Exeter", easting=292_000, northing=92_500)
    session.commit()
    for kind in ("", ".csv", ".xlsx"):
        assert client.get(f"/listings{kind}?{address}").status_code == status


def test_a_place_of_many_commas_asks_the_register_no_more_often_than_one(session: Session) -> None:
    with statements_sent(session.connection()) as asked, pytest.raises(places.UnknownPlace):
        places.find(session, "a," * 100, None)
    assert len(asked) <= 6
