"""What is found, and what is not, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import services, taking
from marketplace.catalogue.kinds import Category, Delivery, ListingKind, ListingState, Phase, Reach
from marketplace.catalogue.models import CapacityPeriod, Listing
from marketplace.catalogue.pricing import add_months
from marketplace.catalogue.states import Move
from marketplace.finding import asking, counting, grid, indexing, queries, ranking, word_index
from marketplace.finding.asking import Asked
from marketplace.finding.kinds import Near, Sort, Sought, Way
from marketplace.finding.models import SearchRow, SearchVocabulary
from marketplace.finding.places import UnknownPlace
from marketplace.finding.question import Question
from marketplace.kernel import clock, units
from marketplace.kernel.events import announce
from marketplace.trusts.events import OrganisationChanged
from marketplace.trusts.kinds import OrganisationKind, Standing
from marketplace.trusts.models import Organisation
from tests.factories.catalogue import a_known_seller, an_offer
from tests.factories.finding import asked, titles
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.trusts import an_actor, an_organisation

EXETER: dict[str, Any] = {"town": "Exeter", "postcode": "EX1 1AA", "easting": 292_000, "northing": 92_500}
PLYMOUTH = {"town": "Plymouth", "postcode": "PL1 1AA", "easting": 248_000, "northing": 54_500}
LEEDS = {"town": "Leeds", "postcode": "LS1 1AA", "easting": 430_000, "northing": 433_500}


def school(session: Session, name: str, place: dict[str, Any], code: str, authority: str) -> Organisation:
    more: dict[str, Any] = {**place, "authority_code": code, "authority_name": authority}
    return an_organisation(session, name, OrganisationKind.SCHOOL, **more)


def seller(session: Session, place: dict[str, Any]) -> Organisation:
    return an_organisation(session, None, **place)


def next_month(ahead: int = 1) -> date:
    return add_months(clock.today().replace(day=1), ahead)


def test_the_title_comes_before_the_names_the_summary_the_description_and_the_seller(
    session: Session,
) -> None:
    plain: dict[str, Any] = {"title": "Some help", "summary": "For schools", "description": "By the hour"}
    named = an_organisation(session, "Clerking Trust")
    for more in (
        {"title": "Clerking"},
        {"title": "Minute taker"},
        {"summary": "With clerking"},
        {"description": "And clerking"},
    ):
        an_offer(session, **(plain | more))
    an_offer(session, named, **plain)
    found = asked(session, words="clerking").rows
    assert found[0]["title"] == "Clerking"
    assert {row["title"] + row["summary"] for row in found[1:3]} == {
        "Minute takerFor schools",
        "Some helpWith clerking",
    }
    assert [row["seller_name"] == "Clerking Trust" for row in found] == [False, False, False, False, True]


def test_ties_are_newest_first(session: Session) -> None:
    made = [an_offer(session, title=f"Zither {number}").title for number in range(3)]
    assert titles(session, words="zither") == made[::-1]


@pytest.mark.parametrize("typed", ["zithers", "ZITHER", "zith", "Zitherr", "zihter"])
def test_plurals_capitals_beginnings_and_slips_find_the_word(session: Session, typed: str) -> None:
    an_offer(session, title="Zither lessons")
    assert titles(session, words=typed) == ["Zither lessons"]


def test_a_correction_says_so_and_can_be_refused(session: Session) -> None:
    an_offer(session, title="Zither lessons")
    found = asked(session, words="zihter lessons")
    assert found.asked.understood
    assert found.asked.understood.corrected == "zither lessons"
    assert asked(session, words="zihter", exactly=True).items == []


@pytest.mark.parametrize(
    "typed",
    [
        'AND OR NOT * ( " ^ : -',
        "title:zither",
        'zither" OR "x',
        "NEAR(zither, 2)",
        "zither*",
        "'; DROP TABLE search_words; --",
        "{title} : zither",
        "& | ! <-> zither:*",
        "%zither_",
        "🎉",
        "\N{ZERO WIDTH JOINER}",
        "x" * 200,
        "١٢٣",
    ],
)
def test_nothing_that_is_typed_is_syntax(session: Session, typed: str) -> None:
    an_offer(session, title="Zither lessons")
    asked(session, words=typed)
    assert titles(session, words="zither") == ["Zither lessons"]


def test_signs_without_a_word_find_nothing(session: Session) -> None:
    an_offer(session)
    assert asked(session, words="* ( ^").items == []


def test_with_few_results_those_that_lack_a_word_come_last(session: Session) -> None:
    an_offer(session, title="Zither lessons")
    an_offer(session, title="Zither repairs")
    found = asked(session, words="zither repairs")
    assert [row["title"] for row in found.rows] == ["Zither repairs", "Zither lessons"]
    assert found.exact == 1


def test_filters_narrow_and_contradictions_find_nothing(session: Session) -> None:
    an_offer(session, title="A", category=Category.SEND, delivery=Delivery.REMOTE, trial_months=3)
    an_offer(
        session, title="B", category=Category.HR, delivery=Delivery.ON_SITE, phases=[Phase.PRIMARY.value]
    )
    an_offer(session, title="C", delivery=Delivery.BOTH, kind=ListingKind.DATA)
    assert titles(session, category=Category.SEND) == ["A"]
    assert titles(session, way=Way.REMOTE) == ["C", "A"]
    assert titles(session, way=Way.ON_SITE) == ["C", "B"]
    assert titles(session, phase=Phase.SECONDARY) == ["C", "A"]
    assert titles(session, sought=Sought.KNOWLEDGE) == ["C"]
    assert titles(session, trial=True) == ["A"]
    assert titles(session, trial=True, category=Category.HR) == []
    assert titles(session, most_pence=26_500) == ["C", "B", "A"]
    assert titles(session, most_pence=26_499) == []


def test_only_verified_sellers_when_asked_for(session: Session) -> None:
    known = an_organisation(session, None, standing=Standing.VERIFIED)
    an_offer(session, known, title="A")
    an_offer(session, title="B")
    assert titles(session, verified=True) == ["A"]


def test_months_must_have_enough_left_in_each(session: Session) -> None:
    listing = an_offer(session, title="A", units=4)
    first, last = next_month(1), next_month(3)
    assert titles(session, first_month=first, last_month=last, units=4) == ["A"]
    assert titles(session, first_month=first, last_month=last, units=5) == []
    taking.take_capacity(session, listing.id, 3, next_month(2), next_month(2))
    assert titles(session, first_month=first, last_month=last, units=2) == []
    assert titles(session, first_month=first, last_month=first, units=4) == ["A"]
    taking.take_capacity(session, listing.id, 1, next_month(2), next_month(2))
    assert titles(session, first_month=first, last_month=last) == []
    assert titles(session, first_month=next_month(30)) == []


def test_a_place_is_served_by_reach_authority_or_distance(session: Session) -> None:
    school(session, "Exe School", EXETER, "878", "Devon")
    school(session, "Aire School", LEEDS, "383", "Leeds")
    an_offer(session, title="Everywhere")
    an_offer(session, title="Devon", reach=Reach.AUTHORITIES, authority_codes=["878", "908"])
    an_offer(session, seller(session, PLYMOUTH), title="40 miles", reach=Reach.DISTANCE, reach_miles=40)
    an_offer(session, seller(session, PLYMOUTH), title="30 miles", reach=Reach.DISTANCE, reach_miles=30)
    for typed in ("Exeter", "exeter", "EX1 1AA", "ex11aa", "EX1", "Devon", "Exe School"):
        assert titles(session, place=typed) == ["40 miles", "Devon", "Everywhere"], typed
    assert titles(session, place="Leeds", near=Near.SERVES) == ["Everywhere"]
    with pytest.raises(UnknownPlace):
        asked(session, place="Atlantis")


def test_sellers_near_a_place_the_nearest_first(session: Session) -> None:
    for place in (EXETER, PLYMOUTH, LEEDS):
        an_offer(session, seller(session, place), title=str(place["town"]))
    an_offer(session, title="Nowhere")
    assert titles(session, place="Exeter", near=Near.MILES_50) == ["Exeter", "Plymouth"]
    newest = titles(session, place="Exeter", near=Near.MILES_50, sort=Sort.NEWEST)
    assert newest == ["Plymouth", "Exeter"]
    assert titles(session, place="Exeter", near=Near.MILES_10) == ["Exeter"]
    just = seller(session, {"easting": EXETER["easting"] + 16_100, "northing": EXETER["northing"]})
    an_offer(session, just, title="10 miles away")
    assert titles(session, place="Exeter", near=Near.MILES_10) == ["Exeter"]
    just.easting = EXETER["easting"] + 16_090
    announce(session, OrganisationChanged(just.id))
    assert len(titles(session, place="Exeter", near=Near.MILES_10)) == 2
    just.standing = Standing.SUSPENDED
    announce(session, OrganisationChanged(just.id))
    found = titles(session, place="Plymouth", sort=Sort.NEAREST)
    assert found == ["Plymouth", "Exeter", "Leeds", "Nowhere"]
    found = titles(session, place="Exeter", near=Near.MILES_50, sort=Sort.NEAREST)
    assert found == ["Exeter", "Plymouth"]


@pytest.mark.parametrize("near", [Near.MILES_25, None])
def test_pages_by_distance_lead_to_everybody_once_the_nearest_first(
    session: Session, near: Near | None
) -> None:
    """Many stand together, some at the very edge of the circle, and some nowhere."""
    school(session, "Exe School", EXETER, "878", "Devon")
    edge = grid.in_metres(25)
    for metres, listings in ((0, 3), (9_000, 1), (9_001, 5), (edge - 1, 2), (edge, 4), (edge + 1, 2)):
        trust = seller(session, {"easting": EXETER["easting"], "northing": EXETER["northing"] + metres})
        for number in range(listings):
            an_offer(session, trust, title=f"{metres} metres, {number}")
    an_offer(session, title="Nowhere")
    question = asking.ask(session, None, Question(place="Exeter", near=near, sort=Sort.NEAREST))
    pages, after = [], None
    for _ in range(20):
        page = queries.find(session, question, after, size=2)
        pages += [(row["title"], length) for row, length in zip(page.rows, page.metres, strict=True)]
        if page.next_after is None:
            break
        value, _, number_after = page.next_after.partition("-")
        after = (int(value), int(number_after))
    assert pages == list(zip(*_whole(session, question), strict=True))
    assert len(pages) == (15 if near else 18)
    known = [length for _, length in pages if length is not None]
    assert known == sorted(known)


def _whole(session: Session, question: Asked) -> tuple[list[str], list[float | None]]:
    found = queries.everything(session, question)
    return [row["title"] for row in found.rows], found.metres


def test_without_a_place_ones_own_trust_counts(session: Session) -> None:
    trust = an_organisation(session, None, **EXETER)
    an_offer(session, seller(session, EXETER), title="Near")
    an_offer(session, seller(session, LEEDS), title="Far")
    assert titles(session, an_actor(session, trust), near=Near.MILES_25) == ["Near"]
    with pytest.raises(UnknownPlace):
        asked(session, None, near=Near.MILES_25)
    with pytest.raises(UnknownPlace):
        asked(session, an_actor(session), near=Near.MILES_25)


def test_members_only_listings_are_found_by_members_alone(session: Session) -> None:
    founder, member = an_actor(session), an_actor(session)
    partnership = a_partnership(session, founder)
    a_member(session, partnership, session.get_one(Organisation, member.organisation_id))
    trust = session.get_one(Organisation, founder.organisation_id)
    an_offer(session, trust, title="Zither secrets", partnership_id=partnership.id)
    for who in (founder, member):
        assert titles(session, who, words="zither") == ["Zither secrets"]
        assert titles(session, who, members=True) == ["Zither secrets"]
    for stranger in (None, an_actor(session)):
        assert titles(session, stranger, words="zither") == []
        assert titles(session, stranger, words="zithre") == []
        assert asked(session, stranger).counts == {}
        assert queries.listed(session, stranger, [session.scalars(sa.select(Listing.id)).one()]) == []
    assert session.get(SearchVocabulary, "zither") is None


def test_sellers_that_are_suspended_vanish_and_come_back(session: Session) -> None:
    trust = an_organisation(session)
    an_offer(session, trust, title="Zither lessons")
    for standing, found in ((Standing.SUSPENDED, []), (Standing.VERIFIED, ["Zither lessons"])):
        trust.standing = standing
        announce(session, OrganisationChanged(trust.id))
        assert titles(session, words="zither") == found
        assert titles(session) == found


def test_a_listing_is_found_from_publication_to_pause_with_its_words_of_today(session: Session) -> None:
    trust = a_known_seller(session)
    actor = an_actor(session, trust)
    listing = an_offer(session, trust, state=ListingState.DRAFT, title="Zither lessons")
    assert titles(session) == []
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert titles(session, words="zither") == ["Zither lessons"]
    services.revise_listing(session, actor, listing.id, {"title": "Oboe lessons"})
    assert (titles(session, words="zither"), titles(session, words="oboe")) == ([], ["Oboe lessons"])
    services.move_listing(session, actor, listing.id, Move.PAUSE)
    assert titles(session, words="oboe") == titles(session) == []


@pytest.mark.parametrize("more", [{}, {"words": "zither"}, {"sort": Sort.PRICE}, {"sort": Sort.SOONEST}])
def test_pages_neither_repeat_nor_lose_rows_while_listings_come_and_go(
    session: Session, more: dict[str, Any]
) -> None:
    made = [an_offer(session, title=f"Zither {number}") for number in range(9)]
    question = asking.ask(session, None, Question(**more))
    first = queries.find(session, question, size=4)
    an_offer(session, title="Zither new")
    gone = made[5] if not more.get("sort") else made[0]
    gone.state = ListingState.PAUSED
    indexing.index_listing(session, gone.id)
    seen, after = [row["title"] for row in first.rows], first.next_after
    while after is not None:
        left, right = after.split("-")
        page = queries.find(session, question, (int(left), int(right)), size=4)
        seen += [row["title"] for row in page.rows]
        after = page.next_after
    assert len(seen) == len(set(seen))
    assert {one.title for one in made} - {gone.title} <= {*seen, "Zither new"}


def test_beyond_the_cap_counts_are_lower_bounds(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (counting, ranking):
        monkeypatch.setattr(module, "CAP", 3)
    for number in range(6):
        an_offer(session, title=f"Zither {number}")
    for words in ("", "zither"):
        found = asked(session, words=words)
        assert (found.total, found.is_more) == (3, True)
        assert found.counts["estates"] == 4


def test_what_has_some_of_the_words_counts_beside_the_filters_that_find_it(session: Session) -> None:
    an_offer(session, title="Zither lessons")
    an_offer(session, title="Kazoo hire", category=Category.IT)
    for words in ("zither kazoo", "zither lessons"):
        found = asked(session, words=words)
        for category in (Category.ESTATES, Category.IT):
            filtered = asked(session, words=words, category=category)
            assert found.counts.get(category.value, 0) == filtered.total
    assert asked(session, words="zither kazoo").total == 2


def test_reindexing_changes_nothing_that_is_found(session: Session) -> None:
    for number in range(5):
        an_offer(session, title=f"Zither {number}")
    before = [asked(session, words="zither").rows, asked(session).rows]
    ids = session.scalars(sa.select(SearchRow.id).order_by(SearchRow.id)).all()
    assert indexing.reindex(units.within(session)) == 5
    assert [asked(session, words="zither").rows, asked(session).rows] == before
    assert session.scalars(sa.select(SearchRow.id).order_by(SearchRow.id)).all() == ids


def test_a_month_that_is_over_is_free_no_more(session: Session) -> None:
    listing = an_offer(session, title="A")
    later = clock.now() + timedelta(days=70)
    session.execute(
        sa.delete(CapacityPeriod).where(
            CapacityPeriod.listing_id == listing.id, CapacityPeriod.starts_on >= next_month(1)
        )
    )
    indexing.index_listing(session, listing.id)
    assert asked(session, sort=Sort.SOONEST).rows[0]["next_open"]
    with clock.standing_at(later):
        assert indexing.overdue(session, clock.today()) == [listing.id]
        indexing.index_again(session, [listing.id])
        assert indexing.overdue(session, clock.today()) == []
        assert asked(session).rows[0]["next_open"] is None


def test_what_was_never_indexed_is_found_after_the_days_job(session: Session) -> None:
    listing = an_offer(session, title="Zither lessons")
    word_rows = session.scalars(sa.select(SearchRow.id)).all()
    assert word_rows
    word_index.remove(session, word_rows)
    indexing._forget(session, word_rows)
    assert titles(session, words="zither") == []
    assert indexing.overdue(session, clock.today()) == [listing.id]
    indexing.index_again(session, [listing.id])
    assert titles(session, words="zither") == ["Zither lessons"]


@pytest.mark.parametrize("sort", [Sort.PRICE, Sort.NEWEST, Sort.SOONEST])
def test_what_lacks_a_word_is_not_mixed_into_another_order(session: Session, sort: Sort) -> None:
    an_offer(session, title="Zither repairs")
    an_offer(session, title="Zither lessons")
    found = asked(session, words="zither repairs", sort=sort)
    assert [row["title"] for row in found.rows] == ["Zither repairs"]
    assert found.total == 1


@pytest.mark.parametrize("public", ["Either", "Zithermaker"])
def test_a_word_that_only_members_see_is_not_taken_for_another(session: Session, public: str) -> None:
    founder = an_actor(session)
    partnership = a_partnership(session, founder)
    trust = session.get_one(Organisation, founder.organisation_id)
    an_offer(session, trust, title="Zither secrets", partnership_id=partnership.id)
    an_offer(session, title=public)
    assert "Zither secrets" in titles(session, founder, words="zither")
    assert titles(session, None, words="zither") == [public]
