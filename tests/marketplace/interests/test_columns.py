"""Headings and rows of an uploaded register."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.interests.columns import HEADINGS, columns_of, lines, read_line
from marketplace.interests.kinds import InterestKind, Post
from marketplace.kernel.errors import Refused

GOOD = {"name": "Jane Smith", "post": "Trustee", "kind": "Directorship", "body_name": "Quay Ltd"}


def faults(**values: str) -> dict[str, str]:
    return dict(read_line(2, {key: text for key, text in (GOOD | values).items() if text}).faults)


def test_columns_are_found_by_name_in_any_order() -> None:
    found = columns_of(["Company", "  role ", "FULL NAME", "Type of interest", "Colour", "Date from"])
    assert found == {0: "body_name", 1: "post", 2: "name", 3: "kind", 5: "starts_on"}


def test_the_headings_of_our_own_file_are_all_known() -> None:
    assert list(columns_of(list(HEADINGS.values())).values()) == list(HEADINGS)


def test_missing_columns_are_named() -> None:
    with pytest.raises(Refused, match="these are missing: Post, Organisation") as refused:
        columns_of(["Name", "Interest"])
    assert refused.value.field == "file"


def test_empty_rows_are_passed_over_and_the_others_keep_their_numbers() -> None:
    rows = [["Name", "Post", "Interest", "Organisation"], ["", " ", "", ""], ["Jane", "Member"], []]
    assert lines(rows) == [{"number": 3, "values": {"name": "Jane", "post": "Member"}}]


def test_a_file_without_rows_is_refused() -> None:
    for rows in ([], [["Name", "Post", "Interest", "Organisation"]]):
        with pytest.raises(Refused):
            lines(rows)


@pytest.mark.parametrize(
    ("typed", "post"),
    [
        ("Head teacher", Post.SENIOR_STAFF),
        ("Headteacher", Post.SENIOR_STAFF),
        ("Chair of trustees", Post.TRUSTEE),
        ("Governor", Post.GOVERNOR),
        ("Co-opted governor", Post.GOVERNOR),
        ("CEO", Post.ACCOUNTING_OFFICER),
        ("local  GOVERNOR", Post.GOVERNOR),
    ],
)
def test_common_words_for_a_post_are_understood(typed: str, post: Post) -> None:
    line = read_line(2, GOOD | {"post": typed})
    assert (line.faults, line.read["post"]) == ({}, post)


def test_a_good_row_says_everything() -> None:
    more = {
        "starts_on": "1 September 2024",
        "ends_on": "2026-01-31",
        "born": "05/1970",
        "email": "A@B.example",
    }
    line = read_line(7, GOOD | more)
    assert line.faults == {}
    assert line.read["post"] is Post.TRUSTEE
    assert line.read["kind"] is InterestKind.DIRECTORSHIP
    assert (line.read["starts_on"], line.read["ends_on"]) == (date(2024, 9, 1), date(2026, 1, 31))
    assert (line.read["born"], line.read["email"]) == ((1970, 5), "a@b.example")


@pytest.mark.parametrize(
    "typed", ["1/9/2024", "01-09-2024", "1.9.2024", "1 Sep 2024", "2024-09-01", "2024-09-01T00:00:00"]
)
def test_dates_are_read_as_people_here_write_them(typed: str) -> None:
    assert read_line(2, GOOD | {"starts_on": typed}).read["starts_on"] == date(2024, 9, 1)


@pytest.mark.parametrize(
    ("column", "typed", "said"),
    [
        ("name", "", "Enter the name"),
        ("post", "", "Enter the post"),
        ("post", "King", "Use one of: Member"),
        ("kind", "", "Say what the interest is"),
        ("kind", "Friend", "Use one of: Directorship"),
        ("body_name", "", "Enter the organisation"),
        ("body_name", "x" * 201, "Use 200 characters or fewer"),
        ("nature", "a\nb", "one line"),
        ("nature", "a\u202eb", "one line"),
        ("starts_on", "31/2/2024", "real date"),
        ("starts_on", "9/2024", "Enter a date"),
        ("starts_on", "1/9/24", "Enter a date"),
        ("starts_on", "1/9/1776", "Enter a year from 1900"),
        ("born", "1970", "month and a year"),
        ("born", "13/1970", "month and a year"),
        ("email", "jane", "email address"),
        ("identifier", "1" * 21, "Use 20 characters"),
    ],
)
def test_each_fault_stands_at_its_column(column: str, typed: str, said: str) -> None:
    found = faults(**{column: typed})
    assert list(found) == [column]
    assert said in found[column]


def test_an_end_before_its_start_is_a_fault_of_the_end() -> None:
    assert list(faults(starts_on="1/9/2024", ends_on="31/8/2024")) == ["ends_on"]
    assert list(faults(post_starts_on="1/9/2024", post_ends_on="31/8/2024")) == ["post_ends_on"]


def test_a_row_may_name_a_person_alone() -> None:
    assert faults(kind="", body_name="") == {}


def test_a_fault_is_told_by_row_and_column() -> None:
    assert read_line(3, GOOD | {"born": "x"}).told() == [
        "Row 3, Month of birth: Enter a month and a year, like 05/1970"
    ]
