"""How two organisations are related through people: the shortest paths over interests. Pure.

A step is one person who belongs to two organisations. Up to three people are followed; what may link on the
way is what gives somebody a say (an office, shares, a family tie), not employment and not a local
authority, or all who work for one large employer would be related. At the buyer and the seller themselves
every interest counts. The way is searched from one side, level by level, and stops at the first that arrives.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.interests.kinds import InterestKind, Post, looked_back_from

MOST_STEPS = 3
MOST_PATHS = 50
"""Of the shortest ones, so many are told; more would tell nobody more."""
Means = Post | InterestKind
CARRIES = frozenset(Post) | frozenset(InterestKind) - {InterestKind.EMPLOYMENT, InterestKind.AUTHORITY}
VERBS: dict[Means, str] = {
    Post.MEMBER: "is a member of",
    Post.TRUSTEE: "is trustee of",
    Post.GOVERNOR: "is a governor at",
    Post.ACCOUNTING_OFFICER: "is accounting officer of",
    Post.SENIOR_STAFF: "is senior staff at",
    InterestKind.DIRECTORSHIP: "is director of",
    InterestKind.TRUSTEESHIP: "is trustee of",
    InterestKind.GOVERNORSHIP: "is a governor at",
    InterestKind.SHAREHOLDING: "holds shares in",
    InterestKind.EMPLOYMENT: "is employed by",
    InterestKind.FAMILY: "has a family tie to",
    InterestKind.AUTHORITY: "has a local authority interest in",
}
NOUNS: dict[Means, str] = {
    Post.MEMBER: "member",
    Post.TRUSTEE: "trustee",
    Post.GOVERNOR: "governor",
    Post.ACCOUNTING_OFFICER: "accounting officer",
    Post.SENIOR_STAFF: "senior employee",
    InterestKind.DIRECTORSHIP: "director",
    InterestKind.TRUSTEESHIP: "trustee",
    InterestKind.GOVERNORSHIP: "governor",
    InterestKind.SHAREHOLDING: "shareholder",
    InterestKind.FAMILY: "connected person",
}


@dataclass(frozen=True)
class Individual:
    """A person as one register names them in the entry `row_id`.

    `key` compares names, `born` is (year, month) when it is given. Who is not named is "somebody at" a trust.
    """

    row_id: uuid.UUID
    name: str
    key: str
    account_id: uuid.UUID | None = None
    born: tuple[int, int] | None = None
    is_named: bool = True

    @property
    def handles(self) -> tuple[object, ...]:
        """All that says who else is the same person."""
        return self.key, self.account_id, self.born


@dataclass(frozen=True)
class Body:
    """An organisation as one register names it; `key` compares names."""

    name: str
    key: str
    organisation_id: uuid.UUID | None = None
    number: str | None = None

    @property
    def identity(self) -> str:
        """The surest thing that is known of it."""
        return str(self.organisation_id or self.number or self.key)


@dataclass(frozen=True)
class Tie:
    """A person at an organisation, by a post or an interest, from one day to another (both inclusive)."""

    person: Individual
    body: Body
    means: Means
    starts_on: date | None = None
    ends_on: date | None = None

    def counts(self, on: date) -> bool:
        """Whether it had begun by this day, and had not ended more than a year before it."""
        begun = self.starts_on is None or self.starts_on <= on
        return begun and (self.ends_on is None or self.ends_on >= looked_back_from(on))


@dataclass(frozen=True)
class Step:
    """One person on the way: how they belong to the organisation before and to the one after."""

    into: Tie
    out_of: Tie
    doubts: tuple[str, ...]

    @property
    def who(self) -> str:
        """Their name, unless one of the two registers keeps it to itself."""
        return _who(self.into.person, self.out_of.person)


@dataclass(frozen=True)
class Path:
    """The people between a buyer and a seller; `doubts` are what only a same name says."""

    steps: tuple[Step, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What has to be checked, each once."""
        return tuple(dict.fromkeys(doubt for step in self.steps for doubt in step.doubts))

    @property
    def sentence(self) -> str:
        """The whole path in one sentence, with what has to be checked after it."""
        first, *rest = self.steps
        told = f"{_opening(first)} {_told(first.into)} and {_told(first.out_of)}"
        for step in rest:
            told += f", whose {NOUNS[step.into.means]} {step.who} {_told(step.out_of)}"
        return " ".join([f"{told}.", *self.doubts])


