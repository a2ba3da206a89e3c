"""How VAT falls on staff, training and the rest."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.kernel.errors import Refused
from marketplace.regulations import vat
from marketplace.regulations.vat import Party, Supply

TODAY = date(2026, 11, 21)
SCHOOL, FIRM = Party.ELIGIBLE_BODY, Party.OTHER_BODY
EXEMPT = {
    (Supply.TEACHING_STAFF, SCHOOL, SCHOOL),
    (Supply.VOCATIONAL_TRAINING, SCHOOL, SCHOOL),
    (Supply.VOCATIONAL_TRAINING, SCHOOL, FIRM),
}


@pytest.mark.parametrize("supply", list(Supply))
@pytest.mark.parametrize("seller", list(Party))
@pytest.mark.parametrize("buyer", list(Party))
def test_teaching_between_schools_and_training_by_schools_are_exempt_and_the_rest_is_taxed(
    supply: Supply, seller: Party, buyer: Party
) -> None:
    found = vat.treatment(supply, seller, buyer, TODAY)
    is_exempt = (supply, seller, buyer) in EXEMPT
    assert (found.is_exempt, found.rate_bp) == ((True, 0) if is_exempt else (False, 2_000))


def test_teaching_staff_and_administrative_staff_are_told_apart() -> None:
    teaching = vat.treatment(Supply.TEACHING_STAFF, SCHOOL, SCHOOL, TODAY)
    administrative = vat.treatment(Supply.ADMINISTRATIVE_STAFF, SCHOOL, SCHOOL, TODAY)
    assert (teaching.rate_bp, administrative.rate_bp) == (0, 2_000)
    assert {teaching.finding.source, administrative.finding.source} == {
        "HMRC, VAT Education Manual, VATEDU53600"
    }


@pytest.mark.parametrize(("turnover", "must"), [(90_000_00, False), (90_000_01, True)])
def test_a_seller_registers_above_90_000(turnover: int, must: bool) -> None:
    assert vat.must_register(turnover, TODAY) is must


def test_the_limit_before_1_april_2024_is_not_in_the_table() -> None:
    with pytest.raises(Refused, match="1 April 2024"):
        vat.must_register(90_000_01, date(2024, 3, 31))
