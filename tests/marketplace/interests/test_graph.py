"""Paths between organisations, over people and the firms between them."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from marketplace.interests import graph
from marketplace.interests.graph import Body, Individual, Tie
from marketplace.interests.kinds import InterestKind, Post, body_key, person_key

ON = date(2026, 11, 21)
DIRECTOR, EMPLOYEE = InterestKind.DIRECTORSHIP, InterestKind.EMPLOYMENT


def body(name: str, number: str | None = None, is_registered: bool = False) -> Body:
    return Body(name, body_key(name), uuid.uuid5(uuid.NAMESPACE_URL, name) if is_registered else None, number)


def person(name: str, **more: Any) -> Individual:
    return Individual(more.pop("row_id", None) or uuid.uuid4(), name, person_key(name), **more)


A, C = body("Ash Trust", is_registered=True), body("Cedar Trust", is_registered=True)
B = body("B Ltd", "01234567")


def told(*ties: Tie, on: date = ON, **more: Any) -> list[str]:
    return [path.sentence for path in graph.paths(ties, [A], [C], on, **more)]


def at(who: Individual, where: Body, means: graph.Means = DIRECTOR, **dates: Any) -> Tie:
    return Tie(who, where, means, **dates)


def test_a_shared_person_is_one_step() -> None:
    jane = person("Jane Smith")
    assert told(at(jane, A, Post.TRUSTEE), at(jane, C, starts_on=date(2024, 9, 1))) == [
        "Jane Smith is trustee of Ash Trust and is director of Cedar Trust (since 1 Sep 2024)."
    ]


def test_a_shared_firm_is_told_as_in_the_sentence() -> None:
    jane, tom = person("Jane Smith"), person("Tom Hall")
    ties = [
        at(jane, A, Post.TRUSTEE),
        at(jane, B, starts_on=date(2024, 9, 1)),
        at(tom, B),
        at(tom, C, InterestKind.GOVERNORSHIP),
    ]
    assert told(*ties) == [
        (
            "Jane Smith is trustee of Ash Trust and is director of B Ltd (since 1 Sep 2024), "
            "whose director Tom Hall is a governor at Cedar Trust."
        )
    ]


def chain(people: int) -> list[Tie]:
    """So many people between the buyer and the seller, with firms between them."""
    bodies = [A, *(body(f"Firm {n}", f"0000000{n}") for n in range(1, people)), C]
    ties = []
    for number, (before, after) in enumerate(itertools.pairwise(bodies)):
        who = person(f"Person {number}")
        ties += [at(who, before), at(who, after)]
    return ties


def test_three_people_are_found_and_four_are_too_many() -> None:
    assert len(told(*chain(3))) == 1
    assert told(*chain(3), most=2) == []
    assert told(*chain(4)) == []


def test_the_shortest_are_told_all_of_them_and_no_longer_one() -> None:
    jane, mary = person("Jane Smith"), person("Mary Bell")
    short = [at(who, where) for who in (jane, mary) for where in (A, C)]
    found = told(*short, *chain(2), *chain(3))
    assert [sentence[:10] for sentence in found] == ["Jane Smith", "Mary Bell "]


def test_the_answer_does_not_depend_on_the_order_of_what_is_known() -> None:
    jane, tom, mary = person("Jane Smith"), person("Tom Hall"), person("Mary Bell")
    ties = [at(who, where) for who in (jane, tom, mary) for where in (B, C)] + [at(jane, A), at(mary, A)]
    ties = [tie for tie in ties if (tie.person, tie.body) not in {(jane, C), (mary, C)}]
    expected = told(*ties)
    assert len(expected) == 2
    for seed in range(20):
        random.Random(seed).shuffle(ties)
        assert told(*ties) == expected


@pytest.mark.parametrize("means", [EMPLOYEE, InterestKind.AUTHORITY])
def test_who_works_for_the_same_large_employer_is_not_related(means: InterestKind) -> None:
    jane, tom = person("Jane Smith"), person("Tom Hall")
    ends = [at(jane, A, Post.TRUSTEE), at(tom, C, Post.TRUSTEE)]
    assert told(*ends, at(jane, B, means), at(tom, B, means)) == []
    assert told(*ends, at(jane, B, DIRECTOR), at(tom, B, means)) == []
    assert told(*ends, at(jane, B, means), at(tom, B, DIRECTOR)) == []


@pytest.mark.parametrize("means", [EMPLOYEE, InterestKind.AUTHORITY, InterestKind.FAMILY])
def test_at_the_seller_itself_every_interest_counts(means: InterestKind) -> None:
    jane = person("Jane Smith")
    assert len(told(at(jane, A, Post.TRUSTEE), at(jane, C, means))) == 1


@pytest.mark.parametrize(
    ("dates", "counts"),
    [
        ({"starts_on": date(2026, 11, 21)}, True),
        ({"starts_on": date(2026, 11, 22)}, False),
        ({"ends_on": date(2025, 11, 21)}, True),
        ({"ends_on": date(2025, 11, 20)}, False),
        ({}, True),
    ],
)
def test_an_interest_counts_from_its_first_day_until_a_year_after_its_last(
    dates: dict[str, Any], counts: bool
) -> None:
    jane = person("Jane Smith")
    assert bool(told(at(jane, A, Post.TRUSTEE), at(jane, C, **dates))) is counts
    assert bool(told(at(jane, A, Post.TRUSTEE, **dates), at(jane, C))) is counts


def test_an_interest_that_ended_says_when() -> None:
    jane = person("Jane Smith")
    ended = at(jane, C, starts_on=date(2020, 1, 2), ends_on=date(2026, 3, 4))
    assert (
        "director of Cedar Trust (2 Jan 2020 until 4 Mar 2026)" in told(at(jane, A, Post.TRUSTEE), ended)[0]
    )


def in_two_registers(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return told(
        at(person("Jane Smith", **one), A, Post.TRUSTEE), at(person("Dr Jane Smith", **other), C, Post.MEMBER)
    )


def test_one_account_is_one_person_without_doubt() -> None:
    account = {"account_id": uuid.uuid4()}
    assert "check" not in in_two_registers(account, account)[0]


def test_one_account_under_two_names_is_one_person() -> None:
    account = uuid.uuid4()
    maiden, married = person("Jane Smith", account_id=account), person("Jane Hall", account_id=account)
    assert len(told(at(maiden, A, Post.TRUSTEE), at(married, C))) == 1


def test_a_name_and_a_month_of_birth_are_one_person_without_doubt() -> None:
    assert "check" not in in_two_registers({"born": (1970, 5)}, {"born": (1970, 5)})[0]


def test_a_name_alone_is_marked_to_be_checked() -> None:
    known: list[dict[str, Any]] = [{}, {"born": (1970, 5)}, {"account_id": uuid.uuid4()}]
    for one in known:
        assert in_two_registers(one, {})[0].endswith(
            "Two registers have the name Jane Smith: check that it is one person."
        )


def test_different_months_of_birth_are_two_people() -> None:
    assert in_two_registers({"born": (1970, 5)}, {"born": (1971, 5)}) == []


def firm_between(one: Body, other: Body) -> list[str]:
    jane, tom = person("Jane Smith"), person("Tom Hall")
    return told(at(jane, A), at(jane, one), at(tom, other), at(tom, C))


def test_firms_are_one_by_their_number_whatever_their_name() -> None:
    found = firm_between(body("B Limited", "01234567"), body("Bee", "01234567"))
    assert len(found) == 1
    assert "check" not in found[0]


def test_firms_of_one_name_without_numbers_are_marked_to_be_checked() -> None:
    found = firm_between(body("B Ltd"), body("B Limited", "01234567"))
    assert found[0].endswith("Two registers name B Ltd without a number: check that it is one organisation.")


def test_firms_of_one_name_with_two_numbers_are_two() -> None:
    assert firm_between(body("B Ltd", "01234567"), body("B Ltd", "07654321")) == []


def test_a_way_without_doubt_is_told_instead_of_the_same_way_with_one() -> None:
    account = uuid.uuid4()
    sure = [at(person("Jane Smith", account_id=account), A), at(person("Jane Smith", account_id=account), C)]
    assert len(told(*sure, at(person("Jane Smith"), C))) == 1
    assert "check" not in told(*sure, at(person("Jane Smith"), C))[0]


def test_surer_ways_come_first() -> None:
    mary = person("Mary Bell")
    found = told(at(person("Anna Day"), A), at(person("Anna Day"), C), at(mary, A), at(mary, C))
    assert [sentence[:4] for sentence in found] == ["Mary", "Anna"]


def test_nobody_between_them_is_no_path() -> None:
    assert told(at(person("Jane Smith"), A), at(person("Tom Hall"), C)) == []
    assert told() == []


@pytest.mark.parametrize(("people", "most"), [(1, 1), (2, 4)])
def test_people_who_share_very_many_firms_are_looked_up_once_on_each_level(
    monkeypatch: pytest.MonkeyPatch, people: int, most: int
) -> None:
    firms = [body(f"{number} Ltd", f"{number:08}") for number in range(50)]
    board = [person(f"Jane {chr(65 + number)} Smith") for number in range(people)]
    ties = [tie for one in board for tie in (at(one, A, Post.TRUSTEE), *(at(one, firm) for firm in firms))]
    by, asked = graph.Ties.by, 0

    def counted(known: graph.Ties, one: Individual) -> Iterator[Tie]:
        nonlocal asked
        asked += 1
        return by(known, one)

    monkeypatch.setattr(graph.Ties, "by", counted)
    assert told(*ties) == []
    assert asked == most
