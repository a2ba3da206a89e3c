"""The reference that a payment is known by: 14 characters, two of which catch a slip of the finger. Pure.

Faster Payments and Bacs carry 18 characters at most.
"""

from __future__ import annotations

import secrets

from marketplace.kernel.references import ALPHABET

PREFIX = "SW"
LENGTH = 10
MODULUS = 97
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None})


def new_payment_reference() -> str:
    """A new reference of 50 random bits."""
    body = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return body + check_digits(body)


def check_digits(body: str) -> str:
    """Two digits that no single wrong character and no swap of two neighbours leaves right.

    They are the rest by 97 of the body read as a number in base 32: 97 is a prime above 32, so a difference
    of one character, or of two neighbours changing places, is never a multiple of it.
    """
    number = 0
    for character in body:
        number = number * len(ALPHABET) + ALPHABET.index(character)
    return f"{number % MODULUS:02d}"


def payment_reference(text: str) -> str | None:
    """The reference that somebody typed, with O read as 0 and I and L as 1; None when its check fails."""
    plain = text.upper().translate(MISREAD)
    shape = len(plain) == len(PREFIX) + LENGTH + 2 and plain.startswith(PREFIX) and plain[-2:].isdigit()
    right = shape and set(plain) <= set(ALPHABET) and check_digits(plain[:-2]) == plain[-2:]
    return plain if right else None
