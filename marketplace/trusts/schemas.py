"""What people type to sign in and to look after their trust."""

from __future__ import annotations

from marketplace.kernel.fields import Command, Identifier, Text, named


class SignIn(Command):
    """An e-mail address and a password; any text is a try."""

    email = Text(required=True, **named("Email address", autocomplete="username"))
    password = Text(required=True, longest=1_000, **named("Password", autocomplete="current-password"))
    next = Text(load_default="/")


class DemonstrationSignIn(Command):
    """One of the demonstration's people."""

    person_id = Identifier(required=True, **named("Person"))
    next = Text(load_default="/")
