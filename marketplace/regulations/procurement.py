"""What the size and the start of a purchase mean for a school or an academy trust in England. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from marketplace.kernel.errors import Refused
from marketplace.kernel.money import pounds
from marketplace.regulations import rules
from marketplace.regulations.findings import Finding, day_words
from marketplace.regulations.rules import Rule


class Kind(enum.Enum):
    """What is bought, as far as thresholds differ."""

    GOODS = "goods"
    SERVICES = "services"
    LIGHT_TOUCH = "light-touch"
    WORKS = "works"


KIND_WORDS = {
    Kind.GOODS: "Goods",
    Kind.SERVICES: "Services",
    Kind.LIGHT_TOUCH: "Light touch services, such as education, training and catering",
    Kind.WORKS: "Building works",
}
NOUNS = {
    Kind.GOODS: "goods",
    Kind.SERVICES: "services",
    Kind.LIGHT_TOUCH: "light touch services",
    Kind.WORKS: "works",
}
THRESHOLDS = {
    Kind.GOODS: "threshold-goods-and-services",
    Kind.SERVICES: "threshold-goods-and-services",
    Kind.LIGHT_TOUCH: "threshold-light-touch",
    Kind.WORKS: "threshold-works",
}


class Route(enum.Enum):
    """How to buy."""

    LOW_VALUE = "low-value"
    THREE_QUOTES = "three-quotes"
    HIGH_VALUE = "high-value"
    COMPETITION = "competition"
    LIGHT_TOUCH = "light-touch-competition"
    EARLIER_REGULATIONS = "earlier-regulations"


ROUTE_WORDS = {
    Route.LOW_VALUE: "Low value: buy from a framework or a catalogue, or compare prices",
    Route.THREE_QUOTES: "Medium value: get at least 3 quotes, or use a framework",
    Route.HIGH_VALUE: "High value below the threshold: advertise and compare bids, or use a framework",
    Route.COMPETITION: "Public contract: a competitive tendering procedure, or a framework made by one",
    Route.LIGHT_TOUCH: "Public contract, light touch: a competition with fewer rules, or a framework",
    Route.EARLIER_REGULATIONS: "Public contract under the Public Contracts Regulations 2015",
}


@dataclass(frozen=True)
class Deal:
    """A purchase against the rules; its value is the whole estimate of all buyers together, with VAT."""

    kind: Kind
    value_pence: int
    starts_on: date
    buyers: int
    above_threshold: bool
    threshold_pence: int
    route: Route
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Pool:
    """Purchases of several buyers as one; `crossed_by` is the place (from 0) of who reached the limit."""

    deal: Deal
    crossed_by: int | None
    crossing: Finding | None


def deal(kind: Kind, value_pence: int, starts_on: date, buyers: int = 1) -> Deal:
    """Threshold, route and duties of a purchase whose procurement starts on a date.

    Refused before the table's first date; ValueError for a negative value or no buyer.
    """
    if value_pence < 0 or buyers < 1:
        raise ValueError("a deal has a value of 0 or more and 1 buyer or more")
    threshold = _threshold(kind, starts_on)
    limit = threshold.amount
    is_above = value_pence >= limit
    found = [
        _size(threshold, kind, value_pence, starts_on),
        *_in_force(starts_on),
        *(_joint(value_pence, starts_on, buyers) if buyers > 1 else []),
        *(_above(kind, starts_on) if is_above else _below(value_pence, starts_on)),
        *_open_questions(starts_on),
    ]
    route = _route(kind, value_pence, starts_on, is_above)
    return Deal(kind, value_pence, starts_on, buyers, is_above, limit, route, tuple(found))


def pool(kind: Kind, starts_on: date, values: Sequence[int]) -> Pool:
    """What members' estimates with VAT come to together, in the order in which they joined (at least one)."""
    whole = deal(kind, sum(values), starts_on, len(values))
    reached = list(accumulate(values))
    place = next((at for at, sum_ in enumerate(reached) if sum_ >= whole.threshold_pence), None)
    if place is None:
        return Pool(whole, None, None)
    before = reached[place] - values[place]
    crossing = rules.rule("pooled-needs", starts_on).says(
        f"The pool reaches the threshold of {pounds(whole.threshold_pence)} with buyer {place + 1} of "
        f"{len(values)}: {pounds(before)} before it joined, {pounds(reached[place])} after."
    )
    return Pool(whole, place, crossing)


def _threshold(kind: Kind, starts_on: date) -> Rule:
    try:
        return rules.rule(THRESHOLDS[kind], starts_on)
    except Refused as error:
        raise Refused(error.sentence, field="starts_on") from error


def _route(kind: Kind, value_pence: int, starts_on: date, is_above: bool) -> Route:
    if not is_above:
        return _band(value_pence, starts_on)
    if starts_on < rules.IN_FORCE:
        return Route.EARLIER_REGULATIONS
    return Route.LIGHT_TOUCH if kind is Kind.LIGHT_TOUCH else Route.COMPETITION


