"""The access decision that every route carries; trusts/guard.py reads and enforces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Decision:
    """Who may call a route: everybody, anybody signed in (no roles), or who has one of the roles."""

    is_public: bool
    roles: frozenset[Any] = frozenset()
    """Members of Role, which belongs to the floor of trusts."""


def public(view: View) -> View:
    """Everybody may see this."""
    return decide(view, Decision(is_public=True))


def signed_in(view: View) -> View:
    """Anybody who is signed in may do this; the service decides about each thing."""
    return decide(view, Decision(is_public=False))


def decide(view: View, decision: Decision) -> View:
    """Put a decision on a view."""
    view.__dict__["access"] = decision
    return view
