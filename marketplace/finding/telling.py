"""E-mails about what is new in saved searches: one for each person, at the rhythm that they chose."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import asking, news, queries, schemas, showing
from marketplace.finding.kinds import Frequency
from marketplace.finding.models import SavedSearch
from marketplace.finding.places import UnknownPlace
from marketplace.finding.question import Question
from marketplace.kernel import mail
from marketplace.kernel.units import Unit
from marketplace.people.models import Person
from marketplace.trusts.access import Actor, actor_of

SHOWN = 5
"""Of each search an e-mail names so many."""
WEEKDAY = 0
"""Weekly mails come on Mondays."""


@dataclass(frozen=True)
class News:
    """What is new in one search; `more` beyond those that are named."""

    saved: SavedSearch
    cards: Sequence[showing.Card]
    more: int


@dataclass(frozen=True)
class Occasion:
    """Why mails are made: a day, or one listing; and who hears of it."""

    name: str
    due: Sequence[Frequency]
    listing_id: uuid.UUID | None = None

    @property
    def concerned(self) -> sa.ColumnElement[bool]:
        """The searches that are due."""
        return SavedSearch.frequency.in_(self.due)


def tell_daily(unit: Unit, on: date) -> int:
    """Send what is new in the daily searches, and on Mondays in the weekly ones; how many mails."""
    due = [Frequency.DAILY, *([Frequency.WEEKLY] if on.weekday() == WEEKDAY else [])]
    return _tell(unit, Occasion(on.isoformat(), due))


def tell_at_once(unit: Unit, listing_id: uuid.UUID) -> int:
    """Tell whoever wants to hear at once that a listing was published that fits; how many mails."""
    return _tell(unit, Occasion(str(listing_id), [Frequency.IMMEDIATELY], listing_id))


def _tell(unit: Unit, occasion: Occasion) -> int:
    """One unit of work for each person: stopped in the middle, it is begun again and goes on."""
    due = sa.select(SavedSearch.person_id).where(occasion.concerned).distinct()
    people = unit(lambda session: session.scalars(due.order_by(SavedSearch.person_id)).all())
    return sum(unit(partial(_tell_person, person_id=one, occasion=occasion)) for one in people)


def _tell_person(session: Session, person_id: uuid.UUID, occasion: Occasion) -> bool:
    """One mail with everything; who acts for the organisation of a search no more hears nothing of it.

    Whoever has the mail of this occasion was told with it how far their news go. What came since is for the
    next one: a second mail of the same key would be sent to nobody.
    """
    mine = sa.select(SavedSearch).where(SavedSearch.person_id == person_id, occasion.concerned)
    searches = session.scalars(mine.order_by(SavedSearch.name).with_for_update()).all()
    key = f"search-news:{occasion.name}:{person_id}"
    if not searches or mail.is_owed(session, key):
        return False
    person = session.get_one(Person, person_id)
    told, last = [], news.last(session)
    for saved in searches:
        actor = actor_of(session, person, saved.organisation_id)
        if actor is not None and actor.organisation_id == saved.organisation_id:
            found = _news(session, actor, saved, last, occasion.listing_id)
            told += [found] if found.cards else []
            saved.told_number = saved.told_number if occasion.listing_id else last
    if not told:
        return False
    mail.owe_email(session, key, _email(person, told))
    return True


def _news(
    session: Session, actor: Actor, saved: SavedSearch, last: int, listing_id: uuid.UUID | None
) -> News:
    """What is new since the person was told, or the one listing if it fits; not their own trust's."""
    address = schemas.read_address(saved.asked)
    if address is None:
        return News(saved, [], 0)
    try:
        asked = asking.ask(session, actor, Question(**address))
        found = queries.newer(session, asked, (saved.told_number, last), listing_id)
    except UnknownPlace:  # the register knows the place no more
        return News(saved, [], 0)
    others = [row for row in found if row["seller_id"] != str(actor.organisation_id)]
    return News(saved, [showing.card(row) for row in others[:SHOWN]], max(0, len(others) - SHOWN))


def _email(person: Person, told: Sequence[News]) -> mail.Email:
    count = sum(len(one.cards) + one.more for one in told)
    what = f"{count:,} new {'service' if count == 1 else 'services'}"
    names = told[0].saved.name if len(told) == 1 else f"{len(told)} saved searches"
    asked = [f"{one.saved.name}: {showing.saved_words(one.saved.asked)}" for one in told]
    text = "\n\n".join([f"Dear {person.name},", f"{what} in {names}.", "\n".join(["You asked for:", *asked])])
    links = [link for one in told for link in _links(one)]
    return mail.Email(person.email, f"See {what}: {names}", text, "/listings/searches", links)


def _links(one: News) -> list[tuple[str, str]]:
    cards = [
        (f"{card.title}\n{card.seller}: {card.price}\nFree: {card.free}", f"/listings/{card.id}")
        for card in one.cards
    ]
    rest = f"{one.saved.name}: {one.more:,} more" if one.more else f"Everything in {one.saved.name}"
    return [
        *cards,
        (rest, f"/listings?{one.saved.asked}"),
        (f"Stop emails about {one.saved.name}", f"/listings/searches/stop/{one.saved.stop_secret}"),
    ]
