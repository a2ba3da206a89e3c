"""Setting capacity by a rule: what it would make of every month, and then all months or none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.catalogue import availability, offering
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.availability import Change, Span
from marketplace.catalogue.kinds import CapacityUnit
from marketplace.catalogue.services import check_may_sell
from marketplace.kernel import clock
from marketplace.kernel.errors import Refused
from marketplace.regulations import working_days
from marketplace.scheduling import recurring
from marketplace.scheduling.columns import MOST_UNITS
from marketplace.scheduling.kinds import RuleKind
from marketplace.scheduling.models import CapacityRule
from marketplace.scheduling.recurring import Holidays, Rule
from marketplace.trusts import access
from marketplace.trusts import queries as trusts
from marketplace.trusts.access import Actor


@dataclass(frozen=True)
class Preview:
    """What a rule would make of every month, and the school holidays that it leaves out."""

    unit: CapacityUnit
    changes: Sequence[Change]
    holidays: Sequence[Span]

    @property
    def faults(self) -> list[str]:
        """Why months cannot be set, each named."""
        said = (offering.why_not(change, self.unit) for change in self.changes)
        return [sentence for sentence in said if sentence]


def preview(session: Session, actor: Actor, listing_id: uuid.UUID, rule: Rule) -> Preview:
    """What would become of each month; nothing is changed."""
    check_may_sell(actor)
    offer = catalogue.own_listing(session, actor.organisation_id, listing_id)
    terms = trusts.own_terms(session, actor.organisation_id)
    holidays = holidays_for(rule, [(term.starts_on, term.ends_on) for term in terms])
    _check(rule, holidays)
    wanted = recurring.units_by_month(rule, holidays)
    if max(wanted.values()) > MOST_UNITS:
        raise Refused(f"Enter less: a month would have more than {MOST_UNITS:,}.", field="units")
    changes = availability.changes(catalogue.capacity_of(session, listing_id), wanted)
    shown = holidays.school if rule.leaves_out_school_holidays else ()
    return Preview(offer.unit, changes, shown)


def apply_rule(
    session: Session, actor: Actor, listing_id: uuid.UUID, rule: Rule, left_out: str | None
) -> int:
    """Set every month as the rule says, or none, and keep the rule; how many months were set.

    CapacityTaken, naming the month, when more is taken in one than it would have.
    """
    found = preview(session, actor, listing_id, rule)
    wanted = {(change.starts_on, change.ends_on): change.units for change in found.changes}
    kept = CapacityRule(
        listing_id=listing_id,
        seller_id=actor.organisation_id,
        person_id=actor.person_id,
        applied_at=clock.now(),
        **_columns(rule, left_out),
    )
    session.add(kept)
    session.flush()
    noted = {"rule": str(kept.id), "months": len(wanted)}
    offering.offer_units(session, actor, listing_id, wanted, "offer-by-rule", noted)
    access.record(session, actor, "apply-rule", kept, after={"months": len(wanted)})
    return len(wanted)


def rules_of(session: Session, actor: Actor, listing_id: uuid.UUID) -> Sequence[CapacityRule]:
    """The rules by which an own listing was set, the newest first."""
    mine = sa.and_(CapacityRule.listing_id == listing_id, CapacityRule.seller_id == actor.organisation_id)
    statement = sa.select(CapacityRule).where(mine).order_by(CapacityRule.id.desc()).limit(50)
    return session.scalars(statement).all()


def own_rule(session: Session, actor: Actor, rule_id: uuid.UUID) -> CapacityRule:
    """A rule of the actor's organisation."""
    return access.own(session, CapacityRule, rule_id, CapacityRule.seller_id, acting=actor)


def rule_of(kept: CapacityRule) -> Rule:
    """A kept rule as it is carried out."""
    return Rule(
        kind=kept.kind,
        first_month=kept.first_month,
        last_month=kept.last_month,
        units=kept.units,
        weekdays=frozenset(kept.weekdays),
        except_months=frozenset(kept.except_months),
        leaves_out_bank_holidays=kept.leaves_out_bank_holidays,
        leaves_out_school_holidays=kept.leaves_out_school_holidays,
        left_out=recurring.read_days(kept.left_out or ""),
    )


def holidays_for(rule: Rule, own_terms: Sequence[Span] = ()) -> Holidays:
    """The days off that a rule may leave out."""
    first, last = rule.first_month, availability.months(rule.last_month, rule.last_month)[0][1]
    school = recurring.school_holidays(own_terms, first, last)
    return Holidays(working_days.bank_holidays(), working_days.known_to(), school)


def _check(rule: Rule, holidays: Holidays) -> None:
    if rule.kind is RuleKind.EACH_DAY and not rule.weekdays:
        raise Refused("Select the days of the week.", field="weekdays")
    last = availability.months(rule.last_month, rule.last_month)[0][1]
    if rule.last_month < rule.first_month:
        raise Refused("The last month must be the same as or after the first.", field="last_month")
    if rule.first_month < availability.first_of_month(clock.today()):
        raise Refused("The first month must be this month or a later one.", field="first_month")
    if offering.outside(rule.first_month, last):
        raise Refused("The last month must be within the next 5 years.", field="last_month")
    if recurring.is_guessed(rule, holidays):
        known = availability.month_words(holidays.bank_known_to)
        words = f"Bank holidays are published until {known}: choose that month or an earlier one."
        raise Refused(words, field="last_month")


def _columns(rule: Rule, left_out: str | None) -> dict[str, Any]:
    return {
        "kind": rule.kind,
        "first_month": rule.first_month,
        "last_month": rule.last_month,
        "units": rule.units,
        "weekdays": sorted(rule.weekdays),
        "except_months": sorted(rule.except_months),
        "leaves_out_bank_holidays": rule.leaves_out_bank_holidays,
        "leaves_out_school_holidays": rule.leaves_out_school_holidays,
        "left_out": left_out,
    }


def words_of(rule: Rule, unit_words: tuple[str, str]) -> str:
    """A rule in one sentence: 7 hours every Tuesday and Thursday, September 2027 to July 2028, ..."""
    amount = f"{rule.units:,} {unit_words[0] if rule.units == 1 else unit_words[1]}"
    when = f"every {_and(_WEEKDAYS[day] for day in sorted(rule.weekdays))}"
    parts = [f"{amount} {when if rule.kind is RuleKind.EACH_DAY else 'each month'}"]
    parts.append(
        f"{availability.month_words(rule.first_month)} to {availability.month_words(rule.last_month)}"
    )
    if rule.except_months:
        months = _and(
            availability.month_words(date(2000, month, 1)).split()[0] for month in sorted(rule.except_months)
        )
        parts.append(f"not in {months}")
    if rule.leaves_out_bank_holidays:
        parts.append("without bank holidays")
    if rule.leaves_out_school_holidays:
        parts.append("in term time")
    if rule.left_out:
        parts.append("without other days that were named")
    return ", ".join(parts)


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _and(words: Any) -> str:
    found = list(words)
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else "".join(found)
