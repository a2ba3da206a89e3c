"""What two versions of a listing say differently, in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.catalogue import assurance, describing, trials
from marketplace.catalogue.assurance import CHECK_WORDS, INSURANCE_WORDS, PILLAR_WORDS, SETTING_WORDS
from marketplace.catalogue.kinds import (
    BASIS_WORDS,
    CATEGORY_WORDS,
    CHARGED_WORDS,
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


def _plans(terms: Terms) -> str:
    return "\n".join(sorted(_plan(plan) for plan in terms["plans"])) or NOTHING


def _plan(plan: Terms) -> str:
    """The price of a plan; what else it says follows in its own words, whatever a plan comes to say."""
    price = pounds(plan["unit_price_pence"])
    basis = BASIS_WORDS[Basis(plan["basis"])].lower()
    charged = CHARGED_WORDS[Cadence(plan["cadence"])]
    vat = VAT_WORDS[VatTreatment(plan["vat_treatment"])]
    said = {"unit_price_pence", "basis", "cadence", "vat_treatment"}
    rest = [_more(name, value) for name, value in plan.items() if name not in said and _tells(name, value)]
    return "; ".join([f"{price} for {basis}, {charged}, VAT: {vat}", *rest])


def _tells(name: str, value: Any) -> bool:
    """Whether a part of a plan is not what every plan begins with."""
    return bool(value) and not (name in {"units_each", "minimum_periods"} and value == 1)


def _more(name: str, value: Any) -> str:
    words = name.removesuffix("_pence").replace("_", " ")
    if isinstance(value, Mapping):
        value = ", ".join(f"{key} {pounds(one)}" for key, one in sorted(value.items()))
    return f"{words} {pounds(value) if name.endswith('_pence') else value}"


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
