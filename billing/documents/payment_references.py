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
    """Two digits by ISO 7064 MOD 97-10: every single wrong character and every swap of two is caught."""
    return f"{MODULUS + 1 - _number(body + '00') % MODULUS:02d}"


def payment_reference(text: str) -> str | None:
    """The reference that somebody typed, with O read as 0 and I and L as 1; None when its check fails."""
    plain = text.upper().translate(MISREAD)
    shape = len(plain) == len(PREFIX) + LENGTH + 2 and plain.startswith(PREFIX) and plain[-2:].isdigit()
    right = shape and set(plain) <= set(ALPHABET) and check_digits(plain[:-2]) == plain[-2:]
    return plain if right else None


def _number(text: str) -> int:
    """Digits stand for themselves, letters for 10 to 35."""
    return int("".join(str(int(character, 36)) for character in text))
