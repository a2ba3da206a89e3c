"""Related parties among 2,000 trusts: a planted link over three people, and what twice the interests cost.

Everything is measured in one run, on one database of each size; the ratios count.
"""

from __future__ import annotations

import gc
import random
import sys
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests import graph
from marketplace.interests.graph import Body, Individual, Tie
from marketplace.interests.kinds import InterestKind, Post, body_key, person_key
from marketplace.interests.models import DeclaredPerson, Interest
from marketplace.interests.relating import related
from marketplace.kernel import clock
from marketplace.kernel.database import Base, make_engine, new_id
from marketplace.people.models import Person
from marketplace.trusts.kinds import OrganisationKind
from marketplace.trusts.models import Organisation

TRUSTS = 2_000
PEOPLE = 8
"""In the register of each trust."""
ON = date(2026, 11, 21)
SIZES = (20_000, 40_000)
PAIRS = 200
REPEATS = 5
FIRST = ("Jane", "Tom", "Mary", "Ali", "Priya", "Sam", "Helen", "Gareth", "Amara", "Chris", "Zoe", "Omar")
KINDS = (
    InterestKind.DIRECTORSHIP,
    InterestKind.TRUSTEESHIP,
    InterestKind.GOVERNORSHIP,
    InterestKind.EMPLOYMENT,
)
R = TypeVar("R")


@dataclass
class World:
    """A database with so many interests, and the two trusts between which three people were planted."""

    engine: sa.Engine
    interests: int
    trusts: list[uuid.UUID]
    buyer: uuid.UUID
    seller: uuid.UUID


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    folder = tmp_path_factory.mktemp("interests")
    made = [a_world(folder / f"{size}.sqlite", size) for size in SIZES]
    yield made
    for world in made:
        world.engine.dispose()


