"""What people type about partnerships, and how they are shown as JSON."""

from __future__ import annotations

import marshmallow as ma

from marketplace.kernel.fields import Choice, Command, Day, Identifier, Text, named
from marketplace.trusts.partnership_models import MembershipState, Theme

THEME_WORDS = {Theme.PLACE: "A place", Theme.CHALLENGE: "A challenge"}


class PurposeInput(Command):
    """What a partnership is for."""

    name = Text(required=True, longest=120, **named("Name of the partnership"))
    theme = Choice(
        Theme,
        THEME_WORDS,
        required=True,
        **named("What brings you together?", missing="Select what brings you together"),
    )
    about = Text(
        required=True,
        **named(
            "Which place or challenge?",
            hint="For example, North Devon, or exclusions in the first year of secondary school.",
            missing="Enter the place or the challenge",
        ),
    )
    description = Text(
        required=True,
        longest=5_000,
        lines=True,
        **named("What you do together", hint="Whoever is signed in can read this."),
    )


class Invite(Command):
    """Whom to invite."""

    identifier = Text(
        required=True,
        **named(
            "Trust or school to invite",
            hint="Its URN, UID, UKPRN or company number, or its exact name.",
            missing="Enter a number or the name of a trust or school",
        ),
    )


class EndMembership(Command):
    """The last day of a membership."""

    ends_on = Day(required=True, **named("Last day of the membership", hint="Today or later."))


class ListQuery(Command):
    """Where the page begins."""

    after = Identifier(load_default=None, **named("Where the page begins"))


class MembershipBody(ma.Schema):
    """One organisation's invitation or membership."""

    id = ma.fields.UUID()
    partnership_id = ma.fields.UUID()
    organisation_id = ma.fields.UUID()
    organisation_name = ma.fields.String()
    state = ma.fields.Enum(MembershipState, by_value=True)
    starts_on = ma.fields.Date(allow_none=True)
    ends_on = ma.fields.Date(allow_none=True)


class PartnershipItem(ma.Schema):
    """A partnership in a list."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    theme = ma.fields.Enum(Theme, by_value=True)
    about = ma.fields.String()
    founder_id = ma.fields.UUID()
    founder_name = ma.fields.String()
    members = ma.fields.Integer()
    is_own = ma.fields.Boolean(metadata={"description": "Whether your organisation is a member today."})


class PartnershipList(ma.Schema):
    """A page of partnerships, newest first; `next_after` begins the next page."""

    items = ma.fields.List(ma.fields.Nested(PartnershipItem))
    next_after = ma.fields.UUID(allow_none=True)


class PartnershipBody(PartnershipItem):
    """One partnership; who is invited is shown to its founder."""

    description = ma.fields.String()
    membership = ma.fields.Nested(MembershipBody, allow_none=True, metadata={"description": "Your own."})
    current_members = ma.fields.List(ma.fields.Nested(MembershipBody))
    invited = ma.fields.List(ma.fields.Nested(MembershipBody))
