"""Errors that carry their status and a sentence for the person who meets them."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A rule was met: `code` for programs, `status` for HTTP, `sentence` for a person.

    `field` names the input at fault, when one is, so that a form shows the sentence beside it.
    """

    code = "refused"
    status = 422

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field

    @property
    def fields(self) -> Mapping[str, list[str]]:
        """The sentence under the name of its field; empty when no field is at fault."""
        return {self.field: [self.sentence]} if self.field else {}


class NotFound(DomainError):
    """It is not there, or it is another's: the answer is the same."""

    code = "not-found"
    status = 404

    def __init__(self, sentence: str = "We cannot find what you asked for.") -> None:
        super().__init__(sentence)


class NotSignedIn(DomainError):
    """Nobody is signed in, or the token is not known."""

    code = "not-signed-in"
    status = 401

    def __init__(self, sentence: str = "Sign in to continue.") -> None:
        super().__init__(sentence)


class NotPermitted(DomainError):
    """The person's roles at their own organisation do not allow it."""

    code = "not-permitted"
    status = 403


class Conflict(DomainError):
    """Somebody else was first, or the thing has moved on."""

    code = "conflict"
    status = 409


class InvalidState(Conflict):
    """The move is not in the table of the thing's life."""

    code = "invalid-state"


class Refused(DomainError):
    """An input breaks a rule that needs the database to be known."""


class Unavailable(DomainError):
    """Sharewell cannot do its work just now; the same may be asked for again."""

    code = "unavailable"
    status = 503
