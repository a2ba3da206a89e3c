"""The states of schemes of delegation and of what an organisation undertakes to spend. Pure."""

from __future__ import annotations

import enum

from marketplace.trusts.kinds import Role

RULE_CONFIRMERS = (Role.ADMINISTRATOR, Role.APPROVER, Role.FINANCE)
"""Who may confirm that the approval rules are loosened, if somebody else proposed it."""
BUDGET_HOLDERS = (Role.ADMINISTRATOR, Role.FINANCE)
"""Who keeps cost centres and budgets."""


class SchemeState(enum.Enum):
    """A looser scheme waits until a second person confirms it or it is withdrawn; a newer one replaces it."""

    WAITING = "waiting"
    IN_FORCE = "in-force"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class SchemeStep(enum.Enum):
    """What happened to the scheme of an organisation."""

    SET = "set"
    PROPOSED = "propose"
    CONFIRMED = "confirm"
    WITHDRAWN = "withdraw"


class ApproverKind(enum.Enum):
    """Whom a row of a scheme is about."""

    ROLE = "role"
    PERSON = "person"
    NOBODY = "nobody"


APPROVER_WORDS = {
    ApproverKind.ROLE: "Everybody with a role",
    ApproverKind.PERSON: "One person",
    ApproverKind.NOBODY: "Nobody needs to approve",
}


class UndertakingSource(enum.Enum):
    """What an organisation binds itself by."""

    ORDER = "order"
    COMMITMENT = "commitment"


NAMED_WITHIN = {UndertakingSource.ORDER: "This order", UndertakingSource.COMMITMENT: "This commitment"}
"""At the beginning of a sentence."""


class UndertakingState(enum.Enum):
    """asked until approved, taken while it binds, ended when it is over, released when nothing is owed."""

    ASKED = "asked"
    TAKEN = "taken"
    ENDED = "ended"
    RELEASED = "released"


UNDERTAKING_WORDS = {
    UndertakingState.ASKED: "To approve",
    UndertakingState.TAKEN: "Committed",
    UndertakingState.ENDED: "Ended",
    UndertakingState.RELEASED: "Released",
}
COUNTED = (UndertakingState.ASKED, UndertakingState.TAKEN, UndertakingState.ENDED)
"""What is added up when somebody asks for more of the same: all that came to something or still may."""
HELD = (UndertakingState.TAKEN, UndertakingState.ENDED)
"""What a budget has given: it is owed until an invoice has come for it."""
