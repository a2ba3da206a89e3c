"""Which passwords are taken: long ones, neither about their owner nor among the first to be tried. Pure.

The list of common ones is made by rule, not copied: words that people choose, alone, twice or in pairs, with
any digits and punctuation around and between, letters written as digits, and walks over the keyboard.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable
from functools import cache

SHORTEST = 15
LONGEST = 300
LEAST_OF_ONES_OWN = 8
"""So many characters must remain without the words about the person, digits, repetitions and walks."""
SHORTEST_WORD = 3
SHORTEST_WALK = 4

SITE_WORDS = ("sharewell", "trust", "school", "academy", "academies", "education", "multi")
_WORDS = """
    password passwort passphrase passcode welcome letmein login logon signin admin administrator account user
    guest access secret changeme default test testing temp office work computer internet windows microsoft
    google apple samsung master hello iloveyou love lovely loveme baby angel sunshine princess queen king
    prince monkey dragon tiger lion eagle horse dog cat puppy kitten flower butterfly rainbow diamond silver
    golden orange purple yellow green blue red black white chocolate cookie banana coffee summer winter spring
    autumn january february march april may june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday christmas football soccer cricket rugby hockey tennis
    golf liverpool arsenal chelsea everton tottenham united city rovers england scotland wales britain london
    manchester birmingham leeds teacher headteacher head pupil student class classroom schools primary
    secondary college nursery finance payroll governor governors trustee superman batman pokemon starwars
    michael charlie george jessica daniel thomas matthew joshua andrew jordan ashley jennifer please trustno
    freedom whatever nothing something everything forever always happy lucky smile family mother father
    mummy daddy sister brother house garden the and my is this our new
"""
COMMON_WORDS = tuple(_WORDS.split())
ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "azertyuiop",
)
LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
NOT_LETTERS = string.digits + string.punctuation + string.whitespace

TOO_SHORT = f"A password needs {SHORTEST} characters or more."
TOO_LONG = f"A password can have {LONGEST} characters at most."
ABOUT_YOU = (
    "Choose a password that is not made of your name, your address, your organisation's name or Sharewell's. "
    "Three or four words that have nothing to do with you are good."
)
COMMON = (
    "This password is among the first that somebody would try. "
    "Three or four words that have nothing to do with each other are good."
)


def prepared(password: str) -> str:
    """The form in which a password is kept and compared: what is typed on another keyboard is the same."""
    return unicodedata.normalize("NFC", password)


def check(password: str, words: Iterable[str] = ()) -> str | None:
    """The sentence that says why a password is not taken, None when it is.

    `words` are those about the person: names, addresses, organisations, each of one word or several.
    """
    text = prepared(password)
    if len(text) < SHORTEST:
        return TOO_SHORT
    if len(text) > LONGEST:
        return TOO_LONG
    plain = text.casefold()
    writings = {plain, plain.translate(LEET), plain.strip(NOT_LETTERS).translate(LEET)}
    if any(_is_common(one) for one in writings):
        return COMMON
    known = _parts((*SITE_WORDS, *words))
    if any(_own(_without(one, known)) < LEAST_OF_ONES_OWN for one in writings):
        return ABOUT_YOU
    return None


def _is_common(text: str) -> bool:
    """A word of the list, a repetition or a walk, whatever digits and punctuation it carries."""
    return _own(text) < LEAST_OF_ONES_OWN or _once("".join(filter(str.isalpha, text))) in _common()


@cache
def _common() -> frozenset[str]:
    """Every common word and every pair of them."""
    return frozenset({*COMMON_WORDS, *(one + other for one in COMMON_WORDS for other in COMMON_WORDS)})


def _own(text: str) -> int:
    """How many characters are left without digits, keyboard walks, repetitions and spaces."""
    left = "".join(one for one in _without_walks("".join(text.split())) if not one.isdigit())
    return len(_once(re.sub(r"(.)\1+", r"\1", left)))


def _once(text: str) -> str:
    """The shortest text of which this one is a repetition, itself when it is none."""
    return text[: (text + text).find(text, 1)] if text else text


def _without_walks(text: str) -> str:
    """The text without stretches of four keys or more that lie side by side, or of the alphabet."""
    kept, at = [], 0
    while at < len(text):
        length = _walk_at(text, at)
        if length < SHORTEST_WALK:
            kept.append(text[at])
        at += length if length >= SHORTEST_WALK else 1
    return "".join(kept)


def _walk_at(text: str, start: int) -> int:
    """How long the walk is that begins here."""
    length = SHORTEST_WALK - 1
    while start + length < len(text) and any(text[start : start + length + 1] in walk for walk in _walks()):
        length += 1
    return length if length >= SHORTEST_WALK else 0


@cache
def _walks() -> tuple[str, ...]:
    return tuple(walk for row in ROWS for walk in (row, row[::-1]))


def _parts(words: Iterable[str]) -> list[str]:
    """The single words, longest first, so that "academies" goes before "academy" does."""
    found = {part for word in words for part in re.findall(r"[^\W_]+", prepared(word).casefold())}
    long = {part for part in found if len(part) >= SHORTEST_WORD}
    return sorted(long | {part.translate(LEET) for part in long}, key=lambda part: (-len(part), part))


def _without(text: str, words: Iterable[str]) -> str:
    for word in words:
        text = text.replace(word, "")
    return text