def a_world(path: Path, interests: int) -> World:
    """2,000 trusts of 8 people each; firms are as many as half the interests, some shared by chance.

    Twice the interests are twice the interests of each person and twice the firms: as many meet in a firm.
    """
    engine = make_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    chance, clerk = random.Random(interests), new_id()
    trusts = [new_id() for _ in range(TRUSTS)]
    people = [a_person(chance, trust) for trust in trusts for _ in range(PEOPLE)]
    firms = [(f"Firm {number} Ltd", f"{number:08d}") for number in range(1, interests // 2)]
    rows = [
        an_interest(chance, clerk, people[n % len(people)], chance.choice(firms)) for n in range(interests)
    ]
    planted = [
        a_planted(trust, name)
        for trust, name in zip(trusts[:3], ("Ann One", "Bea Two", "Cy Three"), strict=True)
    ]
    links = (
        (0, "Planted Ltd", "99999991"),
        (1, "Planted Ltd", "99999991"),
        (1, "Sown Ltd", "99999992"),
        (2, "Sown Ltd", "99999992"),
    )
    rows += [an_interest(chance, clerk, planted[place], (name, number)) for place, name, number in links]
    with engine.begin() as connection:
        connection.execute(
            sa.insert(Person), [{"id": clerk, "created_at": clock.now(), "email": "a@b.example", "name": "A"}]
        )
        connection.execute(
            sa.insert(Organisation), [a_trust(number, one) for number, one in enumerate(trusts)]
        )
        connection.execute(sa.insert(DeclaredPerson), [*people, *planted])
        connection.execute(sa.insert(Interest), rows)
    return World(engine, interests, trusts, trusts[0], trusts[2])


def a_trust(number: int, trust: uuid.UUID) -> dict[str, Any]:
    kind = OrganisationKind.MULTI_ACADEMY_TRUST
    return {"id": trust, "created_at": clock.now(), "kind": kind, "name": f"Trust {number}", "state": "open"}


def a_person(chance: random.Random, trust: uuid.UUID) -> dict[str, Any]:
    """Names repeat as they do: one in 40,000 is another's."""
    return a_planted(trust, f"{chance.choice(FIRST)} {chance.randrange(40_000)}")


def a_planted(trust: uuid.UUID, name: str) -> dict[str, Any]:
    known = {"organisation_id": trust, "name": name, "name_key": person_key(name), "post": Post.TRUSTEE}
    return {"id": new_id(), "created_at": clock.now(), **known}


def an_interest(
    chance: random.Random, clerk: uuid.UUID, person: dict[str, Any], firm: tuple[str, str]
) -> dict[str, Any]:
    name, number = firm
    return {
        "id": new_id(),
        "created_at": clock.now(),
        "organisation_id": person["organisation_id"],
        "declared_person_id": person["id"],
        "kind": chance.choice(KINDS) if number < "9999" else InterestKind.DIRECTORSHIP,
        "body_name": name,
        "body_key": body_key(name),
        "company_number": number,
        "declared_on": ON,
        "declared_by_id": clerk,
        "confirmed_by_id": clerk,
        "confirmed_at": clock.now(),
    }


def timed(work: Callable[[], R]) -> tuple[float, R]:
    """Seconds without the collector's, and what came of it."""
    gc.collect()
    gc.disable()
    begun = time.perf_counter()
    try:
        found = work()
        return time.perf_counter() - begun, found
    finally:
        gc.enable()


def asked(world: World, pairs: int) -> int:
    """How many of some pairs of trusts are related; the same places of the list in every world."""
    chance = random.Random(7)
    found = 0
    with Session(world.engine) as session:
        for _ in range(pairs):
            buyer, seller = chance.sample(world.trusts, 2)
            found += bool(related(session, buyer, seller, ON))
    return found


def test_a_planted_link_over_three_people_is_found(worlds: list[World]) -> None:
    for world in worlds:
        with Session(world.engine) as session:
            seconds, found = timed(lambda s=session, w=world: related(s, w.buyer, w.seller, ON))  # type: ignore[misc]
        told = [path.sentence for path in found]
        expected = (
            "Ann One is trustee of Trust 0 and is director of Planted Ltd, whose director Bea Two is "
            "director of Sown Ltd, whose director Cy Three is trustee of Trust 2."
        )
        assert expected in told
        say(
            f"planted link among {TRUSTS:,} trusts and {world.interests:,} interests: {1000 * seconds:.1f} ms"
        )


def test_twice_the_interests_cost_at_most_twice_as_much(worlds: list[World]) -> None:
    for world in worlds:
        asked(world, 20)  # both files are read once before anything is measured
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(REPEATS):  # by turns, so that a busy machine slows both
        for world in worlds:
            seconds[world.interests].append(timed(lambda w=world: asked(w, PAIRS))[0])  # type: ignore[misc]
    few, many = (median(seconds[size]) / PAIRS for size in SIZES)
    say(
        f"one question: {1000 * few:.2f} ms at {SIZES[0]:,} interests, "
        f"{1000 * many:.2f} ms at {SIZES[1]:,}: x{many / few:.2f}"
    )
    assert many / few <= 2


def test_memory_stays_small(worlds: list[World]) -> None:
    peaks = []
    for world in worlds:
        tracemalloc.start()
        asked(world, 50)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    say(
        f"peak memory of a question: {peaks[0]:.1f} MB at {SIZES[0]:,} interests, "
        f"{peaks[1]:.1f} MB at {SIZES[1]:,}"
    )
    assert max(peaks) < 50


def whole(size: int) -> list[Tie]:
    """So many interests in memory, with everybody's post."""
    chance = random.Random(size)
    trusts = [Body(f"Trust {n}", f"trust {n}", uuid.UUID(int=n + 1)) for n in range(TRUSTS)]
    firms = [Body(f"Firm {n} Ltd", f"firm {n} ltd", None, f"{n:08d}") for n in range(1, size // 2)]
    ties = []
    for number, trust in ((n, trust) for n, trust in enumerate(trusts) for _ in range(PEOPLE)):
        name = f"{chance.choice(FIRST)} {chance.randrange(40_000)} {number % 3}"
        who = Individual(uuid.UUID(int=chance.getrandbits(128)), name, person_key(name))
        ties.append(Tie(who, trust, Post.TRUSTEE))
    people = [tie.person for tie in ties]
    return ties + [
        Tie(people[n % len(people)], chance.choice(firms), chance.choice(KINDS)) for n in range(size)
    ]


def test_the_pure_search_over_everything_at_once_grows_in_proportion() -> None:
    worlds = {size: whole(size) for size in SIZES}
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(REPEATS):
        for size, ties in worlds.items():
            seconds[size].append(timed(lambda t=ties: all_from_one(t))[0])  # type: ignore[misc]
    few, many = (median(seconds[size]) for size in SIZES)
    say(
        f"pure search over all: {few:.2f} s at {SIZES[0]:,} interests, "
        f"{many:.2f} s at {SIZES[1]:,}: x{many / few:.2f}"
    )
    assert many / few <= 2


def all_from_one(ties: list[Tie]) -> int:
    """One question, with the index made of everything for it."""
    ends = [tie.body for tie in ties if tie.means is Post.TRUSTEE]
    return len(graph.paths(ties, [ends[0]], [ends[-1]], ON))


def say(line: str) -> None:
    sys.stderr.write(f"\n{line}\n")
