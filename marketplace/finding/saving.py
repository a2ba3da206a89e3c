"""Searches that a person keeps, and what ends them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.finding import news
from marketplace.finding.kinds import Frequency
from marketplace.finding.models import SavedSearch
from marketplace.kernel.database import on_behalf_of_all
from marketplace.kernel.errors import Conflict, NotFound, Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor

MOST = 50
UNCOUNTED = frozenset({Frequency.NEVER, Frequency.IMMEDIATELY})
"""Until when these were told is not noted."""


class NameTaken(Conflict):
    """The person has another search of that name."""

    code = "name-taken"


def save_search(session: Session, actor: Actor, asked: str, name: str, frequency: Frequency) -> SavedSearch:
    """Keep the search `asked` (what follows the question mark); what is found from now on is new in it."""
    if len(asked) > SavedSearch.asked.type.length:
        raise Refused("This search is too long to be saved. Use fewer words.", field="name")
    _check_name(session, actor, name)
    if len(own_searches(session, actor)) >= MOST:
        raise Conflict(f"You have {MOST} saved searches. Remove one before you save another.")
    saved = SavedSearch(
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        name=name,
        asked=asked,
        frequency=frequency,
        stop_secret=secrets.token_urlsafe(32),
        told_number=_newest(session),
    )
    session.add(saved)
    session.flush()
    return saved


def change_search(
    session: Session, actor: Actor, search_id: uuid.UUID, name: str, frequency: Frequency
) -> SavedSearch:
    """Give a search another name or rhythm; who begins to hear of it hears of what is new from now on."""
    saved = own_search(session, actor, search_id)
    if saved.name != name:
        _check_name(session, actor, name)
    if saved.frequency in UNCOUNTED and frequency not in UNCOUNTED:
        saved.told_number = _newest(session)
    saved.name, saved.frequency = name, frequency
    session.flush()
    return saved


def remove_search(session: Session, actor: Actor, search_id: uuid.UUID) -> SavedSearch:
    """Forget a search; what it was is given back."""
    saved = own_search(session, actor, search_id)
    session.delete(saved)
    session.flush()
    return saved


def own_searches(session: Session, actor: Actor) -> Sequence[SavedSearch]:
    """The searches that the person keeps at the organisation they act for, by name."""
    mine = SavedSearch.person_id == actor.person_id, SavedSearch.organisation_id == actor.organisation_id
    return session.scalars(sa.select(SavedSearch).where(*mine).order_by(SavedSearch.name)).all()


def own_search(session: Session, actor: Actor, search_id: uuid.UUID) -> SavedSearch:
    """One of them; NotFound for another's."""
    found = access.own(session, SavedSearch, search_id, SavedSearch.organisation_id, acting=actor)
    if found.person_id != actor.person_id:
        raise NotFound
    return found


def with_secret(session: Session, secret: str) -> SavedSearch:
    """The search that a link in an e-mail is about; NotFound when there is none any more."""
    with on_behalf_of_all(session, "whoever has the link of an e-mail may end its mails"):
        found = session.scalars(sa.select(SavedSearch).where(SavedSearch.stop_secret == secret)).one_or_none()
    if found is None:
        raise NotFound
    return found


def stop_mails(session: Session, secret: str) -> SavedSearch:
    """Send no more mails about the search of a link; it stays among the person's searches."""
    with on_behalf_of_all(session, "whoever has the link of an e-mail may end its mails"):
        saved = with_secret(session, secret)
        saved.frequency = Frequency.NEVER
        session.flush()
    return saved


def forget_person(session: Session, person_id: uuid.UUID) -> None:
    """Forget every search of somebody who was erased."""
    session.execute(sa.delete(SavedSearch).where(SavedSearch.person_id == person_id))


def _newest(session: Session) -> int:
    with on_behalf_of_all(session, "what is only for others has a number in the news too"):
        return news.last(session)


def _check_name(session: Session, actor: Actor, name: str) -> None:
    if any(one.name.casefold() == name.casefold() for one in own_searches(session, actor)):
        raise NameTaken(f"You have a saved search called {name}. Give this one another name.", field="name")
