"""What two versions of a listing say differently, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.catalogue import assurance, charging, describing, trials
from marketplace.catalogue.assurance import CHECK_WORDS, INSURANCE_WORDS, PILLAR_WORDS, SETTING_WORDS
from marketplace.catalogue.kinds import (
    CATEGORY_WORDS,
    DELIVERY_WORDS,
    LISTING_KIND_WORDS,
    UNIT_WORDS,
    VAT_WORDS,
    Basis,
    Cadence,
    CapacityUnit,
    Category,
    Delivery,
    ListingKind,
    VatTreatment,
    length_words,
)
from marketplace.kernel.money import pounds

Terms = Mapping[str, Any]
NOTHING = "Nothing"


@dataclass(frozen=True)
class Change:
    """One part of a listing that changed: what it is called, and what it said before and says now."""

    part: str
    before: str
    after: str


def shown(terms: Terms) -> list[tuple[str, str]]:
    """Every part of a version in words, in the order of a listing's page."""
    return [(name, say(terms)) for name, say in PARTS.items()]


def changes(before: Terms, after: Terms) -> list[Change]:
    """The parts that two versions say differently."""
    pairs = [(name, say(before), say(after)) for name, say in PARTS.items()]
    return [Change(name, then, now) for name, then, now in pairs if then != now]


def day_words(on: date) -> str:
    """1 April 2027."""
    return f"{on.day} {on:%B %Y}"


def _trial(terms: Terms) -> str:
    offered = trials.words(terms["trial_months"], terms["trial_percent"])
    return f"{offered}\n{terms['trial_terms']}" if terms["trial_terms"] else offered


@dataclass(frozen=True)
class _Plan:
    """A plan as a version keeps it."""

    cadence: Cadence
    basis: Basis
    unit: CapacityUnit
    unit_price_pence: int
    fixed_pence: int
    phase_prices: Mapping[str, Any]
    units_each: int
    bundle_units: int | None


def _plans(terms: Terms) -> str:
    unit = CapacityUnit(terms["unit"])
    return "\n".join(sorted(_plan(plan, unit) for plan in terms["plans"])) or NOTHING


def _plan(kept: Terms, unit: CapacityUnit) -> str:
    cadence = Cadence(kept["cadence"])
    plan = _Plan(
        cadence=cadence,
        basis=Basis(kept["basis"]),
        unit=unit,
        unit_price_pence=kept["unit_price_pence"],
        fixed_pence=kept["fixed_pence"],
        phase_prices=kept["phase_prices"],
        units_each=kept["units_each"],
        bundle_units=kept["bundle_units"],
    )
    vat = f"VAT: {VAT_WORDS[VatTreatment(kept['vat_treatment'])]}"
    least = kept["minimum_periods"]
    rest = [
        f"{kept['units_each']:,} of its capacity each" if kept["units_each"] > 1 else "",
        f"up to {kept['carried_over']:,} carried over" if kept["carried_over"] else "",
        f"for {length_words(least, cadence)} at least" if least > 1 else "",
        "charged in two parts, by the months before and after 1 April"
        if kept.get("is_split_in_april")
        else "",
        "" if kept["notice_days"] is None else f"{kept['notice_days']:,} days' notice",
    ]
    return "; ".join([charging.plan_words(plan), vat, *(one for one in rest if one)])


def _posts(terms: Terms) -> str:
    return "\n".join(_post(post) for post in assurance.posts(terms["posts"])) or NOTHING


def _post(post: assurance.Post) -> str:
    made = [f"{CHECK_WORDS[one.check]} ({day_words(one.made_on)})" for one in post.checks]
    checks = f"; checked: {', '.join(made)}" if made else ""
    return f"{post.number:,} {post.post}: {SETTING_WORDS[post.setting]}{checks}"


def _insurances(terms: Terms) -> str:
    return "\n".join(_cover(cover) for cover in assurance.covers(terms["insurances"])) or NOTHING


def _cover(cover: assurance.Cover) -> str:
    sum_ = "without a limit" if cover.cover_pence is None else f"up to {pounds(cover.cover_pence)}"
    return f"{INSURANCE_WORDS[cover.insurance]} {sum_}, until {day_words(cover.ends_on)}"


def _evidence(terms: Terms) -> str:
    return "\n".join(_effect(one) for one in assurance.effects(terms["evidence"])) or NOTHING


def _effect(one: assurance.Effect) -> str:
    period = f"{day_words(one.starts_on)} to {day_words(one.ends_on)}"
    pillar = PILLAR_WORDS[one.pillar]
    return f"{one.measure}: {one.before} before, {one.after} after ({period}). {one.source}. {pillar}"


def _visible(terms: Terms) -> str:
    return "Members of one partnership" if terms["partnership_id"] else "Everybody"


def _unit(terms: Terms) -> str:
    limit = ", without a limit" if terms["is_unlimited"] else ""
    return f"{UNIT_WORDS[CapacityUnit(terms['unit'])][1].capitalize()}{limit}"


PARTS: Mapping[str, Callable[[Terms], str]] = {
    "Name": lambda terms: str(terms["title"]),
    "Kind": lambda terms: LISTING_KIND_WORDS[ListingKind(terms["kind"])],
    "Category": lambda terms: CATEGORY_WORDS[Category(terms["category"])],
    "Summary": lambda terms: str(terms["summary"]),
    "Description": lambda terms: str(terms["description"]),
    "Licence": lambda terms: terms["licence"] or NOTHING,
    "What is sold": _unit,
    "Where the work is done": lambda terms: DELIVERY_WORDS[Delivery(terms["delivery"])],
    "Places served": lambda terms: str(terms["places_served"]),
    "Phases": lambda terms: describing.phases_words(terms["phases"]),
    "Price": _plans,
    "Trial": _trial,
    "Who delivers": _posts,
    "Insurance": _insurances,
    "What the seller says it did": _evidence,
    "Who can see it": _visible,
}


def parts(changed: Sequence[Change]) -> str:
    """The names of what changed: Price, trial and licence."""
    named = [one.part if place == 0 else one.part.lower() for place, one in enumerate(changed)]
    return " and ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else "".join(named)
