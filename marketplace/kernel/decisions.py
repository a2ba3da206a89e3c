"""The access decision that every route carries; trusts/guard.py reads and enforces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Decision:
    """Who may call a route: everybody, or whoever is signed in and has what the other fields ask for."""

    is_public: bool
    roles: frozenset[Any] = frozenset()
    """Members of Role, which belongs to the floor of trusts; none: any of them, or none at all."""
    needs_organisation: bool = True
    is_operators: bool = False
    awaits_factor: bool = False
    """For whoever has given the first proof of who they are and owes the second."""
    is_fresh: bool = False
    """The person proved a short while ago who they are."""
    scope: Any = None
    """The member of Scope that a token needs; None: read for a GET, write for the rest."""


def public(view: View) -> View:
    """Everybody may see this."""
    return decide(view, Decision(is_public=True))


def signed_in(view: View) -> View:
    """Anybody who acts for an organisation may do this; the service decides about each thing."""
    return decide(view, Decision(is_public=False))


def any_person(view: View) -> View:
    """Anybody who is signed in may do this, with an organisation or without: g.person is set."""
    return decide(view, Decision(is_public=False, needs_organisation=False))


def operators(view: View) -> View:
    """Only who runs this Sharewell; they need no organisation of their own: g.person is set."""
    return decide(view, Decision(is_public=False, needs_organisation=False, is_operators=True))


def awaiting_factor(view: View) -> View:
    """Only a browser whose person owes a second proof: g.awaiting is the person."""
    return decide(view, Decision(is_public=False, needs_organisation=False, awaits_factor=True))


def fresh(view: View) -> View:
    """With another decision: the person also proved a short while ago who they are."""
    view.__dict__["is_fresh"] = True
    return view


def decide(view: View, decision: Decision) -> View:
    """Put a decision on a view."""
    view.__dict__["access"] = decision
    return view


def decided(view: Callable[..., Any]) -> Decision | None:
    """The whole decision of a view, in whatever order its parts were put on it; None when there is none."""
    found: Decision | None = getattr(view, "access", None)
    if found is None:
        return None
    return replace(found, is_fresh=getattr(view, "is_fresh", False), scope=getattr(view, "scope", None))
