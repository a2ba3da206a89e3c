"""The e-mails about somebody's own account; each begins with what to do. Pure but for the kind of message."""

from __future__ import annotations

from marketplace.kernel.mail import Email

NOT_YOU = "If you did not ask for this, do nothing: nobody can use the link without reading this email."
ACT_NOW = (
    "If this was not you, set a new password at once with the link below. Then sign out everywhere and "
    "revoke every token on your account page, and tell whoever runs this Sharewell."
)
RESET_PAGE = "/reset-password"


def sign_in(to: str, path: str) -> Email:
    """The link to sign in."""
    text = f"Open this link and press the button. It works once, within 15 minutes.\n\n{NOT_YOU}"
    return Email(to, "Sign in to Sharewell with this link", text, path)


def no_account(to: str) -> Email:
    """What somebody without an account is told, so that they need not wonder."""
    text = (
        "Somebody, perhaps you, asked Sharewell for a link to sign in with this email address. "
        "It has no account.\n\n"
        "If your trust uses Sharewell, try the address that it knows you by, or ask an administrator "
        "of your trust to invite you. If this was not you, do nothing."
    )
    return Email(to, "This email address has no account at Sharewell", text)


def reset(to: str, path: str) -> Email:
    """The link to choose a new password."""
    text = (
        "Open this link and choose a new password. It works once, within an hour. "
        f"Until then your password stays as it is.\n\n{NOT_YOU}"
    )
    return Email(to, "Choose a new password for Sharewell", text, path)


def confirm(to: str, path: str) -> Email:
    """The link that proves again who somebody is."""
    text = (
        "Open this link in the browser in which you asked for it and press the button. "
        f"It works once, within 15 minutes.\n\n{NOT_YOU}"
    )
    return Email(to, "Confirm that it is you", text, path)


def new_address(to: str, path: str) -> Email:
    """The link that shows that a new address is read by its owner."""
    text = (
        "Open this link in the browser in which you are signed in to Sharewell and press the button. "
        f"It works once, within 24 hours. From then on you sign in with this address.\n\n{NOT_YOU}"
    )
    return Email(to, "Confirm your new email address for Sharewell", text, path)


def address_taken(to: str) -> Email:
    """Instead of that link, to an address that has an account already."""
    text = (
        "Somebody with another account at Sharewell, perhaps you, asked to use this email address for it. "
        "It has an account already, so nothing was changed. If this was not you, do nothing."
    )
    return Email(to, "This email address has an account already", text)


def address_asked(to: str, new: str) -> Email:
    """To the present address, before anything is changed."""
    text = (
        f"Somebody signed in as you asked to change your email address at Sharewell to {new}. It changes "
        f"when the link sent there is opened. If this was you, there is nothing to do here.\n\n{ACT_NOW}"
    )
    return Email(to, "Check: your email address is to change", text, RESET_PAGE)


def address_changed(to: str, new: str) -> Email:
    """To the old address, afterwards."""
    text = (
        f"You now sign in to Sharewell with {new}, and you are signed out of every other browser.\n\n"
        "If this was not you, tell whoever runs this Sharewell at once."
    )
    return Email(to, "Check: your email address was changed", text, "/help")


def password_changed(to: str, programs: str) -> Email:
    """After a password was set, changed or reset; `programs` says what became of the tokens."""
    text = (
        f"You are signed out of every other browser. {programs} "
        f"If it was you, there is nothing to do.\n\n{ACT_NOW}"
    )
    return Email(to, "Check: your password was changed", text, RESET_PAGE)
