"""The life of a listing, in one table, and what has to be done before buyers see it. Pure."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping

from marketplace.catalogue.kinds import ListingState
from marketplace.kernel.errors import InvalidState


class Move(enum.Enum):
    """What a seller, or the operator who reviews it, does with a listing."""

    PUBLISH = "publish"
    SUBMIT = "submit"
    RECALL = "recall"
    ACCEPT = "accept"
    SEND_BACK = "send-back"
    PAUSE = "pause"
    RESUME = "resume"
    WITHDRAW = "withdraw"


MOVES = {
    (ListingState.DRAFT, Move.PUBLISH): ListingState.PUBLISHED,
    (ListingState.DRAFT, Move.SUBMIT): ListingState.IN_REVIEW,
    (ListingState.IN_REVIEW, Move.RECALL): ListingState.DRAFT,
    (ListingState.IN_REVIEW, Move.ACCEPT): ListingState.PUBLISHED,
    (ListingState.IN_REVIEW, Move.SEND_BACK): ListingState.DRAFT,
    (ListingState.PUBLISHED, Move.PAUSE): ListingState.PAUSED,
    (ListingState.PAUSED, Move.RESUME): ListingState.PUBLISHED,
    (ListingState.DRAFT, Move.WITHDRAW): ListingState.WITHDRAWN,
    (ListingState.IN_REVIEW, Move.WITHDRAW): ListingState.WITHDRAWN,
    (ListingState.PUBLISHED, Move.WITHDRAW): ListingState.WITHDRAWN,
    (ListingState.PAUSED, Move.WITHDRAW): ListingState.WITHDRAWN,
}
DONE_WORDS = {
    Move.PUBLISH: "published",
    Move.SUBMIT: "sent for review",
    Move.RECALL: "taken back",
    Move.ACCEPT: "accepted",
    Move.SEND_BACK: "sent back",
    Move.PAUSE: "paused",
    Move.RESUME: "resumed",
    Move.WITHDRAW: "withdrawn",
}
OPERATORS = frozenset({Move.ACCEPT, Move.SEND_BACK})
IN_SENTENCES = {ListingState.DRAFT: "a draft", ListingState.IN_REVIEW: "in review"}


class ReviewState(enum.Enum):
    """What became of a listing that was sent for review."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    SENT_BACK = "sent-back"
    RECALLED = "recalled"


class ListingNotMovable(InvalidState):
    """The listing's state does not allow the move."""


class ListingWithdrawn(InvalidState):
    """A withdrawn listing stays as it is."""

    def __init__(self) -> None:
        super().__init__("This listing was withdrawn and cannot be changed. Describe a new one.")


def moved(state: ListingState, move: Move) -> ListingState:
    """The state after a move; ListingNotMovable when the table has none."""
    after = MOVES.get((state, move))
    if after is None:
        was = IN_SENTENCES.get(state, state.value)
        raise ListingNotMovable(f"A listing that is {was} cannot be {DONE_WORDS[move]}.")
    return after


def moves(state: ListingState) -> list[Move]:
    """What its seller can do from a state, in the order of the table; a review is part of publishing."""
    return [
        move
        for before, move in MOVES
        if before is state and move not in OPERATORS and move is not Move.SUBMIT
    ]


def needs_review(is_verified: bool, has_published: bool) -> bool:
    """Whether the operator looks at a listing first: its seller is not verified, or new here."""
    return not (is_verified and has_published)


class Task(enum.Enum):
    """A part of a listing that its seller fills in, in the order of the task list."""

    DESCRIPTION = "description"
    REACH = "reach"
    CAPACITY = "capacity"
    PRICE = "price"
    TRIAL = "trial"
    PEOPLE = "people"
    EVIDENCE = "evidence"
    VISIBILITY = "visibility"


NEEDED: Mapping[Task, str] = {
    Task.PRICE: "a price",
    Task.CAPACITY: "capacity in this month or a later one",
    Task.REACH: "where and for whom it is",
}
"""Without these buyers cannot decide; in the order in which they are said."""


class Status(enum.Enum):
    """How far a task is."""

    COMPLETED = "completed"
    INCOMPLETE = "incomplete"
    NOT_STARTED = "not-started"
    OPTIONAL = "optional"


def statuses(done: Collection[Task], unfinished: Collection[Task] = ()) -> dict[Task, Status]:
    """How far each task is; one that was saved before it was complete is incomplete, whatever was there."""
    return {task: _status(task, done, unfinished) for task in Task}


def _status(task: Task, done: Collection[Task], unfinished: Collection[Task]) -> Status:
    if task in unfinished:
        return Status.INCOMPLETE
    if task in done:
        return Status.COMPLETED
    return Status.NOT_STARTED if task in NEEDED else Status.OPTIONAL


def lacking(done: Collection[Task]) -> str | None:
    """What must be added before buyers can see the listing, as a sentence; None when nothing is."""
    missing = [words for task, words in NEEDED.items() if task not in done]
    if not missing:
        return None
    listed = " and ".join([", ".join(missing[:-1]), missing[-1]]) if len(missing) > 1 else missing[0]
    return f"Add {listed} before you publish."
