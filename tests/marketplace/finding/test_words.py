"""Words, their stems, synonyms and spelling; places and months: without a database."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from marketplace.catalogue.availability import Period
from marketplace.finding import example, grid, kinds, months, spelling, synonyms, words
from marketplace.finding.grid import Point
from marketplace.finding.kinds import Near, Sort
from marketplace.finding.question import Question

EXETER, PLYMOUTH = Point(292_000, 92_500), Point(248_000, 54_500)


@pytest.mark.parametrize(
    ("some", "stem"),
    [
        ("managing manager management manage", "manag"),
        ("exclusion exclusions", "exclus"),
        ("trained training trains", "train"),
        ("policies policy", "polici"),
        ("hopping hopped", "hop"),
        ("caresses caress", "caress"),
        ("relational relate", "relat"),
        ("it", "it"),
        ("école", "école"),
    ],
)
def test_words_of_one_stem_are_one(some: str, stem: str) -> None:
    assert {words.stem(word) for word in some.split()} == {stem}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("H&S", ["hs"]),
        ("H & S", ["hs"]),
        ("S.E.N.D.", ["send"]),
        ("Headteacher’s days", ["headteachers", "days"]),
        ("École", ["ecole"]),
        ('🎉 \x00 ( " * ^ : -', []),
        ("a" * 100, ["a" * 40]),
    ],
)
def test_texts_become_plain_words(text: str, tokens: list[str]) -> None:
    assert words.tokens(text) == tokens


def test_words_that_say_nothing_are_left_out_unless_there_are_no_others() -> None:
    assert words.meant("someone to run our payroll") == ["run", "payroll"]
    assert words.meant("SEND support near Truro") == ["send", "support", "truro"]
    assert words.meant("who are we") == ["who", "are", "we"]


def test_every_name_of_a_group_finds_the_others() -> None:
    assert len(synonyms.GROUPS) >= 60
    for group in synonyms.GROUPS:
        for name in group:
            missing = {word for other in group for word in other} - set(synonyms.of(name))
            assert missing <= words.STOP_WORDS, name


def test_a_name_of_several_words_counts_where_they_stand_together() -> None:
    assert "sbm" in synonyms.of(words.tokens("An experienced school business manager"))
    assert "sbm" not in synonyms.of(words.tokens("A business school and its manager"))


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("clercking", ["clerking", "checking"], "clerking"),
        ("phsycologist", ["psychologist"], "psychologist"),
        ("asbestoss", ["asbestos"], "asbestos"),
        ("zebra", ["zither"], None),
        ("cleak", ["clerk", "bleak"], "clerk"),
        ("cleaning", ["learning"], None),
        ("sychologist", ["psychologist"], "psychologist"),
    ],
)
def test_the_nearest_word_is_meant(typed: str, known: list[str], meant: str | None) -> None:
    assert spelling.corrected(typed, known) == meant


def test_neighbours_that_changed_places_are_one_slip() -> None:
    assert [spelling.distance(*pair) for pair in (("secuirty", "security"), ("cat", "cut"), ("", "ab"))] == [
        1,
        1,
        2,
    ]


def test_distances_are_those_of_the_map() -> None:
    assert grid.miles_words(grid.metres(EXETER, PLYMOUTH)) == "36 miles"
    assert grid.miles_words(500) == "less than 1 mile"
    assert grid.middle([Point(0, 0), Point(10, 20)]) == Point(5, 10)


@pytest.mark.parametrize("miles", [5, 25, 50])
def test_the_cells_around_a_place_hold_everything_within_the_distance(miles: int) -> None:
    length = grid.in_metres(miles)
    near = set(grid.cells(EXETER, length))
    for east in range(-60, 61, 7):
        for north in range(-60, 61, 7):
            other = Point(EXETER.easting + east * 1_500, EXETER.northing + north * 1_500)
            if other.northing >= 0 and grid.metres(EXETER, other) <= length:
                assert grid.cell(other) in near, other


def period(first: date, last: date, units: int, taken: int = 0) -> Period:
    return Period(uuid.uuid4(), first, last, units, taken)


def test_a_month_has_what_all_its_days_have() -> None:
    today = date(2026, 11, 28)
    found = months.left(
        [
            period(date(2026, 11, 1), date(2026, 11, 30), 5),
            period(date(2026, 12, 1), date(2026, 12, 15), 4),
            period(date(2026, 12, 16), date(2026, 12, 31), 9, 8),
            period(date(2027, 1, 1), date(2027, 1, 20), 7),
        ],
        today,
    )
    assert found == {date(2026, 11, 1): 5, date(2026, 12, 1): 1}


def test_each_month_of_five_years_has_a_place_of_its_own() -> None:
    every = months.every_month(date(2026, 11, 28))
    assert months.mask(every) == (1 << 60) - 1
    assert months.digits(every) == "999999" * 60
    one = {date(2027, 9, 1): 12}
    begins = months.place(date(2027, 9, 1)) * months.DIGITS
    assert months.digits(one)[begins : begins + months.DIGITS] == "000012"
    assert months.asked(months.wanted(date(2027, 9, 1), date(2027, 9, 1))) == months.mask(one)


def test_a_question_is_asked_again_by_its_address() -> None:
    asked = Question(
        words="pay", near=Near.MILES_10, first_month=date(2027, 1, 1), most_pence=1_250, trial=True
    )
    assert asked.address() == {
        "words": "pay",
        "near": "10",
        "first_month": "2027-01",
        "most_pence": "12.50",
        "trial": "true",
    }
    assert asked.without("near", "trial").filters == {"first_month": date(2027, 1, 1), "most_pence": 1_250}
    assert (asked.order, Question().order, Question(sort=Sort.BEST).order) == (
        Sort.BEST,
        Sort.NEWEST,
        Sort.NEWEST,
    )


def test_facets_are_counted_from_their_number() -> None:
    from marketplace.catalogue.kinds import Category, Delivery, ListingKind, Phase

    one = kinds.facets(Category.SEND, ListingKind.SERVICE, Delivery.BOTH, [Phase.PRIMARY], kinds.TRIAL)
    other = kinds.facets(Category.SEND, ListingKind.DATA, Delivery.REMOTE, [], kinds.VERIFIED)
    found = kinds.counts({one: 3, other: 1})
    assert (found["send"], found["remote"], found["on-site"], found["primary"]) == (4, 4, 3, 4)
    assert (found["nursery"], found["trial"], found["verified"], found["knowledge"]) == (1, 3, 1, 1)


def test_a_year_is_priced_by_its_charges() -> None:
    plan = {"cadence": "termly", "basis": "pupil", "unit_price_pence": 150, "fixed_pence": 1_000}
    found = example.of_a_year({"unit": "pupil", "plans": [plan | {"vat_treatment": "standard"}]})
    assert found is not None
    assert (found.words, found.net_pence, found.vat_pence) == ("200 pupils, charged 3 times", 93_000, 18_600)
    once = example.of_a_year({"unit": "day", "plans": [plan | {"cadence": "once", "vat_treatment": "zero"}]})
    assert once is not None
    assert once.words == "200 pupils"
    assert example.of_a_year({"unit": "day", "plans": []}) is None
