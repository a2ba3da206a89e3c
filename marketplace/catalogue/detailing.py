"""What else a seller says of a listing: where, trial, people and checks, evidence, who may see it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import assurance, describing, trials
from marketplace.catalogue.assurance import CHECK_WORDS, Cover, Effect, Made, Post
from marketplace.catalogue.kinds import Phase, Reach
from marketplace.catalogue.models import Listing
from marketplace.catalogue.services import apply, own_to_change
from marketplace.catalogue.states import Task
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound, Refused
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Organisation

MOST_POSTS = 20
MOST_COVERS = 10
MOST_EFFECTS = 10


def set_reach(
    session: Session,
    actor: Actor,
    listing_id: uuid.UUID,
    reach: Reach,
    authority_codes: Sequence[str],
    reach_miles: int | None,
    phases: Sequence[Phase],
) -> Listing:
    """Say where buyers can be and which phases are served; the words for it follow from that."""
    listing = own_to_change(session, actor, listing_id)
    names = _authority_names(session, authority_codes) if reach is Reach.AUTHORITIES else {}
    _answer(
        session,
        actor,
        listing,
        Task.REACH,
        {
            "reach": reach,
            "authority_codes": sorted(names),
            "reach_miles": reach_miles if reach is Reach.DISTANCE else None,
            "phases": [phase.value for phase in Phase if phase in phases],
            "places_served": describing.places_words(reach, sorted(names.values()), reach_miles),
        },
    )
    return listing


def set_trial(
    session: Session,
    actor: Actor,
    listing_id: uuid.UUID,
    trial_months: int | None,
    trial_percent: int,
    trial_terms: str | None,
) -> Listing:
    """Offer a trial of so many months at a part of the price, or none."""
    listing = own_to_change(session, actor, listing_id)
    if trial_months is not None and trial_months > trials.longest():
        raise Refused(f"Enter a whole number from 1 to {trials.longest()}", field="trial_months")
    offered = trial_months is not None
    terms = {
        "trial_months": trial_months,
        "trial_percent": trial_percent if offered else 0,
        "trial_terms": trial_terms if offered else None,
    }
    _answer(session, actor, listing, Task.TRIAL, terms)
    return listing


def set_visibility(
    session: Session, actor: Actor, listing_id: uuid.UUID, partnership_id: uuid.UUID | None
) -> Listing:
    """Show it to everybody, or to the members of one partnership to which the seller belongs."""
    listing = own_to_change(session, actor, listing_id)
    ours = access.partners(session, actor.organisation_id, clock.today())
    if partnership_id is not None and partnership_id not in ours:
        raise Refused("Choose a partnership to which your trust belongs.", field="partnership_id")
    _answer(session, actor, listing, Task.VISIBILITY, {"partnership_id": partnership_id})
    return listing


def set_posts(session: Session, actor: Actor, listing_id: uuid.UUID, posts: Sequence[Post]) -> Listing:
    """Say who delivers, in place of what was said; Refused for a check that a post is not eligible for."""
    listing = own_to_change(session, actor, listing_id)
    if len(posts) > MOST_POSTS:
        raise Refused(f"Name {MOST_POSTS} posts or fewer.", field="posts")
    for post in posts:
        _check_post(post)
    _answer(session, actor, listing, Task.PEOPLE, {"posts": assurance.stored(posts)})
    return listing


def add_post(session: Session, actor: Actor, listing_id: uuid.UUID, post: Post) -> Post:
    """Name one post more."""
    listing = own_to_change(session, actor, listing_id)
    set_posts(session, actor, listing_id, [*assurance.posts(listing.posts), post])
    return post


def set_checks(
    session: Session, actor: Actor, listing_id: uuid.UUID, post_id: uuid.UUID, checks: Sequence[Made]
) -> None:
    """Say which checks the people in a post have; NotFound when it is gone."""
    listing = own_to_change(session, actor, listing_id)
    known = assurance.posts(listing.posts)
    if post_id not in {post.post_id for post in known}:
        raise NotFound
    changed = [replace(post, checks=tuple(checks)) if post.post_id == post_id else post for post in known]
    set_posts(session, actor, listing_id, changed)


def remove_post(session: Session, actor: Actor, listing_id: uuid.UUID, post_id: uuid.UUID) -> None:
    """Take a post away; one that is gone already stays gone."""
    listing = own_to_change(session, actor, listing_id)
    left = [post for post in assurance.posts(listing.posts) if post.post_id != post_id]
    set_posts(session, actor, listing_id, left)


def set_insurances(session: Session, actor: Actor, listing_id: uuid.UUID, covers: Sequence[Cover]) -> Listing:
    """Say what is insured, in place of what was said; Refused for what has ended already."""
    listing = own_to_change(session, actor, listing_id)
    known = assurance.covers(listing.insurances)
    if len(covers) > MOST_COVERS:
        raise Refused(f"Name {MOST_COVERS} insurances or fewer.", field="insurances")
    for cover in covers:
        if cover not in known and cover.ends_on < clock.today():
            raise Refused("Enter today or a later day", field="ends_on")
    _answer(session, actor, listing, Task.PEOPLE, {"insurances": assurance.stored(covers)})
    return listing


def add_insurance(session: Session, actor: Actor, listing_id: uuid.UUID, cover: Cover) -> None:
    """Name one insurance more."""
    listing = own_to_change(session, actor, listing_id)
    set_insurances(session, actor, listing_id, [*assurance.covers(listing.insurances), cover])


def remove_insurance(session: Session, actor: Actor, listing_id: uuid.UUID, cover_id: uuid.UUID) -> None:
    """Take an insurance away; one that is gone already stays gone."""
    listing = own_to_change(session, actor, listing_id)
    left = [cover for cover in assurance.covers(listing.insurances) if cover.cover_id != cover_id]
    set_insurances(session, actor, listing_id, left)


def set_evidence(session: Session, actor: Actor, listing_id: uuid.UUID, effects: Sequence[Effect]) -> Listing:
    """Say what the service changed elsewhere, as the seller's own statement, in place of what was said."""
    listing = own_to_change(session, actor, listing_id)
    if len(effects) > MOST_EFFECTS:
        raise Refused(f"Give {MOST_EFFECTS} statements or fewer.", field="evidence")
    for effect in effects:
        _check_effect(effect)
    _answer(session, actor, listing, Task.EVIDENCE, {"evidence": assurance.stored(effects)})
    return listing


