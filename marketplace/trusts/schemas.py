"""What people type to sign in and to look after their trust."""

from __future__ import annotations

from marketplace.kernel.fields import Command, Identifier, LocalAddress, Pence, Text, YesNo, named


class SignIn(Command):
    """An e-mail address and a password; any text is a try."""

    email = Text(required=True, **named("Email address", autocomplete="username"))
    password = Text(required=True, longest=1_000, **named("Password", autocomplete="current-password"))
    next = LocalAddress(load_default="/")


class DemonstrationSignIn(Command):
    """One of the demonstration's people."""

    person_id = Identifier(required=True, **named("Person"))
    next = LocalAddress(load_default="/")


class ChangePassword(Command):
    """The password that is, and the one that shall be."""

    password = Text(
        required=True, longest=1_000, **named("Your password now", autocomplete="current-password")
    )
    new_password = Text(
        required=True,
        longest=1_000,
        **named("New password", hint="15 characters or more", autocomplete="new-password"),
    )


class EndSession(Command):
    """One browser of the person's own."""

    session_id = Identifier(required=True, **named("Browser"))


class EndToken(Command):
    """One token of the person's own."""

    token_id = Identifier(required=True, **named("Token"))


class ApprovalRules(Command):
    """From which sum on a second person approves, and whether suppliers need a PO number."""

    approval_limit_pence = Pence(
        required=True,
        **named(
            "Orders up to this sum need no approval",
            hint="Excluding VAT, over the whole life of the order. Enter 0 to have every order approved.",
            missing="Enter a sum, or 0 to have every order approved",
        ),
    )
    requires_po_number = YesNo(
        required=True,
        **named("An invoice needs a purchase order (PO) number", legend="PO numbers"),
    )


class DecideRules(Command):
    """The proposed rules that the person has read, and no others."""

    change_id = Identifier(required=True, **named("Proposed rules", missing="Choose the proposed rules"))


class Switch(Command):
    """Another organisation to act for."""

    organisation_id = Identifier(required=True, **named("Organisation", missing="Choose an organisation"))


class FindOrganisations(Command):
    """Words of a name, or an identifier."""

    q = Text(load_default="", **named("Name, URN, UID, UKPRN or company number"))
    after = Identifier(load_default=None, **named("Where the page begins"))
