"""What people type to claim, invite, change roles, decide and leave."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from marketplace.kernel.fields import Choice, Command, EmailAddress, Password, Text, YesNo, named
from marketplace.membership.models import LONGEST_EVIDENCE, LONGEST_PART, LONGEST_REASON
from marketplace.trusts.kinds import ROLE_WORDS, STANDING_WORDS, Role, Standing


def _roles(label: str, **more: Any) -> ma.fields.List[Any]:
    return ma.fields.List(
        Choice(Role, {role: words.capitalize() for role, words in ROLE_WORDS.items()}),
        **{"load_default": list, **more},
        **named(label, missing="Select at least one role"),
    )


def _reason(hint: str) -> Text:
    words = named("Reason", hint=hint, missing="Say why")
    return Text(required=True, longest=LONGEST_REASON, lines=True, **words)


class Invite(Command):
    """An address and the roles that it is invited to."""

    email = EmailAddress(
        required=True, **named("Email address", hint="The invitation works for this address only")
    )
    roles = _roles("What they will do")


class ChangeRoles(Command):
    """All the roles that a member has from now on."""

    roles = _roles("What they do")


class ClaimOrganisation(Command):
    """A claimant's part at an organisation, and how it can be checked."""

    part = Text(
        required=True,
        longest=LONGEST_PART,
        **named(
            "Your job there", hint="For example, school business manager", missing="Enter your job there"
        ),
    )
    roles = _roles("What you need to do here")
    evidence = Text(
        required=True,
        longest=LONGEST_EVIDENCE,
        lines=True,
        **named(
            "How can this be checked?",
            hint="For example, a page of the trust’s website that names you, or an office number to ring",
            missing="Say how this can be checked",
        ),
    )


class Refuse(Command):
    """Why a claim is refused."""

    reason = _reason("The claimant is told this")


class Admit(Command):
    """The roles that an administrator gives a claimant."""

    roles = _roles("What they will do")


class SetStanding(Command):
    """What an organisation becomes, and why."""

    standing = Choice(
        Standing,
        {one: STANDING_WORDS[one] for one in (Standing.VERIFIED, Standing.SUSPENDED)},
        required=True,
        **named("What it becomes", missing="Select what it becomes"),
    )
    reason = _reason("Its administrators are told this")


class AddSupplier(Command):
    """A firm that sells."""

    name = Text(required=True, **named("Name of the supplier"))
    company_number = Text(
        load_default=None,
        allow_none=True,
        longest=8,
        validate=ma.validate.Regexp(
            "^([0-9]{8}|[A-Z]{2}[0-9]{6})$", error="Enter 8 digits, or 2 letters and 6 digits"
        ),
        **named("Companies House number (optional)", hint="8 digits, or 2 letters and 6 digits"),
    )


class AskForAccount(Command):
    """Where the letter with the link goes."""

    email = EmailAddress(
        required=True, **named("Email address", hint="Use your address at work", autocomplete="email")
    )


class MakeAccount(Command):
    """A name and a password."""

    name = Text(required=True, **named("Your name", hint="As colleagues know you", autocomplete="name"))
    password = Password(
        required=True,
        **named(
            "Choose a password",
            hint="15 characters or more. Three or four words that have nothing to do with you are good",
            autocomplete="new-password",
        ),
    )


class Depart(Command):
    """The organisation's own name, typed, so that nobody leaves by a slip of the hand."""

    name = Text(required=True, **named("Type the name of your organisation"))
    is_understood = YesNo(
        required=True,
        **named("Everybody loses access and personal data is erased", legend="I understand"),
    )
