"""A scheme of delegation: who may approve a sum, how many of them, and which row says so. Pure.

Every sum is net pence over the whole life of what is bought: three years at £15,000 is £45,000. Limits
include their own sum: up to £3,000 means that £3,000.00 passes and £3,000.01 does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from marketplace.trusts.kinds import Role

SPLITTING_DAYS = 90
"""Within so many days what goes to one supplier in one category is added up."""
Key = tuple[Role | None, uuid.UUID | None]


@dataclass(frozen=True)
class Row:
    """Up to a sum (None: any) a role or a person may approve; neither of them: nobody needs to.

    It is about one cost centre, or about all. `quotes` is how many must have been asked for; `body` is in
    whose name the person decides, such as the finance committee.
    """

    up_to_pence: int | None
    role: Role | None = None
    person_id: uuid.UUID | None = None
    cost_centre_id: uuid.UUID | None = None
    quotes: int = 0
    body: str = ""

    @property
    def key(self) -> Key:
        """Who it is about."""
        return self.role, self.person_id

    @property
    def is_free(self) -> bool:
        """Whether it says that nobody needs to approve."""
        return self.role is None and self.person_id is None

    def reaches(self, pence: int) -> bool:
        """Whether a sum is within its limit."""
        return self.up_to_pence is None or pence <= self.up_to_pence

    def is_within(self, other: Row) -> bool:
        """Whether it reaches no higher than another."""
        if other.up_to_pence is None:
            return True
        return self.up_to_pence is not None and self.up_to_pence <= other.up_to_pence


NEEDS_NOBODY = Row(0)
ANY_SUM = (Row(None, Role.APPROVER), Row(None, Role.ADMINISTRATOR))
"""Who approves until a trust has said otherwise."""


@dataclass(frozen=True)
class Earlier:
    """Something asked for before, of the same supplier and category, not longer ago than SPLITTING_DAYS."""

    title: str
    net_pence: int
    asked_on: date


@dataclass(frozen=True)
class Shortfall:
    """In the financial year that begins on this day a budget has less left than is asked for."""

    year_starts_on: date
    left_pence: int
    asked_pence: int

    @property
    def over_pence(self) -> int:
        """By how much."""
        return self.asked_pence - self.left_pence


@dataclass(frozen=True)
class Ruling:
    """What a scheme says about one sum.

    `counted_pence` is the sum that the limits are compared with: more than the net when what was asked for
    before is added up, because it was split so as to stay under `crossed_pence`. `fired` is the lowest row
    that reaches it, None when none does; `may` are the rows of those who may approve.
    """

    net_pence: int
    counted_pence: int
    fired: Row | None
    may: tuple[Row, ...]
    approvals: int
    second_above_pence: int | None = None
    crossed_pence: int | None = None
    split: tuple[Earlier, ...] = ()
    over: tuple[Shortfall, ...] = ()

    @property
    def is_beyond(self) -> bool:
        """Whether nobody at all may approve it."""
        return self.fired is None

    @property
    def is_split(self) -> bool:
        """Whether it was added up with what was asked for before."""
        return self.crossed_pence is not None

    @property
    def quotes(self) -> int:
        """How many quotes must have been asked for."""
        return 0 if self.fired is None else self.fired.quotes


@dataclass(frozen=True)
class Scheme:
    """All that an organisation decides about the approval of what it spends."""

    rows: tuple[Row, ...] = (NEEDS_NOBODY, *ANY_SUM)
    second_above_pence: int | None = None
    requires_po_number: bool = True
    stops_over_budget: bool = False

    def free_pence(self, cost_centre_id: uuid.UUID | None = None) -> int:
        """The largest sum that nobody needs to approve."""
        free = [row.up_to_pence or 0 for row in self.rows_for(cost_centre_id) if row.is_free]
        return max(free, default=0)

    def rows_for(self, cost_centre_id: uuid.UUID | None) -> list[Row]:
        """The rows about a cost centre: its own for somebody stand in place of the general ones for them."""
        own = [row for row in self.rows if row.cost_centre_id == cost_centre_id]
        named = {row.key for row in own}
        rest = [row for row in self.rows if row.cost_centre_id is None and row.key not in named]
        return own + rest

    def limits(self, cost_centre_id: uuid.UUID | None) -> list[int]:
        """The sums above which another rule holds, the lowest first."""
        limits = {row.up_to_pence for row in self.rows_for(cost_centre_id)} | {self.second_above_pence}
        return sorted(limit for limit in limits if limit is not None)

    def is_looser_than(self, other: Scheme) -> bool:
        """Whether anything may pass here that the other would stop."""
        if other.requires_po_number and not self.requires_po_number:
            return True
        if other.stops_over_budget and not self.stops_over_budget:
            return True
        centres = {row.cost_centre_id for row in (*self.rows, *other.rows)} | {None}
        return any(
            _is_looser(rule(self, pence, centre), rule(other, pence, centre))
            for centre in centres
            for limit in {0, *self.limits(centre), *other.limits(centre)}
            for pence in (limit, limit + 1)
        )


def limited(free_pence: int, requires_po_number: bool = True) -> Scheme:
    """The simplest scheme: nobody needs to approve what is within a limit, any approver may the rest."""
    return Scheme((Row(free_pence), *ANY_SUM), requires_po_number=requires_po_number)


def rule(
    scheme: Scheme, net_pence: int, cost_centre_id: uuid.UUID | None = None, earlier: Iterable[Earlier] = ()
) -> Ruling:
    """What a scheme says about a sum, with what was asked for before of the same kind."""
    crossed, split = _splitting(scheme.limits(cost_centre_id), net_pence, tuple(earlier))
    counted = net_pence + sum(one.net_pence for one in split)
    rows = [row for row in scheme.rows_for(cost_centre_id) if row.reaches(counted)]
    may = tuple(row for row in rows if not row.is_free)
    needs_two = scheme.second_above_pence is not None and counted > scheme.second_above_pence
    is_free = not needs_two and any(row.is_free for row in rows)
    fired = _lowest(row for row in rows if row.is_free) if is_free else _lowest(may)
    return Ruling(
        net_pence=net_pence,
        counted_pence=counted,
        fired=fired,
        may=may,
        approvals=0 if is_free else 2 if needs_two else 1,
        second_above_pence=scheme.second_above_pence,
        crossed_pence=crossed,
        split=split,
    )


def with_shortfall(ruling: Ruling, over: Sequence[Shortfall]) -> Ruling:
    """The ruling when a budget does not reach: somebody must say that it may be spent all the same.

    Where nobody needed to approve, the finance people may say so too.
    """
    if not over:
        return ruling
    finance = () if ruling.approvals else (Row(None, Role.FINANCE),)
    return replace(ruling, over=tuple(over), approvals=max(1, ruling.approvals), may=(*ruling.may, *finance))


def _lowest(rows: Iterable[Row]) -> Row | None:
    found: Row | None = None
    for row in rows:
        if found is None or not found.is_within(row):
            found = row
    return found


def _splitting(
    limits: Sequence[int], net_pence: int, earlier: tuple[Earlier, ...]
) -> tuple[int | None, tuple[Earlier, ...]]:
    """The highest limit that the sum crosses only together with others that each stay within it too."""
    for limit in reversed(limits):
        small = tuple(one for one in earlier if one.net_pence <= limit)
        together = net_pence + sum(one.net_pence for one in small)
        if small and net_pence <= limit < together:
            return limit, small
    return None, ()


def _is_looser(one: Ruling, other: Ruling) -> bool:
    """Whether a ruling asks for less, or admits somebody whom the other does not."""
    if one.is_beyond or other.is_beyond:
        return other.is_beyond and not one.is_beyond
    fewer = one.approvals < other.approvals or one.quotes < other.quotes
    return fewer or not {row.key for row in one.may} <= {row.key for row in other.may}
