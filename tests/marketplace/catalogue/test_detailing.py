"""What a seller says of a listing beside its description."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import assurance, detailing, services, trials
from marketplace.catalogue.assurance import Check, Cover, Effect, Insurance, Made, Pillar, Post, Setting
from marketplace.catalogue.kinds import CapacityUnit, Category, Delivery, ListingKind, Phase, Reach
from marketplace.catalogue.models import Listing
from marketplace.catalogue.states import Task
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.errors import NotFound, NotPermitted, Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import OrganisationKind, Role
from tests.factories.catalogue import a_listing, an_offer, some_capacity
from tests.factories.partnerships import a_member, a_partnership
from tests.factories.trusts import an_actor, an_organisation

POST = Post("site manager", 2, Setting.SUPERVISED, (Made(Check.IDENTITY, date(2025, 9, 1)),))
EFFECT = Effect("Absence", "24%", "18%", date(2024, 9, 1), date(2025, 7, 20), "Register", Pillar.EDUCATION)


@pytest.fixture
def own(session: Session) -> tuple[Actor, Listing]:
    """A seller and a published listing of theirs."""
    actor = an_actor(session)
    seller = session.get_one(type(an_organisation(session)), actor.organisation_id)
    return actor, an_offer(session, seller)


@pytest.fixture(autouse=True)
def _usual_trials() -> Iterator[None]:
    trials.allow_up_to(12)
    yield
    trials.allow_up_to(12)


def authority(session: Session, code: str, name: str) -> None:
    an_organisation(
        session,
        f"School in {name}",
        OrganisationKind.SCHOOL,
        authority_code=code,
        authority_name=name,
    )


def cover(days: int = 300) -> Cover:
    return Cover(Insurance.PUBLIC_LIABILITY, 500_000_000, clock.today() + timedelta(days=days))


def test_the_authorities_of_the_register_are_named_in_what_buyers_read(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    authority(session, "878", "Devon")
    authority(session, "908", "Cornwall")
    detailing.set_reach(
        session, actor, listing.id, Reach.AUTHORITIES, ["878", "908"], 30, [Phase.SPECIAL, Phase.PRIMARY]
    )
    assert (listing.places_served, listing.authority_codes) == ("Cornwall and Devon", ["878", "908"])
    assert (listing.reach_miles, listing.phases) == (None, ["primary", "special"])
    detailing.set_reach(session, actor, listing.id, Reach.ENGLAND, ["878"], None, [])
    assert (listing.places_served, listing.authority_codes) == ("All of England", [])


@pytest.mark.parametrize(
    ("codes", "words"), [([], "Select at least one"), (["999"], "no local authority 999")]
)
def test_an_authority_must_stand_in_the_register(
    session: Session, own: tuple[Actor, Listing], codes: list[str], words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        detailing.set_reach(session, own[0], own[1].id, Reach.AUTHORITIES, codes, None, [])
    assert refused.value.field == "authority_codes"


def test_free_words_for_places_stay_until_a_reach_is_said(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    assert (listing.places_served, Task.REACH in services.tasks_done(session, listing)) == ("Devon", True)
    detailing.set_reach(session, actor, listing.id, Reach.DISTANCE, [], 25, [])
    services.revise_listing(session, actor, listing.id, {"places_served": "Exmoor"})
    assert (listing.places_served, listing.reach, listing.reach_miles) == ("Exmoor", Reach.ENGLAND, None)


def test_a_trial_is_free_or_cheaper_and_no_trial_has_no_terms(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    detailing.set_trial(session, actor, listing.id, 12, 25, "One school.")
    assert (listing.trial_months, listing.trial_percent, listing.trial_terms) == (12, 25, "One school.")
    detailing.set_trial(session, actor, listing.id, None, 25, "One school.")
    assert (listing.trial_months, listing.trial_percent, listing.trial_terms) == (None, 0, None)


def test_a_trial_is_as_long_as_the_setting_allows_and_never_longer(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    with pytest.raises(Refused, match="from 1 to 12") as refused:
        detailing.set_trial(session, actor, listing.id, 13, 0, None)
    assert refused.value.field == "trial_months"
    trials.allow_up_to(18)
    detailing.set_trial(session, actor, listing.id, 18, 0, None)
    with pytest.raises(Refused, match="from 1 to 18"):
        detailing.set_trial(session, actor, listing.id, 19, 0, None)


def test_no_trial_is_an_answer_that_changes_no_terms(session: Session, own: tuple[Actor, Listing]) -> None:
    actor, listing = own
    before = listing.version
    assert Task.TRIAL not in services.tasks_done(session, listing)
    detailing.set_trial(session, actor, listing.id, None, 0, None)
    assert Task.TRIAL in services.tasks_done(session, listing)
    assert listing.version == before


def test_posts_are_named_with_their_checks_and_removed(session: Session, own: tuple[Actor, Listing]) -> None:
    actor, listing = own
    detailing.add_post(session, actor, listing.id, POST)
    made = Made(Check.ENHANCED, clock.today())
    detailing.set_checks(session, actor, listing.id, POST.post_id, [made])
    assert assurance.posts(listing.posts) == (replace(POST, checks=(made,)),)
    detailing.remove_post(session, actor, listing.id, POST.post_id)
    detailing.remove_post(session, actor, listing.id, POST.post_id)
    assert listing.posts == []
    with pytest.raises(NotFound):
        detailing.set_checks(session, actor, listing.id, POST.post_id, [])


@pytest.mark.parametrize(
    ("post", "field"),
    [
        (replace(POST, setting=Setting.REMOTE, checks=(Made(Check.ENHANCED, date(2025, 1, 1)),)), "enhanced"),
        (replace(POST, checks=(Made(Check.IDENTITY, date(2099, 1, 1)),)), "identity"),
        (replace(POST, post="teacher 001234567890"), "post"),
    ],
)
def test_a_post_asks_no_check_it_is_not_eligible_for_and_holds_no_certificate(
    session: Session, own: tuple[Actor, Listing], post: Post, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        detailing.add_post(session, own[0], own[1].id, post)
    assert refused.value.field == field
    assert own[1].posts == []


def test_an_insurance_that_has_ended_is_not_added_but_stays_where_it_was(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    with pytest.raises(Refused, match="today or a later day"):
        detailing.add_insurance(session, actor, listing.id, cover(-1))
    old = cover(0)
    detailing.add_insurance(session, actor, listing.id, old)
    with clock.standing_at(clock.now() + timedelta(days=30)):
        detailing.add_insurance(session, actor, listing.id, cover(60))
    assert assurance.covers(listing.insurances)[0] == old
    detailing.remove_insurance(session, actor, listing.id, old.cover_id)
    assert len(listing.insurances) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"ends_on": date(2024, 8, 1)},
        {"ends_on": date(2099, 8, 1)},
    ],
)
def test_evidence_is_of_a_time_that_is_over(
    session: Session, own: tuple[Actor, Listing], more: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        detailing.add_effect(session, own[0], own[1].id, replace(EFFECT, **more))
    assert refused.value.field == "ends_on"


@pytest.mark.parametrize(
    ("name", "most"),
    [("posts", 20), ("insurances", 10), ("evidence", 10)],
)
def test_there_is_an_end_to_how_much_is_said(
    session: Session, own: tuple[Actor, Listing], name: str, most: int
) -> None:
    saying: dict[str, tuple[Any, Any]] = {
        "posts": (detailing.set_posts, POST),
        "insurances": (detailing.set_insurances, cover()),
        "evidence": (detailing.set_evidence, EFFECT),
    }
    say, one = saying[name]
    say(session, own[0], own[1].id, [one] * most)
    with pytest.raises(Refused, match="or fewer"):
        say(session, own[0], own[1].id, [one] * (most + 1))


def test_a_listing_goes_to_a_partnership_only_of_its_members(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    ours, theirs = a_partnership(session, actor), a_partnership(session, an_actor(session))
    detailing.set_visibility(session, actor, listing.id, ours.id)
    assert listing.partnership_id == ours.id
    for wrong in (theirs.id, uuid.uuid4()):
        with pytest.raises(Refused, match="to which your trust belongs"):
            detailing.set_visibility(session, actor, listing.id, wrong)
    left = a_partnership(session, an_actor(session))
    organisation = session.get_one(type(an_organisation(session)), actor.organisation_id)
    yesterday = clock.today() - timedelta(days=1)
    a_member(session, left, organisation, yesterday - timedelta(days=9), yesterday)
    with pytest.raises(Refused):
        detailing.set_visibility(session, actor, listing.id, left.id)


def test_what_is_said_stands_in_the_record_with_its_version(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    detailing.set_trial(session, actor, listing.id, 3, 0, None)
    session.commit()
    entry = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.subject_id == listing.id).order_by(AuditEntry.number.desc())
    ).first()
    assert entry is not None
    assert (entry.action, entry.person_id) == ("say-trial", actor.person_id)
    assert entry.after["version"] == listing.version


SAYING: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "reach": (detailing.set_reach, (Reach.ENGLAND, [], None, [])),
    "trial": (detailing.set_trial, (None, 0, None)),
    "posts": (detailing.set_posts, ([],)),
    "insurances": (detailing.set_insurances, ([],)),
    "evidence": (detailing.set_evidence, ([],)),
    "visibility": (detailing.set_visibility, (None,)),
}


@pytest.mark.parametrize("what", SAYING)
def test_another_trust_says_nothing_and_a_buyer_neither(
    session: Session, own: tuple[Actor, Listing], what: str
) -> None:
    say, said = SAYING[what]
    with pytest.raises(NotFound):
        say(session, an_actor(session), own[1].id, *said)
    organisation = session.get_one(type(an_organisation(session)), own[0].organisation_id)
    with pytest.raises(NotPermitted):
        say(session, an_actor(session, organisation, Role.BUYER, Role.FINANCE), own[1].id, *said)


KNOWLEDGE: dict[str, Any] = {
    "kind": ListingKind.TEMPLATES,
    "category": Category.ESTATES,
    "title": "Condition workbook",
    "summary": "A workbook",
    "description": "Ready to fill in",
    "delivery": Delivery.REMOTE,
    "unit": CapacityUnit.LICENCE,
    "licence": "Use it in your own schools.",
}


def test_knowledge_without_a_limit_needs_no_capacity(session: Session) -> None:
    actor = an_actor(session)
    listing = services.describe_listing(session, actor, KNOWLEDGE | {"is_unlimited": True})
    assert Task.CAPACITY in services.tasks_done(session, listing)
    limited = services.describe_listing(session, actor, KNOWLEDGE)
    assert Task.CAPACITY not in services.tasks_done(session, limited)


@pytest.mark.parametrize("more", [{"licence": None}, {"unit": CapacityUnit.DAY}])
def test_knowledge_says_what_may_be_done_with_it(session: Session, more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        services.describe_listing(session, an_actor(session), KNOWLEDGE | more)
    assert refused.value.field in more


def test_what_was_published_stays_of_its_kind_and_what_is_taken_keeps_its_limit(session: Session) -> None:
    actor = an_actor(session)
    seller = session.get_one(type(an_organisation(session)), actor.organisation_id)
    listing = a_listing(session, seller, **(KNOWLEDGE | {"places_served": "All"}))
    some_capacity(session, listing, clock.today(), clock.today(), units=5, taken=1)
    with pytest.raises(Refused, match="without a limit"):
        services.revise_listing(session, actor, listing.id, {"is_unlimited": True})
    other = a_listing(session, seller)
    changes = {"kind": ListingKind.DATA, "unit": CapacityUnit.LICENCE, "licence": "Use it"}
    with pytest.raises(Refused, match="published as this kind"):
        services.revise_listing(session, actor, other.id, changes)
