"""Forms of a listing that are saved before they are complete: only who typed them sees them again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import queries
from marketplace.catalogue.kinds import ListingKind
from marketplace.catalogue.queries import Offer
from marketplace.catalogue.states import Task
from marketplace.kernel.session import current_session
from marketplace.people.kept_forms import KeptForm
from marketplace.trusts import keeping
from marketplace.trusts.guard import current_actor

View = TypeVar("View", bound=Callable[..., Any])
PAGES = {
    Task.DESCRIPTION: "catalogue.revise",
    Task.REACH: "listing_details.reach",
    Task.PRICE: "plans.add",
    Task.TRIAL: "listing_details.trial",
    Task.PEOPLE: "listing_people.people",
    Task.EVIDENCE: "listing_details.evidence",
    Task.VISIBILITY: "listing_details.visibility",
}
"""The page of each task that has a form to fill in; its kept form has the page's address."""


def may_wait(view: View) -> View:
    """The form that this view takes may be saved unfinished: then nothing of it is checked or shown."""

    @wraps(view)
    def save_or_go_on(**values: Any) -> ResponseReturnValue:
        if not keeping.is_put_aside():
            answer: ResponseReturnValue = view(**values)
            return answer
        return _save(**values)

    return save_or_go_on  # type: ignore[return-value]


def _save(listing_id: uuid.UUID | None = None, **_: Any) -> ResponseReturnValue:
    if listing_id is not None:
        queries.own_listing(current_session(), current_actor().organisation_id, listing_id)
    keeping.put_aside(is_new=listing_id is None)
    flash("Saved as it is, for 30 days. Only you see it until it is complete.")
    if listing_id is None:
        return redirect(url_for("catalogue.own"))
    return redirect(url_for("catalogue.tasks", listing_id=listing_id))


def of_listing(offer: Offer) -> dict[Task, str]:
    """The tasks that this person saved unfinished, and where each goes on; of several prices the newest."""
    addresses = {url_for(page, listing_id=offer.id): task for task, page in PAGES.items()}
    for plan in offer.plans:
        addresses[url_for("plans.change", listing_id=offer.id, plan_id=plan.plan_id)] = Task.PRICE
    kept = keeping.unfinished(list(addresses))
    return {addresses[one.address]: keeping.with_kept(one.address, one.id) for one in kept}


def new_ones() -> list[tuple[str, str]]:
    """The listings that this person began and never described completely: a name, and where it goes on."""
    kept = keeping.unfinished([url_for("catalogue.describe", kind=kind.value) for kind in ListingKind])
    return [(_name(one), keeping.with_kept(one.address, one.id)) for one in kept]


def _name(kept: KeptForm) -> str:
    return keeping.typed_in(kept).get("title", "").strip() or "Without a name yet"