class Ties:
    """Ties by whatever may name their person or their organisation, those that count on one day."""

    def __init__(self, ties: Iterable[Tie], on: date) -> None:
        self.of_person: dict[object, list[Tie]] = defaultdict(list)
        self.of_body: dict[object, list[Tie]] = defaultdict(list)
        for tie in dict.fromkeys(ties):
            if tie.counts(on):
                for handle in {tie.person.account_id, tie.person.key} - {None}:
                    self.of_person[handle].append(tie)
                for handle in {tie.body.organisation_id, tie.body.number, tie.body.key} - {None}:
                    self.of_body[handle].append(tie)

    def at(self, body: Body) -> Iterator[Tie]:
        """The ties of everybody at an organisation, under any of its names."""
        found = (self.of_body.get(one, ()) for one in (body.organisation_id, body.number, body.key) if one)
        return (tie for tie in dict.fromkeys(_all(found)) if is_same_body(body, tie.body))

    def by(self, person: Individual) -> Iterator[Tie]:
        """The ties of a person, in every register that names them."""
        found = (self.of_person.get(one, ()) for one in (person.account_id, person.key) if one)
        return (tie for tie in dict.fromkeys(_all(found)) if is_same_person(person, tie.person))


def is_same_person(one: Individual, other: Individual) -> bool:
    """The same account, or the same name unless the months of birth are known and differ."""
    if one.account_id is not None and one.account_id == other.account_id:
        return True
    return one.key == other.key and (one.born is None or other.born is None or one.born == other.born)


def is_same_body(one: Body, other: Body) -> bool:
    """The same organisation or number; else the same name, unless two numbers or organisations differ."""
    if _agree(one.organisation_id, other.organisation_id) or _agree(one.number, other.number):
        return True
    differ = _differ(one.organisation_id, other.organisation_id) or _differ(one.number, other.number)
    return one.key == other.key and not differ


def paths(
    ties: Iterable[Tie], buyer: Collection[Body], seller: Collection[Body], on: date, most: int = MOST_STEPS
) -> list[Path]:
    """Every shortest path from any body of the buyer to any of the seller, surest first, then by words.

    Bodies of both at once (a school of one trust that the other names too) are the seller's.
    """
    known = Ties(ties, on)
    fronts: list[tuple[Body, tuple[Step, ...]]] = [(body, ()) for body in _in_order(buyer)]
    seen = {body.identity for body in buyer}
    for _ in range(most):
        arrived, further = _go_on(known, fronts, seller, seen)
        if arrived:
            return _surest(arrived)
        fronts = further
        seen |= {body.identity for body, _ in further}
    return []


def _go_on(
    known: Ties, fronts: Sequence[tuple[Body, tuple[Step, ...]]], seller: Collection[Body], seen: set[str]
) -> tuple[list[Path], list[tuple[Body, tuple[Step, ...]]]]:
    """One person further: the paths that arrive, and where the others have come to."""
    arrived: list[Path] = []
    further: dict[tuple[str, tuple[str, ...]], tuple[Body, tuple[Step, ...]]] = {}
    leads = _leads(known, seller, seen)
    for body, before in fronts:
        for step in _steps(known, body, before, leads):
            target = step.out_of.body
            if _is_any(seller, target):
                arrived.append(Path((*before, step)))
            else:
                way = (target.identity, _people((*before, step)))
                further[way] = min(
                    further.get(way, (target, (*before, step))), (target, (*before, step)), key=_rank
                )
    return arrived, list(further.values())


