"""Words are suggested while a listing that everybody may find has them, and no longer."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, services
from marketplace.catalogue.models import Listing
from marketplace.catalogue.states import Move
from marketplace.finding import indexing, understanding
from marketplace.finding.models import SearchVocabulary
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Standing
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import asked, lies, titles
from tests.factories.partnerships import a_partnership
from tests.factories.trusts import an_actor
from tests.statements import statements_sent


@pytest.fixture
def seller(session: Session) -> Actor:
    """Somebody who may publish."""
    return an_actor(session, a_known_seller(session))


def offer(session: Session, seller: Actor, title: str = "Zither lessons") -> Listing:
    return an_offer(session, session.get_one(Organisation, seller.organisation_id), title=title)


def suggested(session: Session, typed: str = "zihter") -> str | None:
    return understanding.understand(session, typed, exactly=False).corrected


def begun(session: Session) -> tuple[str, ...]:
    """The stems that the beginning of the word stands for."""
    return understanding.understand(session, "zith", exactly=True).groups[0]


def hide(session: Session, seller: Actor, listing: Listing, how: str) -> None:
    if how == "withdrawn":
        services.move_listing(session, seller, listing.id, Move.WITHDRAW)
    if how == "members only":
        partnership = a_partnership(session, seller).id
        detailing.set_visibility(session, seller, listing.id, partnership)
    if how == "called otherwise":
        services.revise_listing(session, seller, listing.id, {"title": "Oboe lessons"})
    if how == "suspended":
        session.get_one(Organisation, seller.organisation_id).standing = Standing.SUSPENDED
        session.flush()
        indexing.index_seller(session, seller.organisation_id)
    indexing.index_listing(session, listing.id)


@pytest.mark.parametrize("how", ["withdrawn", "members only", "called otherwise", "suspended"])
def test_a_word_that_nobody_may_find_any_more_is_not_suggested(
    session: Session, seller: Actor, how: str
) -> None:
    listing = offer(session, seller)
    assert suggested(session) == suggested(session, "zitherr") == "zither"
    assert begun(session) == ("zith", "zither")
    hide(session, seller, listing, how)
    assert suggested(session) is None
    assert begun(session) == ("zith",)
    assert session.get(SearchVocabulary, "zither") is None
    assert lies(session) == []


def test_a_word_that_another_listing_has_too_stays(session: Session, seller: Actor) -> None:
    listing, _ = offer(session, seller), offer(session, seller, "Zither repairs")
    hide(session, seller, listing, "withdrawn")
    assert suggested(session) == "zither"
    assert session.get_one(SearchVocabulary, "zither").listings == 1


def test_members_find_by_words_what_is_theirs_and_others_do_not(session: Session, seller: Actor) -> None:
    listing = offer(session, seller)
    hide(session, seller, listing, "members only")
    assert titles(session, seller, words="zither lessons") == ["Zither lessons"]
    assert asked(session, seller, words="zither").total == 1
    for stranger in (None, an_actor(session)):
        assert titles(session, stranger, words="zither lessons") == []
    detailing.set_visibility(session, seller, listing.id, None)
    indexing.index_listing(session, listing.id)
    assert titles(session, words="zither lessons") == ["Zither lessons"]
    assert suggested(session) == "zither"
    assert lies(session) == []


def test_what_lends_the_same_words_as_before_counts_none(session: Session, seller: Actor) -> None:
    listing = offer(session, seller)
    with statements_sent(session.connection()) as written:
        indexing.index_listing(session, listing.id)
    assert any("search_lendings" in one for one in written)
    assert not any("search_vocabulary" in one for one in written)