def add_effect(session: Session, actor: Actor, listing_id: uuid.UUID, effect: Effect) -> None:
    """Give one statement more."""
    listing = own_to_change(session, actor, listing_id)
    set_evidence(session, actor, listing_id, [*assurance.effects(listing.evidence), effect])


def remove_effect(session: Session, actor: Actor, listing_id: uuid.UUID, effect_id: uuid.UUID) -> None:
    """Take a statement away; one that is gone already stays gone."""
    listing = own_to_change(session, actor, listing_id)
    left = [effect for effect in assurance.effects(listing.evidence) if effect.effect_id != effect_id]
    set_evidence(session, actor, listing_id, left)


def authorities(session: Session) -> list[tuple[str, str]]:
    """The local authorities of the schools register, by name: code and name."""
    statement = (
        sa.select(Organisation.authority_code, sa.func.min(Organisation.authority_name))
        .where(Organisation.authority_code.is_not(None), Organisation.authority_name.is_not(None))
        .group_by(Organisation.authority_code)
    )
    known = [(str(code), str(name)) for code, name in session.execute(statement)]
    return sorted(known, key=lambda one: (one[1], one[0]))


def _authority_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    known = dict(authorities(session))
    if not codes:
        raise Refused("Select at least one local authority", field="authority_codes")
    unknown = sorted(set(codes) - known.keys())
    if unknown:
        words = f"The schools register has no local authority {unknown[0]}. Use its code of three digits."
        raise Refused(words, field="authority_codes")
    return {code: known[code] for code in codes}


def _check_post(post: Post) -> None:
    if assurance.holds_certificate_number(post.post):
        raise Refused("Leave out numbers of certificates: facts and dates are enough.", field="post")
    refused = assurance.not_eligible(post.setting, (made.check for made in post.checks))
    if refused:
        words = f"{CHECK_WORDS[refused[0]]} may not be asked for people who work there. Leave it out."
        raise Refused(words, field=refused[0].value)
    for made in post.checks:
        if made.made_on > clock.today():
            raise Refused("Enter today or an earlier day", field=made.check.value)


def _check_effect(effect: Effect) -> None:
    if effect.ends_on < effect.starts_on:
        raise Refused("The last day must be the same as or after the first", field="ends_on")
    if effect.ends_on > clock.today():
        raise Refused("Enter today or an earlier day: say what was measured", field="ends_on")


def _answer(session: Session, actor: Actor, listing: Listing, task: Task, changes: Mapping[str, Any]) -> None:
    """Keep what was said, and that it was said."""
    answered = sorted({*listing.answered, task.value})
    apply(session, actor, listing, f"say-{task.value}", {**changes, "answered": answered})
