"""Which entries of the record are asked for, and how they are told as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from marketplace.kernel.fields import Command, Day, Identifier, Text, named
from marketplace.trusts.audit_queries import Wanted

PERHAPS: dict[str, Any] = {"load_default": None, "allow_none": True}
LONGEST_WORD = 60


class ChooseEntries(Command):
    """From one day to another, by whom, which act, about what; and where the page begins."""

    from_on = Day(**PERHAPS, **named("From", hint="For example, 1 9 2026"))
    to_on = Day(**PERHAPS, **named("To", hint="This day included"))
    person_id = Identifier(**PERHAPS, **named("Who"))
    action = Text(**PERHAPS, longest=LONGEST_WORD, **named("What was done"))
    subject_kind = Text(**PERHAPS, longest=LONGEST_WORD, **named("About"))
    after = Identifier(**PERHAPS, **named("Page"))

    @ma.validates_schema
    def _check_order(self, data: dict[str, Any], **_: Any) -> None:
        first, last = data.get("from_on"), data.get("to_on")
        if first and last and last < first:
            raise ma.ValidationError("The last day must be the same as or after the first", "to_on")


def wanted_of(command: dict[str, Any]) -> Wanted:
    """What was chosen, without the page; a choice that was left empty leaves nothing out."""
    return Wanted(**{name: value or None for name, value in command.items() if name != "after"})


class EntryShown(ma.Schema):
    """One act, with what its digest is made of."""

    id = ma.fields.UUID()
    number = ma.fields.Integer(metadata={"description": "Counts from 1, without gaps"})
    created_at = ma.fields.AwareDateTime()
    person_id = ma.fields.UUID(allow_none=True)
    person = ma.fields.String(allow_none=True)
    action = ma.fields.String()
    subject_kind = ma.fields.String()
    subject_id = ma.fields.UUID()
    before = ma.fields.Dict()
    after = ma.fields.Dict()
    personal = ma.fields.Dict(
        allow_none=True, metadata={"description": "salt, about_id and values; null when none or erased"}
    )
    personal_digest = ma.fields.String()
    previous = ma.fields.String(metadata={"description": "The digest of the entry before"})
    digest = ma.fields.String()


class EntryList(ma.Schema):
    """One page of the record, newest first."""

    items = ma.fields.List(ma.fields.Nested(EntryShown))
    next_after = ma.fields.UUID(allow_none=True, metadata={"description": "Give it as ?after= for more"})
