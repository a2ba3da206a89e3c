"""Short references that people can read over the telephone: ORD-7K3M9Q."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U."""
LENGTH = 7


def new_reference(prefix: str) -> str:
    """A reference of 35 random bits; its column is unique, so a rare clash is refused, never shared."""
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))}"