def _leads(known: Ties, seller: Collection[Body], seen: Collection[str]) -> Callable[[Individual], list[Tie]]:
    """Which ties of a person arrive or go on to somewhere new; looked up once for each person."""
    found: dict[object, list[Tie]] = {}

    def leads(person: Individual) -> list[Tie]:
        if person.handles not in found:
            found[person.handles] = [
                tie
                for tie in known.by(person)
                if _is_any(seller, tie.body) or (tie.means in CARRIES and tie.body.identity not in seen)
            ]
        return found[person.handles]

    return leads


def _is_any(bodies: Collection[Body], one: Body) -> bool:
    return any(is_same_body(other, one) for other in bodies)


def _steps(
    known: Ties, body: Body, before: Sequence[Step], leads: Callable[[Individual], list[Tie]]
) -> Iterator[Step]:
    """The steps from here; whoever is on the way already leads nowhere new, however many places they have."""
    gone = {step.into.person.handles for step in before}
    for into in known.at(body):
        if not before or (into.means in CARRIES and into.person.handles not in gone):
            for out_of in leads(into.person):
                if not is_same_body(out_of.body, body):
                    yield Step(into, out_of, _doubts(body, into, out_of))


def _doubts(body: Body, into: Tie, out_of: Tie) -> tuple[str, ...]:
    """What is assumed of a step because names are the same, in sentences."""
    doubts = []
    if not _is_sure_body(body, into.body):
        doubts.append(f"Two registers name {body.name} without a number: check that it is one organisation.")
    if not _is_sure_person(into.person, out_of.person):
        doubts.append(f"{_same_name(into.person, out_of.person)}: check that it is one person.")
    return tuple(doubts)


def _is_sure_body(one: Body, other: Body) -> bool:
    return _agree(one.organisation_id, other.organisation_id) or _agree(one.number, other.number)


def _is_sure_person(one: Individual, other: Individual) -> bool:
    return (
        one.row_id == other.row_id or _agree(one.account_id, other.account_id) or _agree(one.born, other.born)
    )


def _surest(arrived: Iterable[Path]) -> list[Path]:
    """Each way once, told with the fewest doubts."""
    best: dict[tuple[object, ...], Path] = {}
    for path in arrived:
        way = (_people(path.steps), *(step.out_of.body.identity for step in path.steps))
        best[way] = min(best.get(way, path), path, key=_doubt_and_words)
    return sorted(best.values(), key=_doubt_and_words)[:MOST_PATHS]


def _doubt_and_words(path: Path) -> tuple[int, str]:
    return len(path.doubts), path.sentence


def _rank(front: tuple[Body, tuple[Step, ...]]) -> tuple[int, str]:
    return _doubt_and_words(Path(front[1]))


def _people(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(step.into.person.key for step in steps)


def _who(one: Individual, other: Individual) -> str:
    return one.name if other.is_named or not one.is_named else other.name


def _opening(step: Step) -> str:
    """Who a sentence begins with."""
    is_named = step.into.person.is_named and step.out_of.person.is_named
    return step.who if is_named else step.who[:1].upper() + step.who[1:]


def _same_name(one: Individual, other: Individual) -> str:
    if one.is_named and other.is_named:
        return f"Two registers have the name {one.name}"
    return f"Two registers have one name for {_who(one, other)}"


def _told(tie: Tie) -> str:
    return f"{VERBS[tie.means]} {tie.body.name}{_when(tie)}"


def _when(tie: Tie) -> str:
    if tie.ends_on is not None:
        start = f"{tie.starts_on:%-d %b %Y} " if tie.starts_on else ""
        return f" ({start}until {tie.ends_on:%-d %b %Y})"
    return f" (since {tie.starts_on:%-d %b %Y})" if tie.starts_on else ""


def _in_order(bodies: Iterable[Body]) -> list[Body]:
    return sorted(bodies, key=lambda body: (body.name, body.identity))


def _all(found: Iterable[Sequence[Tie]]) -> Iterator[Tie]:
    return (tie for ties in found for tie in ties)


def _agree(one: object, other: object) -> bool:
    return one is not None and one == other


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other
