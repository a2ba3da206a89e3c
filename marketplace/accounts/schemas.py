"""What people type to sign in and to look after their own account."""

from __future__ import annotations

import marshmallow as ma

from marketplace.kernel.fields import (
    Choice,
    Command,
    EmailAddress,
    Identifier,
    LocalAddress,
    Password,
    Text,
    WholeNumber,
    YesNo,
    named,
)
from marketplace.people.scopes import SCOPE_WORDS, Scope
from marketplace.people.services import LONGEST_TOKEN_NAME, TOKEN_LASTS, TOKEN_LASTS_AT_MOST

HINT = "15 characters or more. Three or four words that have nothing to do with you or each other are good."


class SignIn(Command):
    """An e-mail address and a password; any text is a try."""

    email = Text(required=True, **named("Email address", autocomplete="username"))
    password = Password(required=True, **named("Password", autocomplete="current-password"))
    next = LocalAddress(load_default="/")


class DemonstrationSignIn(Command):
    """One of the demonstration's people."""

    person_id = Identifier(required=True, **named("Person"))
    next = LocalAddress(load_default="/")


class AskForLink(Command):
    """Where a link shall be sent, and the page that was wanted."""

    email = EmailAddress(required=True, **named("Email address", autocomplete="username"))
    next = LocalAddress(load_default="/")


class Onwards(Command):
    """Nothing but where to go next."""

    next = LocalAddress(load_default="/")


class Confirm(Onwards):
    """The password, typed again."""

    password = Password(required=True, **named("Password", autocomplete="current-password"))


class EndEverywhere(Command):
    """Whether tokens of programs end as well."""

    tokens = YesNo(load_default=False, **named("End my tokens too: programs that have one stop"))


class SetPassword(Command):
    """A first or a forgotten password."""

    new_password = Password(required=True, **named("New password", hint=HINT, autocomplete="new-password"))


class ChangePassword(SetPassword):
    """The password that is, and the one that shall be."""

    class Meta:
        """In the order in which the form asks."""

        fields = ("password", "new_password")

    password = Password(required=True, **named("Your password now", autocomplete="current-password"))


class ChangeAddress(Command):
    """The e-mail address that shall be."""

    email = EmailAddress(
        required=True,
        **named("New email address", hint="We will send a link to it.", autocomplete="email"),
    )


class EndSession(Command):
    """One browser of the person's own."""

    session_id = Identifier(required=True, **named("Browser"))


class EndToken(Command):
    """One token of the person's own."""

    token_id = Identifier(required=True, **named("Token"))


class MakeToken(Command):
    """What a program is for, what it may do and for how long."""

    name = Text(
        required=True,
        longest=LONGEST_TOKEN_NAME,
        **named("What the token is for", hint="For example, the monthly export to our finance system"),
    )
    scopes = ma.fields.List(
        Choice(Scope, {scope: words for scope, words in SCOPE_WORDS.items() if scope is not Scope.READ}),
        load_default=list,
        metadata={
            "label": "What it may do",
            "hint": "It can always read what you can see. Choose only what it needs.",
        },
    )
    days = WholeNumber(
        least=1,
        most=TOKEN_LASTS_AT_MOST.days,
        load_default=TOKEN_LASTS.days,
        **named("How many days it lasts", hint=f"From 1 to {TOKEN_LASTS_AT_MOST.days}"),
    )
