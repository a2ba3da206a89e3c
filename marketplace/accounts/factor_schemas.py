"""What people and their devices send to prove who they are a second time."""

from __future__ import annotations

from marketplace.kernel.fields import Command, Identifier, LocalAddress, Text, named

LONGEST_ANSWER = 20_000
"""Characters of a device's JSON: a real one has about a thousand."""


class GiveCode(Command):
    """What the authenticator app shows now; any text is a try."""

    code = Text(
        required=True,
        **named("6-digit code", hint="Your authenticator app shows it.", autocomplete="one-time-code"),
    )
    next = LocalAddress(load_default="/")


class GiveRecoveryCode(Command):
    """One of the recovery codes; any text is a try."""

    recovery_code = Text(required=True, **named("Recovery code", hint="For example, abcd-efgh-jkmn-pqrs"))
    next = LocalAddress(load_default="/")


class ConfirmApp(Command):
    """The first code of a new app."""

    code = Text(
        required=True,
        **named(
            "6-digit code that the app shows now", autocomplete="one-time-code", missing="Enter the code"
        ),
    )


class Nothing(Command):
    """A button, and no more."""


class AnswerOfDevice(Command):
    """What a device says with a passkey, as JSON that the page's script puts there."""

    answer = Text(
        required=True,
        longest=LONGEST_ANSWER,
        **named("Answer", missing="Your device gave no answer. Try again, or choose another way."),
    )
    next = LocalAddress(load_default="/")


class NamePasskey(Command):
    """By which name the owner will know a passkey."""

    name = Text(
        required=True,
        longest=100,
        **named(
            "Name of this passkey", hint="Where it is kept, for example “Work laptop”", missing="Enter a name"
        ),
    )


class AddPasskey(NamePasskey):
    """A new passkey under that name."""

    answer = Text(
        required=True,
        longest=LONGEST_ANSWER,
        **named("Answer", missing="Your device gave no answer. Try again, or use another device."),
    )


class RemoveIdentity(Command):
    """One of the person's own accounts at other sites."""

    identity_id = Identifier(required=True, **named("Account"))
