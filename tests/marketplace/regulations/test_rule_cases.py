"""Every rule at its edges and dates, each with the citation that it must carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import pytest

from marketplace.regulations import (
    payments,
    procurement,
    related_parties,
    rules,
    staffing,
    standstill,
    trading,
    vat,
)
from marketplace.regulations.findings import Finding
from marketplace.regulations.procurement import Kind
from marketplace.regulations.related_parties import Seller
from marketplace.regulations.vat import Party, Supply

ACT = "Procurement Act 2023"
BEFORE_THE_ACT = "Public Contracts Regulations 2015, regulation 5"
SCHEDULE_1 = f"{ACT}, section 3 and Schedule 1, as amended by SI 2025/163"
SI_2025 = (
    f"{ACT} (Threshold Amounts) (Amendment) Regulations 2025 (SI 2025/1200), Schedule 1 of the Act as amended"
)
BUYING = "DfE, Buying procedures and procurement law for schools, Find the right route to buy"
HANDBOOK = "DfE, Academy trust handbook, part 5, related parties"
MANUAL = "HMRC, VAT Education Manual, VATEDU53600"
VAT_ACT = "Value Added Tax Act 1994"
BACS = "Stripe, Bacs Direct Debit payments in the UK, payment confirmation and limits"
BUDGET = "HM Treasury, Budget 2025, electronic invoicing"
COMMENCED = (
    f"{ACT} (Commencement No. 3) Regulations 2024 (SI 2024/716), regulation 2, as amended by SI 2024/959"
)
NEW_YEAR_S_EVE, NEW_YEAR = date(2025, 12, 31), date(2026, 1, 1)
EVE, IN_FORCE = date(2025, 2, 23), date(2025, 2, 24)
TODAY = date(2026, 11, 21)
GOODS, SERVICES, LIGHT, WORKS = Kind.GOODS, Kind.SERVICES, Kind.LIGHT_TOUCH, Kind.WORKS
THRESHOLD, THRESHOLD_LIGHT, THRESHOLD_WORKS = (
    "threshold-goods-and-services",
    "threshold-light-touch",
    "threshold-works",
)
SCHOOL, FIRM = Party.ELIGIBLE_BODY, Party.OTHER_BODY


@dataclass(frozen=True)
class Case:
    """What is asked, which rule must answer, what it must say, where that stands and how sure it is."""

    asked: Callable[[], Iterable[Finding]]
    rule: str
    says: str
    source: str
    sure: str = "high"


def bought(kind: Kind, pence: int, on: date, buyers: int = 1) -> Callable[[], Iterable[Finding]]:
    return lambda: procurement.deal(kind, pence, on, buyers).findings


def related(seller: Seller, pence: int, on: date = TODAY, before: int = 0) -> Callable[[], Iterable[Finding]]:
    return lambda: related_parties.findings(seller, pence, on, before)


def taxed(supply: Supply, seller: Party, buyer: Party) -> Callable[[], Iterable[Finding]]:
    return lambda: [vat.treatment(supply, seller, buyer, TODAY).finding]


def turned_over(pence: int, on: date = TODAY) -> Callable[[], Iterable[Finding]]:
    return lambda: [vat.registration(pence, on)]


def noticed(on: date, *, light: bool = False) -> Callable[[], Iterable[Finding]]:
    return lambda: standstill.standstill(on, is_light_touch=light).findings


def debited(pence: int, *, new: bool = False) -> Callable[[], Iterable[Finding]]:
    return lambda: payments.bacs(pence, TODAY, is_new_mandate=new)


ABOVE, UNDER = "this is a public contract", "this is no public contract"
CASES = {
    # Goods and services: 214,904 to 31 December 2025, 207,720 from 1 January 2026.
    "goods 207,719.99 on 31 Dec 2025": Case(
        bought(GOODS, 207_719_99, NEW_YEAR_S_EVE), THRESHOLD, UNDER, SCHEDULE_1
    ),
    "goods 207,720.00 on 31 Dec 2025": Case(
        bought(GOODS, 207_720_00, NEW_YEAR_S_EVE), THRESHOLD, UNDER, SCHEDULE_1
    ),
    "goods 207,719.99 on 1 Jan 2026": Case(bought(GOODS, 207_719_99, NEW_YEAR), THRESHOLD, UNDER, SI_2025),
    "goods 207,720.00 on 1 Jan 2026": Case(bought(GOODS, 207_720_00, NEW_YEAR), THRESHOLD, ABOVE, SI_2025),
    "services 207,719.99 on 1 Jan 2026": Case(
        bought(SERVICES, 207_719_99, NEW_YEAR), THRESHOLD, UNDER, SI_2025
    ),
    "services 207,720.00 on 1 Jan 2026": Case(
        bought(SERVICES, 207_720_00, NEW_YEAR), THRESHOLD, ABOVE, SI_2025
    ),
    "goods 214,903.99 on 31 Dec 2025": Case(
        bought(GOODS, 214_903_99, NEW_YEAR_S_EVE), THRESHOLD, UNDER, SCHEDULE_1
    ),
    "goods 214,904.00 on 31 Dec 2025": Case(
        bought(GOODS, 214_904_00, NEW_YEAR_S_EVE), THRESHOLD, ABOVE, SCHEDULE_1
    ),
    "services 214,904.00 on the first day of the Act": Case(
        bought(SERVICES, 214_904_00, IN_FORCE), THRESHOLD, ABOVE, SCHEDULE_1
    ),
    "goods 214,904.00 on the day before the Act": Case(
        bought(GOODS, 214_904_00, EVE), THRESHOLD, ABOVE, BEFORE_THE_ACT
    ),
    "goods 214,903.99 on the day before the Act": Case(
        bought(GOODS, 214_903_99, EVE), THRESHOLD, UNDER, BEFORE_THE_ACT
    ),
    "goods on the day before the Act, which law": Case(
        bought(GOODS, 1, EVE), "procurement-act", "is before the Procurement Act 2023", COMMENCED
    ),
    "goods when the figure was due to be replaced": Case(
        bought(GOODS, 207_720_00, date(2028, 1, 1)), THRESHOLD, "due to be replaced", SI_2025, "low"
    ),
    "goods on the last day before the review": Case(
        bought(GOODS, 207_720_00, date(2027, 12, 31)), THRESHOLD, ABOVE, SI_2025
    ),
    # Light touch and works.
    "light touch 663,539.99 in 2025": Case(
        bought(LIGHT, 663_539_99, NEW_YEAR_S_EVE), THRESHOLD_LIGHT, UNDER, SCHEDULE_1
    ),
    "light touch 663,540.00 in 2025": Case(
        bought(LIGHT, 663_540_00, NEW_YEAR_S_EVE), THRESHOLD_LIGHT, ABOVE, SCHEDULE_1
    ),
    "light touch 663,539.99 in 2026": Case(
        bought(LIGHT, 663_539_99, NEW_YEAR), THRESHOLD_LIGHT, UNDER, SI_2025
    ),
    "light touch 663,540.00 in 2026": Case(
        bought(LIGHT, 663_540_00, NEW_YEAR), THRESHOLD_LIGHT, ABOVE, SI_2025
    ),
    "light touch 663,540.00 before the Act": Case(
        bought(LIGHT, 663_540_00, EVE), THRESHOLD_LIGHT, ABOVE, BEFORE_THE_ACT
    ),
    "works 5,372,608.99 on 31 Dec 2025": Case(
        bought(WORKS, 5_372_608_99, NEW_YEAR_S_EVE), THRESHOLD_WORKS, UNDER, SCHEDULE_1
    ),
    "works 5,372,609.00 on 31 Dec 2025": Case(
        bought(WORKS, 5_372_609_00, NEW_YEAR_S_EVE), THRESHOLD_WORKS, ABOVE, SCHEDULE_1
    ),
    "works 5,193,000.00 on 31 Dec 2025": Case(
        bought(WORKS, 5_193_000_00, NEW_YEAR_S_EVE), THRESHOLD_WORKS, UNDER, SCHEDULE_1
    ),
    "works 5,192,999.99 on 1 Jan 2026": Case(
        bought(WORKS, 5_192_999_99, NEW_YEAR), THRESHOLD_WORKS, UNDER, SI_2025
    ),
    "works 5,193,000.00 on 1 Jan 2026": Case(
        bought(WORKS, 5_193_000_00, NEW_YEAR), THRESHOLD_WORKS, ABOVE, SI_2025
    ),
    "works 5,372,609.00 before the Act": Case(
        bought(WORKS, 5_372_609_00, EVE), THRESHOLD_WORKS, ABOVE, BEFORE_THE_ACT
    ),
    # Several buyers.
    "two buyers are added up": Case(
        bought(GOODS, 207_720_00, NEW_YEAR, 2),
        "pooled-needs",
        "The needs of the 2 buyers are added up: £207,720.00 together",
        f"{ACT}, section 4 and Schedule 3",
        "medium",
    ),
    "two buyers are added up before the Act too": Case(
        bought(GOODS, 1, EVE, 2),
        "pooled-needs",
        "added up",
        "Public Contracts Regulations 2015, regulation 6",
        "medium",
    ),
    "seven buyers each stay liable": Case(
        bought(GOODS, 1, NEW_YEAR, 7),
        "joint-buyers",
        "every one of the 7 must be able to show",
        f"{ACT}, sections 1(3) and 11",
    ),
    # Below the threshold.
    "schools are outside the rules below the threshold": Case(
        bought(GOODS, 207_719_99, NEW_YEAR),
        "schools-below-threshold",
        "Schools and academy trusts are outside",
        f"{ACT}, sections 84 and 123",
    ),
    "other bodies publish from 30,000": Case(
        bought(GOODS, 30_000_00, NEW_YEAR),
        "other-bodies-below-threshold",
        "must publish notices from £30,000.00",
        f"{ACT}, section 87",
    ),
    "0.00 is low value": Case(bought(GOODS, 0, NEW_YEAR), "low-value", "Under £10,000.00", BUYING),
    "9,999.99 is low value": Case(bought(GOODS, 9_999_99, NEW_YEAR), "low-value", "Under £10,000.00", BUYING),
    "10,000.00 needs three quotes": Case(
        bought(GOODS, 10_000_00, NEW_YEAR), "three-quotes", "DfE asks for 3 quotes or more", BUYING
    ),
    "40,000.00 needs three quotes": Case(
        bought(GOODS, 40_000_00, NEW_YEAR), "three-quotes", "DfE asks for 3 quotes or more", BUYING
    ),
    "40,000.01 is high value": Case(
        bought(GOODS, 40_000_01, NEW_YEAR), "high-value", "Over £40,000.00", BUYING
    ),
    # Notices and standstill of public contracts.
    "a public contract waits 8 working days": Case(
        bought(WORKS, 5_193_000_00, NEW_YEAR), "standstill", "wait 8 working days", f"{ACT}, section 51"
    ),
    "light touch need not wait": Case(
        bought(LIGHT, 663_540_00, NEW_YEAR),
        "standstill-light-touch",
        "A standstill is voluntary for light touch; when there is one it lasts at least 8 working days",
        f"{ACT}, section 51",
        "medium",
    ),
    "contract details within 30 days": Case(
        bought(SERVICES, 207_720_00, NEW_YEAR),
        "contract-details-notice",
        "within 30 days",
        f"{ACT}, section 53",
    ),
    "contract details of light touch within 120 days": Case(
        bought(LIGHT, 663_540_00, NEW_YEAR),
        "contract-details-notice-light-touch",
        "within 120 days",
        f"{ACT}, section 53",
    ),
    "payment terms are not for schools": Case(
        bought(GOODS, 207_720_00, NEW_YEAR),
        "payments-by-schools",
        "do not apply to schools",
        f"{ACT}, sections 68 and 69",
        "medium",
    ),
    "arrangements between trusts are not settled": Case(
        bought(GOODS, 1, NEW_YEAR),
        "arrangements-between-trusts",
        "counts as procurement here",
        f"{ACT}, Schedule 2, paragraph 3",
        "low",
    ),
    "notice on 24 Dec 2024": Case(
        noticed(date(2024, 12, 24)), "standstill", "to 7 January 2025", f"{ACT}, section 51"
    ),
    "notice on 24 Dec 2024 is before the Act": Case(
        noticed(date(2024, 12, 24)), "procurement-act", "is earlier", COMMENCED
    ),
    "notice on 2 Mar 2026": Case(
        noticed(date(2026, 3, 2)), "standstill", "to 11 March 2026", f"{ACT}, section 51"
    ),
    "notice on 30 Mar 2026": Case(
        noticed(date(2026, 3, 30)), "standstill", "to 10 April 2026", f"{ACT}, section 51"
    ),
    "notice on 24 Aug 2026": Case(
        noticed(date(2026, 8, 24)), "standstill", "to 3 September 2026", f"{ACT}, section 51"
    ),
    "notice on 21 Dec 2026": Case(
        noticed(date(2026, 12, 21)), "standstill", "to 4 January 2027", f"{ACT}, section 51"
    ),
    "light touch notice on 21 Dec 2026": Case(
        noticed(date(2026, 12, 21), light=True),
        "standstill-light-touch",
        "voluntary for a light touch contract",
        f"{ACT}, section 51",
        "medium",
    ),
    # Related parties.
    "a related firm is reported": Case(
        related(Seller.FIRM, 1), "related-party-report", "Report the transaction to DfE", HANDBOOK
    ),
    "a related trust is reported": Case(
        related(Seller.STATE_FUNDED, 1), "related-party-report", "Report the transaction to DfE", HANDBOOK
    ),
    "a state-funded seller needs no approval": Case(
        related(Seller.STATE_FUNDED, 1_000_000_00),
        "related-party-state-funded",
        "no approval is needed, and its price is presumed to be at cost",
        HANDBOOK,
    ),
    "its trading subsidiary is like any other": Case(
        related(Seller.TRADING_SUBSIDIARY, 40_000_01),
        "related-party-trading-subsidiary",
        "treated as any other related party",
        HANDBOOK,
        "medium",
    ),
    "40,000.01 from a trading subsidiary": Case(
        related(Seller.TRADING_SUBSIDIARY, 40_000_01), "related-party-approval", "DfE must approve", HANDBOOK
    ),
    "40,000.00 from a firm": Case(
        related(Seller.FIRM, 40_000_00), "related-party-approval", "need not approve", HANDBOOK
    ),
    "40,000.01 from a firm": Case(
        related(Seller.FIRM, 40_000_01), "related-party-approval", "DfE must approve", HANDBOOK
    ),
    "40,000.01 from a charity": Case(
        related(Seller.CHARITY, 40_000_01), "related-party-approval", "DfE must approve", HANDBOOK
    ),
    "transactions are not added up for approval": Case(
        related(Seller.PERSON, 30_000_00, before=30_000_00),
        "related-party-approval",
        "need not approve",
        HANDBOOK,
    ),
    "40,000.01 on the first day of that limit": Case(
        related(Seller.FIRM, 40_000_01, date(2023, 9, 1)),
        "related-party-approval",
        "DfE must approve",
        HANDBOOK,
    ),
    "2,500.00 in a year need not be at cost": Case(
        related(Seller.FIRM, 2_500_00), "related-party-at-cost", "need not be at cost", HANDBOOK, "medium"
    ),
    "2,500.01 in a year": Case(
        related(Seller.FIRM, 2_500_01),
        "related-party-at-cost",
        "£0.01 of this purchase must be at no more than cost. Get a statement of assurance",
        HANDBOOK,
        "medium",
    ),
    "1,000 after 2,000 in the same year": Case(
        related(Seller.PERSON, 1_000_00, date(2027, 8, 31), before=2_000_00),
        "related-party-at-cost",
        "£3,000.00 with this party in the year to 31 August 2027 is over £2,500.00: £500.00 of this",
        HANDBOOK,
        "medium",
    ),
    "1,000 after 5,000 is at cost altogether": Case(
        related(Seller.TRADING_SUBSIDIARY, 1_000_00, date(2027, 9, 1), before=5_000_00),
        "related-party-at-cost",
        "in the year to 31 August 2028 is over £2,500.00: £1,000.00 of this purchase",
        HANDBOOK,
        "medium",
    ),
    # VAT.
    "teaching staff between schools": Case(
        taxed(Supply.TEACHING_STAFF, SCHOOL, SCHOOL), "vat-teaching-staff", "are exempt", MANUAL
    ),
    "teaching staff from a firm": Case(
        taxed(Supply.TEACHING_STAFF, FIRM, SCHOOL),
        "vat-standard-rate",
        "taxed at 20% unless both",
        f"{VAT_ACT}, section 2",
    ),
    "teaching staff to a firm": Case(
        taxed(Supply.TEACHING_STAFF, SCHOOL, FIRM),
        "vat-standard-rate",
        "taxed at 20% unless both",
        f"{VAT_ACT}, section 2",
    ),
    "administrative staff between schools": Case(
        taxed(Supply.ADMINISTRATIVE_STAFF, SCHOOL, SCHOOL), "vat-other-staff", "taxed at 20%", MANUAL
    ),
    "other staff between schools": Case(
        taxed(Supply.OTHER_STAFF, SCHOOL, SCHOOL), "vat-other-staff", "taxed at 20%", MANUAL
    ),
    "vocational training by a school": Case(
        taxed(Supply.VOCATIONAL_TRAINING, SCHOOL, FIRM),
        "vat-vocational-training",
        "is exempt",
        f"{VAT_ACT}, Schedule 9, Group 6, item 1",
        "medium",
    ),
    "vocational training by a firm": Case(
        taxed(Supply.VOCATIONAL_TRAINING, FIRM, SCHOOL),
        "vat-standard-rate",
        "taxed at 20%",
        f"{VAT_ACT}, section 2",
    ),
    "anything else between schools": Case(
        taxed(Supply.OTHER, SCHOOL, SCHOOL),
        "vat-standard-rate",
        "No exemption is known",
        f"{VAT_ACT}, section 2",
    ),
    "a turnover of 90,000.00": Case(
        turned_over(90_000_00),
        "vat-registration",
        "need not register",
        f"{VAT_ACT}, Schedule 1, paragraph 1",
        "medium",
    ),
    "a turnover of 90,000.01": Case(
        turned_over(90_000_01),
        "vat-registration",
        "must register for VAT",
        f"{VAT_ACT}, Schedule 1, paragraph 1",
        "medium",
    ),
    "a turnover of 90,000.01 on the first day of that limit": Case(
        turned_over(90_000_01, date(2024, 4, 1)),
        "vat-registration",
        "must register for VAT",
        f"{VAT_ACT}, Schedule 1, paragraph 1",
        "medium",
    ),
    "refunds are for free education alone": Case(
        lambda: [vat.refund(TODAY)],
        "vat-refund-academies",
        "for its free education alone",
        f"{VAT_ACT}, section 33B",
    ),
    # Invoices, payments, staff and trading.
    "an invoice on 31 Mar 2029": Case(
        lambda: payments.e_invoicing(date(2029, 3, 31)), "electronic-invoicing", "may still be a PDF", BUDGET
    ),
    "an invoice on 1 Apr 2029": Case(
        lambda: payments.e_invoicing(date(2029, 4, 1)), "electronic-invoicing", "structured data", BUDGET
    ),
    "the network of invoices": Case(
        lambda: payments.e_invoicing(TODAY), "electronic-invoicing-network", "Peppol", BUDGET, "medium"
    ),
    "a debit takes 4 working days": Case(debited(1), "bacs-days", "after 4 working days", BACS),
    "a debit with a new mandate takes 7": Case(
        debited(1, new=True), "bacs-days-new-mandate", "after 7 working days", BACS
    ),
    "a debit of 100,000.00": Case(debited(100_000_00), "bacs-limit", "can be one direct debit", BACS),
    "a debit of 100,000.01": Case(debited(100_000_01), "bacs-limit", "cannot be one direct debit", BACS),
    "staff of another body": Case(
        lambda: [staffing.visiting(TODAY)],
        "staff-of-another-body",
        "written confirmation",
        "DfE, Keeping children safe in education, part 3, staff of other organisations",
    ),
    "what selling means for a trust is not settled": Case(
        lambda: [trading.selling(TODAY)],
        "trading-by-trusts",
        "take advice",
        "HMRC, Charities: trading and tax, small trading exemption, and the trust's articles",
        "low",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_a_rule_says_what_its_source_says(what: str) -> None:
    case = CASES[what]
    said = [one for one in case.asked() if one.rule == case.rule]
    assert said, f"{case.rule} says nothing"
    assert [one for one in said if case.says in one.sentence], [one.sentence for one in said]
    assert {one.source for one in said} == {case.source}
    assert {one.sure.value for one in said} == {case.sure}


def test_there_are_sixty_cases_and_more() -> None:
    assert len(CASES) >= 60


def test_every_rule_of_the_table_has_a_case() -> None:
    assert {case.rule for case in CASES.values()} == {rule.name for rule in rules.RULES}


def test_every_row_of_the_table_is_cited_by_a_case() -> None:
    cited = {(case.rule, case.source) for case in CASES.values()}
    assert {(rule.name, str(rule.source)) for rule in rules.RULES} <= cited
