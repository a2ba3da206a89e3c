"""The words of a text as the search keeps them: folded, without endings. Pure.

The endings are taken off by the rules of M. F. Porter, "An algorithm for suffix stripping" (1980), so that
both databases know the same words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

LONGEST = 40
"""Letters of a word that count."""
SHORTEST_STEMMED = 3
WORD = re.compile(r"[^\W_]+")
APOSTROPHES = re.compile(r"['\u2018\u2019]")
INITIALS = re.compile(r"\b[^\W\d_](?:[.&/][^\W\d_])+\b")
SPACED_AND = re.compile(r"\b([^\W\d_]) & ([^\W\d_])\b")
STOP_WORDS = frozenset(
    {
        *(
            "a",
            "about",
            "all",
            "am",
            "an",
            "and",
            "any",
            "are",
            "around",
            "as",
            "at",
            "be",
            "been",
            "by",
            "can",
            "could",
        ),
        *("do", "does", "for", "from", "get", "has", "have", "help", "how", "i", "in", "into", "is", "its"),
        *("looking", "me", "my", "need", "needed", "needs", "of", "on", "or", "our", "please", "so", "some"),
        *("somebody", "someone", "that", "the", "their", "them", "there", "they", "this", "to", "us", "want"),
        *("near", "nearby"),
        *("was", "we", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your"),
    }
)
"""They say nothing of what is sought."""

CONSONANT, VOWEL = "c", "v"
STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("iser", "ise"), ("abli", "able"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("isation", "ise"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"),
    ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"),
    ("biliti", "ble"),
)  # fmt: skip
STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("alise", "al"), ("iciti", "ic"), ("ical", "ic"),
    ("ful", ""), ("ness", ""),
)  # fmt: skip
STEP_4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
    "ise", "ion", "al", "er", "ic", "ou",
)  # fmt: skip


def tokens(text: str) -> list[str]:
    """The words of a text, folded to plain small letters: H&S and S.E.N.D. are hs and send."""
    plain = text.lower()
    if not plain.isascii():
        folded = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    plain = SPACED_AND.sub(r"\1\2", APOSTROPHES.sub("", plain))
    plain = INITIALS.sub(lambda found: re.sub(r"[.&/]", "", found[0]), plain)
    return [word[:LONGEST] for word in WORD.findall(plain)]


def meant(text: str) -> list[str]:
    """The words that say what is sought, each once; all of them when none says anything."""
    found = list(dict.fromkeys(tokens(text)))
    return [word for word in found if word not in STOP_WORDS] or found


def stems(words: Iterable[str]) -> Iterator[str]:
    """Each word without its ending."""
    return map(stem, words)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its ending: managing, manager and management are manag."""
    if len(word) < SHORTEST_STEMMED or not word.isascii() or not word.isalpha():
        return word
    for step in (_plural, _past, _final_y, _second, _third, _fourth, _fifth):
        word = step(word)
    return word


def _kinds(word: str) -> str:
    """Each letter as c or v; a y after a consonant is a vowel."""
    kinds = ""
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and kinds.endswith(CONSONANT))
        kinds += VOWEL if is_vowel else CONSONANT
    return kinds


def _measure(word: str) -> int:
    """How often a vowel is followed by a consonant."""
    return _kinds(word).count(VOWEL + CONSONANT)


def _ends_short(word: str) -> bool:
    """Whether it ends consonant, vowel, consonant, the last none of w, x and y."""
    return _kinds(word).endswith("cvc") and word[-1] not in "wxy"


def _plural(word: str) -> str:
    for ending, left in (("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")):
        if word.endswith(ending):
            return word.removesuffix(ending) + left
    return word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        rest = word.removesuffix(ending)
        if rest != word and VOWEL in _kinds(rest):
            return _mended(rest)
    return word


def _mended(rest: str) -> str:
    if rest.endswith(("at", "bl", "iz")):
        return rest + "e"
    if rest[-1:] == rest[-2:-1] and _kinds(rest).endswith("cc") and rest[-1] not in "lsz":
        return rest[:-1]
    return rest + "e" if _measure(rest) == 1 and _ends_short(rest) else rest


def _final_y(word: str) -> str:
    return f"{word[:-1]}i" if word.endswith("y") and VOWEL in _kinds(word[:-1]) else word


def _second(word: str) -> str:
    return _replaced(word, STEP_2)


def _third(word: str) -> str:
    return _replaced(word, STEP_3)


def _replaced(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for ending, left in endings:
        if word.endswith(ending):
            rest = word.removesuffix(ending)
            return rest + left if _measure(rest) > 0 else word
    return word


def _fourth(word: str) -> str:
    for ending in STEP_4:
        if word.endswith(ending):
            rest = word.removesuffix(ending)
            fits = _measure(rest) > 1 and (ending != "ion" or rest.endswith(("s", "t")))
            return rest if fits else word
    return word


def _fifth(word: str) -> str:
    rest = word[:-1]
    if word.endswith("e"):
        measure = _measure(rest)
        if measure > 1 or (measure == 1 and not _ends_short(rest)):
            word = rest
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word
