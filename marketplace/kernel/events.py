"""Facts that lower floors announce and higher floors subscribe to, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Event:
    """Something that happened; its class name is in the past tense."""


E = TypeVar("E", bound=Event)
_subscribers: dict[type[Event], list[Callable[[Session, Any], None]]] = defaultdict(list)


def subscribe(kind: type[E], subscriber: Callable[[Session, E], None]) -> None:
    """Call `subscriber(session, event)` whenever an event of this kind is announced; twice is once."""
    if subscriber not in _subscribers[kind]:
        _subscribers[kind].append(subscriber)


def announce(session: Session, event: Event) -> None:
    """Tell every subscriber now: what they write commits or fails with the announcer."""
    for subscriber in _subscribers[type(event)]:
        subscriber(session, event)
