"""Every field takes what it should and refuses the rest in words, never with another exception."""

from __future__ import annotations

import enum
import time
import uuid
from datetime import date
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.fields import (
    Choice,
    Command,
    Day,
    EmailAddress,
    Identifier,
    Pence,
    Text,
    Typed,
    WholeNumber,
    YesNo,
    named,
)


class Colour(enum.Enum):
    """Two of them; a form offers one."""

    RED = "red"
    BLUE = "blue"


class Everything(Command):
    """One field of each kind."""

    name = Text(required=True, **named("Name"))
    note = Text(longest=50, lines=True)
    email = EmailAddress()
    quantity = WholeNumber(least=1, most=1000)
    price = Pence(least=1)
    starts_on = Day()
    colour = Choice(Colour, {Colour.RED: "Red"})
    agreed = YesNo()
    listing_id = Identifier()


FIELDS = sorted(Everything().fields)
surrogates = st.characters(categories=["Cs"])
any_text = st.text(st.one_of(st.characters(), surrogates))
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=8,
)


def load(**data: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = Everything().load({"name": "x", **data})
    return loaded


def refusal(field: str, value: Any) -> str:
    with pytest.raises(ma.ValidationError) as caught:
        load(**{field: value})
    return str(caught.value.messages_dict[field][0])


@given(st.sampled_from(FIELDS), any_json | any_text.map(Typed))
def test_whatever_is_sent_is_taken_or_refused_in_words(field: str, value: Any) -> None:
    refused = Everything().validate({"name": "x", field: value})
    assert list(refused) in ([], [field])


@given(any_text.map(Typed))
def test_text_that_is_taken_can_be_stored(value: str) -> None:
    try:
        name = load(name=value)["name"]
    except ma.ValidationError:
        return
    assert name
    assert "\x00" not in name
    name.encode()


@given(any_json)
def test_a_body_that_is_no_object_is_refused_in_words(body: Any) -> None:
    try:
        Everything().load(body)
    except ma.ValidationError:
        return
    assert isinstance(body, dict)


UNPRINTABLE = "\x00\ud800\x08\x7f\r\x85\u200b\u200f\u2028\u202e\u2066\ufeff"


@pytest.mark.parametrize("value", [f"a{one}b" for one in UNPRINTABLE], ids=ascii)
def test_text_refuses_what_cannot_be_printed(value: str) -> None:
    assert refusal("name", value) == "Remove the characters that cannot be printed"


@pytest.mark.parametrize(
    "value",
    ["مدرسة الغزالي", "می\u200cخواهم", "Ysgol Gymraeg Bro Tâf", "東京", "🏫 St Mary's", "👩\u200d🏫", "a\tb"],
    ids=ascii,
)
def test_text_takes_every_script(value: str) -> None:
    assert load(name=value)["name"] == value


def test_text_is_trimmed_and_its_line_ends_are_one_kind() -> None:
    assert load(note="  a\r\nb ")["note"] == "a\nb"


def test_text_of_one_line_refuses_a_second() -> None:
    assert refusal("name", "Big\nline") == "Write this on one line"


def test_text_that_is_too_long_is_refused_with_the_limit() -> None:
    assert refusal("name", "x" * 201) == "Use 200 characters or fewer"
    assert load(note="x" * 50)["note"] == "x" * 50


@pytest.mark.parametrize("value", ["", "  ", None, "\u200b\u2060", "\ufeff", "\u200d \xad"], ids=ascii)
def test_a_required_field_left_empty_says_what_to_enter(value: str | None) -> None:
    assert refusal("name", value) == "Enter name"


def test_a_megabyte_is_refused_quickly_by_every_field() -> None:
    began = time.monotonic()
    for field in FIELDS:
        for unit in ("x", "1", "a@", ","):
            with pytest.raises(ma.ValidationError):
                load(**{field: Typed(unit * (1_000_000 // len(unit)))})
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("value", "address"), [(" A.Smith@Trust.Example ", "a.smith@trust.example")])
def test_an_address_is_kept_in_lower_case(value: str, address: str) -> None:
    assert load(email=value)["email"] == address


@pytest.mark.parametrize(
    "value", ["", "a", "a@", "@b.example", "a@b", "a b@c.example", "a@b.example Bcc: x@y.example"]
)
def test_what_is_no_address_is_refused(value: str) -> None:
    assert refusal("email", value).startswith("Enter an email address in the correct format")


def test_an_address_does_not_go_on_in_a_second_line() -> None:
    assert refusal("email", "a@b.example\nBcc: x@y.example") == "Write this on one line"


@pytest.mark.parametrize("value", [3, 3.0, "3", Typed("03")], ids=repr)
def test_a_whole_number_is_taken_in_any_of_its_forms(value: Any) -> None:
    assert load(quantity=value)["quantity"] == 3


def test_a_person_may_type_thousands_with_commas() -> None:
    assert load(quantity=Typed("1,000"))["quantity"] == 1000


@pytest.mark.parametrize("value", [Typed("1,5"), Typed("1,2,3"), Typed("1,0000"), Typed(",100"), "1,000"])
def test_a_comma_elsewhere_is_no_thousands(value: str) -> None:
    assert refusal("quantity", value) == "Enter a whole number, like 12"


@pytest.mark.parametrize("value", [3.7, True, "3.0", "three", "٣", 1e30, float("inf"), float("nan"), "", []])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    assert refusal("quantity", value) == "Enter a whole number, like 12"


@pytest.mark.parametrize("value", [0, 1001, -5], ids=ascii)
def test_a_number_out_of_range_is_refused_with_the_range(value: int) -> None:
    assert refusal("quantity", value) == "Enter a whole number from 1 to 1,000"


@pytest.mark.parametrize(
    ("typed", "pence"), [("£1,234.50", 123450), ("12", 1200), ("0.5", 50), (" 7.05", 705)]
)
def test_what_a_person_types_is_pounds(typed: str, pence: int) -> None:
    assert load(price=Typed(typed))["price"] == pence


@pytest.mark.parametrize(("sent", "pence"), [(1200, 1200), ("12", 12), (13.0, 13)])
def test_what_a_program_sends_is_pence(sent: Any, pence: int) -> None:
    assert load(price=sent)["price"] == pence


@pytest.mark.parametrize(
    "typed",
    ["1.234", "1,23", "-5", "5 pounds", "1e3", "£", ".", "1.2.3", "£٣", "1" + ",000" * 1500],
    ids=lambda typed: ascii(typed[:10]),
)
def test_what_is_no_sum_is_refused(typed: str) -> None:
    assert refusal("price", Typed(typed)) == "Enter a sum in pounds and pence, like 1234.50"


def test_a_sum_out_of_range_is_refused_with_the_range() -> None:
    assert refusal("price", Typed("0")).startswith("Enter a sum from £0.01 to £")
    assert refusal("price", Typed("9" * 12)).startswith("Enter a sum from")


@pytest.mark.parametrize(
    "value", ["20270901", "2027-W35-3", "2027-02-29", "2027-9-1", "٢٠٢٧-٠٩-٠١", "2027-09-01\n", 5]
)
def test_what_is_no_date_is_refused(value: Any) -> None:
    assert refusal("starts_on", value) == "Enter a real date, like 1 4 2027"


@pytest.mark.parametrize("value", ["1999-12-31", "2101-01-01", "0001-01-01"], ids=ascii)
def test_a_year_that_is_a_slip_is_refused(value: str) -> None:
    assert refusal("starts_on", value) == "Enter a year from 2000 to 2100"


def test_a_date_is_taken() -> None:
    assert load(starts_on="2028-02-29")["starts_on"] == date(2028, 2, 29)


def test_a_choice_is_one_that_is_offered() -> None:
    assert load(colour="red")["colour"] is Colour.RED
    for value in ("blue", "RED", "", ["red"], None, 1):
        assert refusal("colour", value)


def test_yes_and_no_are_true_and_false_only() -> None:
    assert load(agreed=True)["agreed"] is True
    assert load(agreed="false")["agreed"] is False
    for value in (1, 0, "yes", "on", None):
        assert refusal("agreed", value)


def test_an_identifier_stands_as_in_an_address() -> None:
    known = uuid.uuid4()
    assert load(listing_id=str(known))["listing_id"] == known
    for value in (known.hex, f"{{{known}}}", str(known).upper(), f"urn:uuid:{known}", 7):
        assert refusal("listing_id", value) == "Choose one from the list"


def test_an_unknown_key_is_refused() -> None:
    assert refusal("is_admin", True) == "This is not something that can be set here"
