"""A form keeps what was typed, says what is wrong beside its field, and reads as the API reads."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from marketplace.kernel.errors import Conflict, NotPermitted
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Pence, Text, WholeNumber, YesNo, named
from marketplace.kernel.forms import Form


class Size(enum.Enum):
    """Of a school."""

    SMALL = "small"
    LARGE = "large"


SIZES = {Size.SMALL: "Small", Size.LARGE: "Large"}


class Order(Command):
    """One field of each kind that a form shows."""

    title = Text(required=True, **named("Title"))
    quantity = WholeNumber(required=True, least=1, **named("Quantity"))
    price = Pence(allow_none=True, **named("Most you would pay"))
    starts_on = Day(required=True, **named("Start date", missing="Enter a start date"))
    size = Choice(Size, SIZES, required=True, **named("Size", missing="Select a size"))
    school_id = Identifier(data_key="school", **named("School"))
    days = ma.fields.List(Choice(Size, SIZES), **named("Days"))
    agreed = YesNo(**named("I agree"))


GOOD = {
    "title": "Payroll",
    "quantity": "3",
    "price": "£12.50",
    "starts_on-day": "1",
    "starts_on-month": "9",
    "starts_on-year": "2027",
    "size": "small",
}
keys = st.sampled_from([*GOOD, "school", "days", "agreed", "csrf_token", "starts_on", "other"]) | st.text(
    max_size=5
)
values = st.text(st.characters(), max_size=20)


def form(**changes: str) -> Form:
    return Form(Order(), MultiDict({**GOOD, **changes}))


def summary(**changes: str) -> list[dict[str, str]]:
    wrong = form(**changes)
    assert wrong.read() is None
    return wrong.summary()


def test_a_good_form_reads_as_a_command() -> None:
    assert form(csrf_token="x").read() == {
        "title": "Payroll",
        "quantity": 3,
        "price": 1250,
        "starts_on": date(2027, 9, 1),
        "size": Size.SMALL,
        "days": [],
        "agreed": False,
    }


@given(st.lists(st.tuples(keys, values), max_size=12))
def test_whatever_is_posted_is_read_or_refused_and_can_be_shown_again(posted: list[tuple[str, str]]) -> None:
    shown = Form(Order(), MultiDict(posted), options={"school": []})
    if shown.read() is None:
        assert shown.errors
        assert all(row["text"] for row in shown.summary())
    for key in ("title", "quantity", "price"):
        assert shown.text(key)["value"] == shown.raw.get(key, "")
    for item in shown.date("starts_on")["items"]:
        assert item["value"] == shown.raw.get(f"starts_on-{item['name']}", "")
    assert shown.choices("size") and shown.select("school") and shown.tick("agreed")  # noqa: PT018


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("", "", ""), "Enter a start date"),
        (("1", "", "2027"), "Enter a real date, like 1 4 2027"),
        (("31", "2", "2027"), "Enter a real date, like 1 4 2027"),
        (("1", "9", "27"), "Enter a real date, like 1 4 2027"),
        (("١", "9", "2027"), "Enter a real date, like 1 4 2027"),
        (("-1", "9", "2027"), "Enter a real date, like 1 4 2027"),
        (("1", "9", "1027"), "Enter a year from 2000 to 2100"),
        (("001", "9", "2027"), "Enter a real date, like 1 4 2027"),
    ],
)
def test_a_date_in_parts_that_is_none_is_linked_to_its_first_box(parts: tuple[str, ...], words: str) -> None:
    posted = dict(zip(("starts_on-day", "starts_on-month", "starts_on-year"), parts, strict=True))
    assert summary(**posted) == [{"text": words, "href": "#starts_on-day"}]


def test_a_leading_zero_or_a_space_in_a_date_is_taken() -> None:
    read = form(**{"starts_on-day": " 01", "starts_on-month": "09 "}).read()
    assert read is not None
    assert read["starts_on"] == date(2027, 9, 1)


def test_errors_are_linked_in_the_order_of_the_form() -> None:
    rows = summary(size="", quantity="0", title="")
    assert [row["href"] for row in rows] == ["#title", "#quantity", "#size"]
    assert rows[1]["text"] == "Enter a whole number from 1 to 1,000,000,000,000"


def test_what_was_typed_is_kept_beside_its_error() -> None:
    wrong = form(quantity="three", **{"starts_on-year": "27"})
    assert wrong.read() is None
    assert wrong.text("quantity")["value"] == "three"
    assert wrong.text("quantity")["errorMessage"] == {"text": "Enter a whole number, like 12"}
    assert wrong.date("starts_on")["items"][2] == {
        "name": "year",
        "value": "27",
        "classes": "govuk-input--width-4 govuk-input--error",
    }
    assert "errorMessage" not in wrong.text("title")


def test_a_key_that_the_form_does_not_have_is_refused() -> None:
    assert summary(is_admin="1") == [{"text": "is_admin: This is not something that can be set here"}]


def test_of_very_many_unknown_keys_only_some_are_named() -> None:
    assert len(summary(**{f"key{number}": "x" for number in range(1000)})) == 5


def test_an_optional_field_left_empty_is_nothing() -> None:
    read = form(price=" ").read()
    assert read is not None
    assert read["price"] is None


def test_a_repeated_choice_is_a_list_without_its_blanks() -> None:
    raw = MultiDict({**GOOD})
    raw.setlist("days", ["", "small", "large"])
    read = Form(Order(), raw).read()
    assert read is not None
    assert read["days"] == [Size.SMALL, Size.LARGE]


def test_a_rule_of_a_service_is_shown_at_its_field() -> None:
    refused = form()
    refused.refuse(Conflict("Only 2 are left in May.", field="quantity"))
    assert refused.summary() == [{"text": "Only 2 are left in May.", "href": "#quantity"}]


def test_a_rule_of_no_field_of_the_form_is_shown_without_a_link() -> None:
    refused = form()
    for error in (NotPermitted("Ask an approver."), NotPermitted("Ask an approver.", field="elsewhere")):
        refused.refuse(error)
        assert refused.summary() == [{"text": "Ask an approver."}]


def test_what_is_stored_fills_the_form_and_reads_back_the_same() -> None:
    stored: dict[str, Any] = {
        "title": "Payroll",
        "quantity": 12,
        "price": 123405,
        "starts_on": date(2027, 4, 1),
        "size": Size.LARGE,
        "days": [Size.LARGE],
        "agreed": True,
    }
    filled = Form.of(Order(), stored)
    assert filled.text("price")["value"] == "1234.05"
    assert [item["value"] for item in filled.date("starts_on")["items"]] == ["1", "4", "2027"]
    assert filled.read() == stored


def test_every_group_of_controls_has_a_legend_with_text() -> None:
    for shown in (form().choices("size"), form().date("starts_on"), form().tick("agreed")):
        assert shown["fieldset"]["legend"]["text"] if "fieldset" in shown else True
    assert form().tick("agreed")["fieldset"]["legend"]["text"] == "I agree"