def _band(value_pence: int, starts_on: date) -> Route:
    """Under £10,000 is low, over £40,000 is high, what lies between or on either is medium.

    DfE does not say whether VAT counts; with it is the stricter reading.
    """
    low, high = (rules.rule(name, starts_on).amount for name in ("low-value", "high-value"))
    if value_pence < low:
        return Route.LOW_VALUE
    return Route.HIGH_VALUE if value_pence > high else Route.THREE_QUOTES


def _size(threshold: Rule, kind: Kind, value_pence: int, starts_on: date) -> Finding:
    limit, value = pounds(threshold.amount), pounds(value_pence)
    ends = f" and not after {day_words(threshold.to_on)}" if threshold.to_on else ""
    which = f"for {NOUNS[kind]} whose procurement starts on or after {day_words(threshold.from_on)}{ends}"
    if value_pence >= threshold.amount:
        words = (
            f"{value} with VAT is not less than the threshold of {limit} {which}: this is a public contract."
        )
    else:
        words = f"{value} with VAT is less than the threshold of {limit} {which}: this is no public contract."
    return threshold.says(words, starts_on)


def _in_force(starts_on: date) -> list[Finding]:
    if starts_on >= rules.IN_FORCE:
        return []
    return [
        rules.newest("procurement-act").says(
            f"A procurement that starts on {day_words(starts_on)} is before the Procurement Act 2023, in "
            f"force from {day_words(rules.IN_FORCE)}: the Public Contracts Regulations 2015 govern it to "
            "its end."
        )
    ]


def _joint(value_pence: int, starts_on: date, buyers: int) -> list[Finding]:
    pooled = rules.rule("pooled-needs", starts_on).says(
        f"The needs of the {buyers} buyers are added up: {pounds(value_pence)} together is tested against "
        "the threshold, not the share of each."
    )
    liable = rules.find("joint-buyers", starts_on)
    if liable is None:
        return [pooled]
    return [
        pooled,
        liable.says(
            "Buyers who join for this purchase without a central purchasing body each stay liable: every "
            f"one of the {buyers} must be able to show that the rules were followed."
        ),
    ]


def _above(kind: Kind, starts_on: date) -> list[Finding]:
    """Notices and standstill of a public contract; none of them before the Act."""
    if starts_on < rules.IN_FORCE:
        return []
    return [_standstill(kind, starts_on), _details(kind, starts_on), _payments(starts_on)]


def _standstill(kind: Kind, starts_on: date) -> Finding:
    if kind is Kind.LIGHT_TOUCH:
        rule = rules.rule("standstill-light-touch", starts_on)
        return rule.says(
            "Publish an award notice before signing. A standstill is voluntary for light touch; when there "
            f"is one it lasts at least {rule.figure} working days."
        )
    rule = rules.rule("standstill", starts_on)
    return rule.says(
        f"Publish an award notice, then wait {rule.figure} working days, the day of the notice being the "
        "first, before anybody signs."
    )


def _details(kind: Kind, starts_on: date) -> Finding:
    ending = "-light-touch" if kind is Kind.LIGHT_TOUCH else ""
    rule = rules.rule(f"contract-details-notice{ending}", starts_on)
    return rule.says(
        f"Publish a contract details notice within {rule.figure} days, the day of signing being the first."
    )


def _payments(starts_on: date) -> Finding:
    return rules.rule("payments-by-schools", starts_on).says(
        "The terms of payment that the Act writes into public contracts, and the notices about payments, "
        "do not apply to schools and academy trusts."
    )


def _below(value_pence: int, starts_on: date) -> list[Finding]:
    spared = rules.find("schools-below-threshold", starts_on)
    others = rules.find("other-bodies-below-threshold", starts_on)
    found = [_quotes(value_pence, starts_on)]
    if spared is not None:
        found.append(
            spared.says(
                "Schools and academy trusts are outside the Act's rules for contracts below the threshold."
            )
        )
    if others is not None and value_pence >= others.amount:
        found.append(
            others.says(
                f"A buyer who is no school must publish notices from {pounds(others.amount)} with VAT."
            )
        )
    return found


def _quotes(value_pence: int, starts_on: date) -> Finding:
    low, quotes, high = (rules.rule(name, starts_on) for name in ("low-value", "three-quotes", "high-value"))
    least, most = pounds(low.amount), pounds(high.amount)
    own = "Your trust's own rules may be stricter."
    band = _band(value_pence, starts_on)
    if band is Route.LOW_VALUE:
        return low.says(f"Under {least} DfE calls a purchase low value: compare prices. {own}")
    if band is Route.THREE_QUOTES:
        return quotes.says(
            f"From {least} to {most} DfE asks for {quotes.figure} quotes or more, or a framework. {own}"
        )
    return high.says(f"Over {most} DfE calls a purchase high value: advertise it, or use a framework. {own}")


def _open_questions(starts_on: date) -> list[Finding]:
    arrangements = rules.find("arrangements-between-trusts", starts_on)
    if arrangements is None:
        return []
    return [
        arrangements.says(
            "Buying from another trust counts as procurement here. Whether trusts that work together are "
            "exempt is not settled: take advice before you rely on an exemption."
        )
    ]
