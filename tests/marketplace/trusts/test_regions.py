"""Every local authority is in one region."""

from __future__ import annotations

from collections import Counter

import pytest

from marketplace.trusts import regions


def test_no_code_is_in_two_regions() -> None:
    codes = Counter(code for its in regions.REGIONS.values() for code in its.split())
    assert [code for code, times in codes.items() if times > 1] == []
    assert all(len(code) == 3 and code.isdigit() for code in codes)
    assert len(codes) > 153


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("878", "South West"),
        ("420", "South West"),
        ("212", "London"),
        ("352", "North West"),
        ("929", "North East"),
        ("816", "Yorkshire and the Humber"),
        ("940", "East Midlands"),
        ("330", "West Midlands"),
        ("926", "East of England"),
        ("886", "South East"),
        ("681", "Elsewhere"),
        ("", "Elsewhere"),
    ],
)
def test_a_local_authority_is_where_it_is(code: str, region: str) -> None:
    assert regions.region_of(code) == region


def test_codes_keep_their_order_within_a_region_and_no_region_is_empty() -> None:
    found = regions.by_region(["908", "383", "878", "000"])
    assert list(found.items()) == [
        ("South West", ["908", "878"]),
        ("Yorkshire and the Humber", ["383"]),
        ("Elsewhere", ["000"]),
    ]
