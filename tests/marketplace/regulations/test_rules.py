"""The table: rows of one name follow each other without gap or overlap, and a new one is one row."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from marketplace.kernel.errors import Refused
from marketplace.regulations import rules
from marketplace.regulations.findings import Source, Sure, Unit
from marketplace.regulations.rules import RULES, Rule

SOURCE = Source("An Act", "section 1")


def test_rows_of_one_name_follow_each_other_day_by_day() -> None:
    for before, after in pairwise(RULES):
        if before.name == after.name:
            assert before.to_on == after.from_on - timedelta(days=1)


def test_a_new_threshold_is_one_row_that_ends_the_one_before() -> None:
    new = Rule("threshold-works", date(2028, 1, 1), SOURCE, Sure.HIGH, 5_000_000_00, Unit.PENCE)
    found = [row for row in rules.closed([*rules.ROWS, new]) if row.name == "threshold-works"]
    assert (found[-2].to_on, found[-1]) == (date(2027, 12, 31), new)


def test_two_rows_of_one_name_from_one_date_are_a_fault() -> None:
    row = Rule("twice", date(2026, 1, 1), SOURCE, Sure.HIGH)
    with pytest.raises(ValueError, match="twice has two rows from one date"):
        rules.closed([row, row])


def test_a_rule_that_ends_holds_on_its_last_day_and_not_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Rule("ending", date(2026, 1, 1), SOURCE, Sure.HIGH, to_on=date(2026, 1, 31))
    monkeypatch.setattr(rules, "RULES", (row,))
    assert rules.find("ending", date(2026, 1, 31)) is row
    assert rules.find("ending", date(2026, 2, 1)) is None
    assert rules.find("ending", date(2025, 12, 31)) is None


def test_an_unknown_name_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        rules.find("no-such-rule", date(2026, 1, 1))


def test_before_the_first_row_the_first_date_is_named() -> None:
    with pytest.raises(Refused, match="begin on 1 September 2023"):
        rules.rule("related-party-approval", date(2023, 8, 31))


def test_every_row_has_a_source_and_a_plain_name() -> None:
    for row in RULES:
        assert row.source.instrument
        assert row.source.place
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", row.name), row.name
        assert row.source.address is None or row.source.address.startswith("https://"), row.name
        assert (row.figure is None) == (row.unit is None), row.name


def test_acts_and_manuals_are_linked_where_they_are_published() -> None:
    hosts = {row.source.address.split("/")[2] for row in RULES if row.source.address}
    assert hosts == {"www.legislation.gov.uk", "www.gov.uk", "docs.stripe.com"}


def test_from_its_review_on_a_figure_is_less_sure_and_says_so() -> None:
    row = rules.newest("threshold-works")
    before, after = row.says("A sentence.", date(2027, 12, 31)), row.says("A sentence.", date(2028, 1, 1))
    assert (before.sentence, before.sure) == ("A sentence.", Sure.HIGH)
    assert after.sure is Sure.LOW
    assert after.sentence.endswith("was due to be replaced on 1 January 2028: check it first.")


def test_a_rule_without_a_figure_has_no_amount() -> None:
    with pytest.raises(ValueError, match="joint-buyers has no figure"):
        _ = rules.newest("joint-buyers").amount
