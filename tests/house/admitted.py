"""Who is admitted to a route, what an address names, and what a row of the matrix says of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.trusts.kinds import Role


@dataclass(frozen=True)
class Who:
    """Who is admitted: people with one of the roles at an organisation, or more than these."""

    roles: frozenset[Role] = frozenset()
    everybody: bool = False
    any_person: bool = False
    operators: bool = False
    awaiting: bool = False
    """Whoever gave the first proof of who they are and owes the second."""


@dataclass(frozen=True)
class Thing:
    """What an identifier in an address names: a row of a table, and the columns of those it belongs to."""

    table: str
    parties: tuple[str, ...]
    identifier: str = "id"


@dataclass(frozen=True)
class Row:
    """What a route answers, and to whom."""

    who: Who
    parties: tuple[str, ...] | None = None
    """The columns of the thing whose organisations are admitted; every party unless some are named."""
    strangers: bool = False
    """Whether another organisation's people with the same roles are admitted too, as to a public thing."""
    kinds: str = "all"
    """Which organisations are admitted: all, trusts, suppliers."""
    where: str = ""
    """A condition in SQL on the thing, when not every one will do."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Parts of the address that are made up, so that 404 is an answer too."""
    tells_all: bool = False
    """Whether it tells what others may know, as the mailbox of a demonstration does."""
    body: Mapping[str, Any] = field(default_factory=dict)
    """What is sent besides the least that the API takes."""
    lost: bool = False
    """Whether 404 is an answer too, since what the body or the query names is not there."""


PUBLIC = Who(everybody=True)
PERSONS = Who(any_person=True)
MEMBERS = Who(frozenset(Role))
OPERATORS = Who(operators=True)
AWAITING = Who(awaiting=True)


def only(*roles: Role) -> Who:
    """Only people with one of these roles."""
    return Who(frozenset(roles))


ADMINISTRATOR = only(Role.ADMINISTRATOR)
FINANCE = only(Role.FINANCE)
SELLER = only(Role.SELLER)
BUYING = only(Role.ADMINISTRATOR, Role.BUYER)
SELLING = only(Role.ADMINISTRATOR, Role.SELLER)
APPROVING = only(Role.ADMINISTRATOR, Role.APPROVER)
COMMITTING = only(Role.ADMINISTRATOR, Role.APPROVER, Role.BUYER)
ORDERING_NUMBERS = only(Role.ADMINISTRATOR, Role.BUYER, Role.FINANCE)
OVERSEEING = only(Role.ADMINISTRATOR, Role.FINANCE)
RULING = only(Role.ADMINISTRATOR, Role.APPROVER, Role.FINANCE)
