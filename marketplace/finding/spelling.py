"""Which known word somebody meant who typed one that nobody knows. Pure.

The database names the words that share letters with it; this decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words are abbreviations: changing a letter makes another one."""
LONG = 8


def padded(word: str) -> str:
    """A word with its ends marked, so that these count among its groups of three letters."""
    return f"__{word}_"


def trigrams(word: str) -> list[str]:
    """The groups of three letters of a word, each once."""
    whole = padded(word)
    return list(dict.fromkeys(whole[place : place + 3] for place in range(len(whole) - 2)))


def corrected(typed: str, known: Iterable[str]) -> str | None:
    """The nearest known word, when it is near enough: one slip, or two in a long word that begins alike."""
    return next(iter(near(typed, known)), None)


def near(typed: str, known: Iterable[str]) -> list[str]:
    """The known words that are as near as any is and near enough, the likeliest first."""
    most = 2 if len(typed) >= LONG else 1
    scored = sorted(
        (distance(typed, word), word[:1] != typed[:1], abs(len(word) - len(typed)), word)
        for word in known
        if _may_be_near(typed, word, most)
    )
    # Hardly anybody slips twice and in the first letter: cleaning is not learning.
    enough = [one for one in scored if one[0] <= (1 if one[1] else most)]
    return [one[-1] for one in enough if one[0] == enough[0][0]]


def _may_be_near(typed: str, word: str, most: int) -> bool:
    """Seen without counting slips: each letter more is one, and none brings in or takes out more than two."""
    return abs(len(word) - len(typed)) <= most and len(set(typed) ^ set(word)) <= 2 * most


def distance(one: str, other: str) -> int:
    """How many letters must be added, left out, changed, or changed over with their neighbour."""
    return OSA.distance(one, other)
