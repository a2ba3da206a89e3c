"""Every figure of the English rules, dated and cited. Pure.

A new threshold is one new row: the row before it of the same name ends the day before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, pairwise

from marketplace.kernel.errors import Refused
from marketplace.regulations.findings import Finding, Source, Sure, Unit, day_words

ACT = "https://www.legislation.gov.uk/ukpga/2023/54"
VAT_ACT = "https://www.legislation.gov.uk/ukpga/1994/23"


@dataclass(frozen=True)
class Rule:
    """One row: what holds from a date. After `review_on` a figure may have been replaced: check it first."""

    name: str
    from_on: date
    source: Source
    sure: Sure
    figure: int | None = None
    unit: Unit | None = None
    to_on: date | None = None
    review_on: date | None = None

    @property
    def amount(self) -> int:
        """The figure of a rule that has one; ValueError otherwise."""
        if self.figure is None:
            raise ValueError(f"{self.name} has no figure")
        return self.figure

    def says(self, sentence: str, on: date | None = None) -> Finding:
        """A finding of this rule; on a date after its review it says so, and is less sure."""
        is_late = on is not None and self.review_on is not None and on >= self.review_on
        if is_late and self.review_on is not None:
            sentence += f" This figure was due to be replaced on {day_words(self.review_on)}: check it first."
        return Finding(
            rule=self.name,
            sentence=sentence,
            source=str(self.source),
            address=self.source.address,
            sure=Sure.LOW if is_late else self.sure,
            figure=self.figure,
            unit=self.unit,
            from_on=self.from_on,
            to_on=self.to_on,
        )


def _act(place: str, path: str) -> Source:
    return Source("Procurement Act 2023", place, f"{ACT}/{path}")


def _vat(place: str, path: str) -> Source:
    return Source("Value Added Tax Act 1994", place, f"{VAT_ACT}/{path}")


REGULATIONS_2015 = Source(
    "Public Contracts Regulations 2015",
    "regulation 5",
    "https://www.legislation.gov.uk/uksi/2015/102/regulation/5",
)
VALUES_2015 = Source(
    "Public Contracts Regulations 2015",
    "regulation 6",
    "https://www.legislation.gov.uk/uksi/2015/102/regulation/6",
)
COMMENCEMENT = Source(
    "Procurement Act 2023 (Commencement No. 3) Regulations 2024 (SI 2024/716)",
    "regulation 2, as amended by SI 2024/959",
    "https://www.legislation.gov.uk/uksi/2024/716",
)
THRESHOLDS_2026 = Source(
    "Procurement Act 2023 (Threshold Amounts) (Amendment) Regulations 2025 (SI 2025/1200)",
    "Schedule 1 of the Act as amended",
    "https://www.legislation.gov.uk/uksi/2025/1200",
)
BUYING = Source(
    "DfE, Buying procedures and procurement law for schools",
    "Find the right route to buy",
    "https://www.gov.uk/guidance/buying-procedures-and-procurement-law-for-schools/find-the-right-way-to-buy",
)
HANDBOOK = Source(
    "DfE, Academy trust handbook",
    "part 5, related parties",
    "https://www.gov.uk/government/publications/academy-trust-handbook",
)
STAFF_MANUAL = Source(
    "HMRC, VAT Education Manual",
    "VATEDU53600",
    "https://www.gov.uk/hmrc-internal-manuals/vat-education-manual/vatedu53600",
)
E_INVOICING = Source("HM Treasury, Budget 2025", "electronic invoicing")
BACS = Source(
    "Stripe, Bacs Direct Debit payments in the UK",
    "payment confirmation and limits",
    "https://docs.stripe.com/payments/payment-methods/bacs-debit",
)
SAFEGUARDING = Source(
    "DfE, Keeping children safe in education",
    "part 3, staff of other organisations",
    "https://www.gov.uk/government/publications/keeping-children-safe-in-education--2",
)
TRADING = Source(
    "HMRC, Charities: trading and tax",
    "small trading exemption, and the trust's articles",
    "https://www.gov.uk/guidance/charities-and-trading",
)

START = date(2024, 1, 1)
"""The first date that the table covers."""
IN_FORCE = date(2025, 2, 24)
NEXT_THRESHOLDS = date(2028, 1, 1)
"""Thresholds are revised on 1 January of every even year (Schedule 1, paragraph 2)."""
YEAR_OF_40_000 = date(2023, 9, 1)
HIGH, MEDIUM, LOW = Sure.HIGH, Sure.MEDIUM, Sure.LOW
PENCE, DAYS, WORKING = Unit.PENCE, Unit.DAYS, Unit.WORKING_DAYS
SCHEDULE_1 = _act("section 3 and Schedule 1, as amended by SI 2025/163", "schedule/1")

ROWS = (
    Rule("procurement-act", IN_FORCE, COMMENCEMENT, HIGH),
    # Thresholds with VAT of sub-central authorities, which academy trusts and schools are.
    Rule("threshold-goods-and-services", START, REGULATIONS_2015, HIGH, 214_904_00, PENCE),
    Rule("threshold-goods-and-services", IN_FORCE, SCHEDULE_1, HIGH, 214_904_00, PENCE),
    Rule(
        "threshold-goods-and-services",
        date(2026, 1, 1),
        THRESHOLDS_2026,
        HIGH,
        207_720_00,
        PENCE,
        review_on=NEXT_THRESHOLDS,
    ),
    Rule("threshold-light-touch", START, REGULATIONS_2015, HIGH, 663_540_00, PENCE),
    Rule("threshold-light-touch", IN_FORCE, SCHEDULE_1, HIGH, 663_540_00, PENCE),
    Rule(
        "threshold-light-touch",
        date(2026, 1, 1),
        THRESHOLDS_2026,
        HIGH,
        663_540_00,
        PENCE,
        review_on=NEXT_THRESHOLDS,
    ),
    Rule("threshold-works", START, REGULATIONS_2015, HIGH, 5_372_609_00, PENCE),
    Rule("threshold-works", IN_FORCE, SCHEDULE_1, HIGH, 5_372_609_00, PENCE),
    Rule(
        "threshold-works",
        date(2026, 1, 1),
        THRESHOLDS_2026,
        HIGH,
        5_193_000_00,
        PENCE,
        review_on=NEXT_THRESHOLDS,
    ),
    # Several buyers together.
    Rule("pooled-needs", START, VALUES_2015, MEDIUM),
    Rule("pooled-needs", IN_FORCE, _act("section 4 and Schedule 3", "schedule/3"), MEDIUM),
    Rule("joint-buyers", IN_FORCE, _act("sections 1(3) and 11", "section/1"), HIGH),
    # What schools are spared, and what other bodies are not.
    Rule("schools-below-threshold", IN_FORCE, _act("sections 84 and 123", "section/84"), HIGH),
    Rule("other-bodies-below-threshold", IN_FORCE, _act("section 87", "section/87"), HIGH, 30_000_00, PENCE),
    Rule("payments-by-schools", IN_FORCE, _act("sections 68 and 69", "section/68"), MEDIUM),
    # The bands of the Department for Education.
    Rule("low-value", START, BUYING, HIGH, 10_000_00, PENCE),
    Rule("three-quotes", START, BUYING, HIGH, 3, Unit.QUOTES),
    Rule("high-value", START, BUYING, HIGH, 40_000_00, PENCE),
    # Notices and standstill.
    Rule("standstill", IN_FORCE, _act("section 51", "section/51"), HIGH, 8, WORKING),
    Rule("standstill-light-touch", IN_FORCE, _act("section 51", "section/51"), MEDIUM, 8, WORKING),
    Rule("contract-details-notice", IN_FORCE, _act("section 53", "section/53"), HIGH, 30, DAYS),
    Rule("contract-details-notice-light-touch", IN_FORCE, _act("section 53", "section/53"), HIGH, 120, DAYS),
    # Related parties of an academy trust.
    Rule("related-party-report", YEAR_OF_40_000, HANDBOOK, HIGH),
    Rule("related-party-approval", YEAR_OF_40_000, HANDBOOK, HIGH, 40_000_00, PENCE),
    Rule("related-party-state-funded", YEAR_OF_40_000, HANDBOOK, HIGH),
    Rule("related-party-trading-subsidiary", YEAR_OF_40_000, HANDBOOK, MEDIUM),
    Rule("related-party-at-cost", YEAR_OF_40_000, HANDBOOK, MEDIUM, 2_500_00, PENCE),
    # VAT.
    Rule(
        "vat-standard-rate", date(2011, 1, 4), _vat("section 2", "section/2"), HIGH, 2_000, Unit.BASIS_POINTS
    ),
    Rule("vat-teaching-staff", START, STAFF_MANUAL, HIGH),
    Rule("vat-other-staff", START, STAFF_MANUAL, HIGH, 2_000, Unit.BASIS_POINTS),
    Rule("vat-vocational-training", START, _vat("Schedule 9, Group 6, item 1", "schedule/9"), MEDIUM),
    Rule(
        "vat-registration",
        date(2024, 4, 1),
        _vat("Schedule 1, paragraph 1", "schedule/1"),
        MEDIUM,
        90_000_00,
        PENCE,
    ),
    Rule("vat-refund-academies", date(2011, 4, 1), _vat("section 33B", "section/33B"), HIGH),
    # Invoices and payments.
    Rule("electronic-invoicing", date(2029, 4, 1), E_INVOICING, HIGH),
    Rule("electronic-invoicing-network", date(2029, 4, 1), E_INVOICING, MEDIUM),
    Rule("bacs-days", START, BACS, HIGH, 4, WORKING),
    Rule("bacs-days-new-mandate", START, BACS, HIGH, 7, WORKING),
    Rule("bacs-limit", START, BACS, HIGH, 100_000_00, PENCE),
    # Staff of another body.
    Rule("staff-of-another-body", START, SAFEGUARDING, HIGH),
    # What nobody has settled.
    Rule("arrangements-between-trusts", IN_FORCE, _act("Schedule 2, paragraph 3", "schedule/2"), LOW),
    Rule("trading-by-trusts", START, TRADING, LOW),
)


def closed(rows: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rows by name and date, each ending before the next of its name; ValueError: two from one date."""
    found: list[Rule] = []
    for name, group in groupby(sorted(rows, key=lambda row: (row.name, row.from_on)), lambda row: row.name):
        found += _closed(name, list(group))
    return tuple(found)


def _closed(name: str, rows: Sequence[Rule]) -> list[Rule]:
    if len({row.from_on for row in rows}) < len(rows):
        raise ValueError(f"{name} has two rows from one date")
    ended = [replace(row, to_on=after.from_on - timedelta(days=1)) for row, after in pairwise(rows)]
    return [*ended, rows[-1]]


RULES = closed(ROWS)


def find(name: str, on: date) -> Rule | None:
    """The row of a name that holds on a date, None when none does; KeyError: no such name."""
    rows = [row for row in RULES if row.name == name]
    if not rows:
        raise KeyError(name)
    return next((row for row in rows if row.from_on <= on and (row.to_on is None or on <= row.to_on)), None)


def rule(name: str, on: date) -> Rule:
    """The row of a name that holds on a date; Refused, in words, when none does."""
    found = find(name, on)
    if found is None:
        first = min(row.from_on for row in RULES if row.name == name)
        raise Refused(f"The rules here begin on {day_words(first)}. Enter that date or a later one.")
    return found


def newest(name: str) -> Rule:
    """The last row of a name, also when it holds only from a day to come."""
    return [row for row in RULES if row.name == name][-1]
