"""Who may approve now, in their own name or for somebody away."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from marketplace.delegation.authority import Absence, Authority, Colleague, authorities
from marketplace.delegation.rules import Row, Scheme, rule
from marketplace.trusts.kinds import Role

ANN, BEN, CAT, DAN = (uuid.UUID(int=number) for number in range(1, 5))
PEOPLE = [
    Colleague(ANN, "Ann", frozenset({Role.APPROVER})),
    Colleague(BEN, "Ben", frozenset({Role.BUYER})),
    Colleague(CAT, "Cat", frozenset({Role.FINANCE})),
    Colleague(DAN, "Dan", frozenset({Role.APPROVER, Role.FINANCE})),
]
SCHEME = Scheme((Row(0), Row(1_000, Role.FINANCE), Row(5_000, Role.APPROVER)))
UNTIL = date(2027, 4, 9)


def who(
    pence: int,
    *absences: tuple[uuid.UUID, uuid.UUID],
    asked_by: Collection[uuid.UUID] = (),
    used: Collection[uuid.UUID] = (),
) -> list[Authority]:
    away = [Absence(absent, stand_in, UNTIL) for absent, stand_in in absences]
    return authorities(rule(SCHEME, pence), PEOPLE, away, asked_by, used)


def names(found: list[Authority]) -> list[str]:
    return [one.name for one in found]


def test_everybody_with_a_role_or_a_name_that_reaches_the_sum_may() -> None:
    assert names(who(1_000)) == ["Ann", "Cat", "Dan"]
    assert names(who(1_001)) == ["Ann", "Dan"]


def test_nobody_may_who_had_a_hand_in_it() -> None:
    assert names(who(1_000, asked_by={ANN, CAT})) == ["Dan"]


def test_a_stand_in_has_the_limit_of_who_is_away_and_no_more() -> None:
    found = who(5_000, (ANN, BEN))
    assert [(one.name, one.absent_name, one.until_on) for one in found] == [
        ("Ann", "", None),
        ("Ben", "Ann", UNTIL),
        ("Dan", "", None),
    ]
    assert names(who(1_001, (CAT, BEN))) == ["Ann", "Dan"]


def test_a_stand_in_does_not_approve_what_either_of_the_two_asked_for() -> None:
    assert "Ben" not in names(who(1_000, (ANN, BEN), asked_by={ANN}))
    assert "Ben" not in names(who(1_000, (ANN, BEN), asked_by={BEN}))


def test_nobody_stands_in_for_a_stand_in() -> None:
    assert "Cat" not in names(who(5_000, (ANN, BEN), (BEN, CAT)))


def test_who_may_in_their_own_name_does_so_in_it() -> None:
    found = who(1_000, (ANN, DAN))
    assert [one.absent_name for one in found if one.person_id == DAN] == [""]


def test_one_limit_approves_once() -> None:
    assert names(who(5_000, (ANN, BEN), used={ANN})) == ["Dan"]
    assert names(who(5_000, (ANN, BEN), used={BEN, ANN})) == ["Dan"]
    assert names(who(5_000, (ANN, BEN), used={DAN})) == ["Ann", "Ben"]
    assert {one.whose_id for one in who(5_000, (ANN, BEN), used={DAN})} == {ANN}


def test_whoever_has_left_stands_in_for_nobody() -> None:
    assert "Ann" in names(who(5_000, (ANN, uuid.uuid4())))
    gone = uuid.uuid4()
    assert names(who(5_000, (gone, BEN))) == ["Ann", "Dan"]
