"""Posts, kinds of interest, and the names by which people and firms are compared. Pure.

What a register holds: Academy Trust Handbook, paragraphs 5.45 to 5.48.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from datetime import date


class Post(enum.Enum):
    """What a person of the register is at the trust that keeps it."""

    MEMBER = "member"
    TRUSTEE = "trustee"
    GOVERNOR = "governor"
    ACCOUNTING_OFFICER = "accounting-officer"
    SENIOR_STAFF = "senior-staff"


POST_WORDS = {
    Post.MEMBER: "Member",
    Post.TRUSTEE: "Trustee",
    Post.GOVERNOR: "Local governor",
    Post.ACCOUNTING_OFFICER: "Accounting officer",
    Post.SENIOR_STAFF: "Senior staff",
}
PUBLISHED_POSTS = frozenset({Post.MEMBER, Post.TRUSTEE, Post.GOVERNOR, Post.ACCOUNTING_OFFICER})
"""Whose interests a trust must publish; about its other senior staff it decides itself."""


class InterestKind(enum.Enum):
    """What ties a person to another organisation."""

    DIRECTORSHIP = "directorship"
    TRUSTEESHIP = "trusteeship"
    GOVERNORSHIP = "governorship"
    SHAREHOLDING = "shareholding"
    EMPLOYMENT = "employment"
    FAMILY = "family-tie"
    AUTHORITY = "local-authority"


INTEREST_WORDS = {
    InterestKind.DIRECTORSHIP: "Directorship or partnership",
    InterestKind.TRUSTEESHIP: "Trusteeship",
    InterestKind.GOVERNORSHIP: "Governor elsewhere",
    InterestKind.SHAREHOLDING: "Shareholding",
    InterestKind.EMPLOYMENT: "Employment",
    InterestKind.FAMILY: "Family tie",
    InterestKind.AUTHORITY: "Local authority: councillor, officer or employee",
}
INTEREST_NAMES = INTEREST_WORDS | {
    InterestKind.DIRECTORSHIP: "Directorship",
    InterestKind.AUTHORITY: "Local authority",
}
"""In a list, where the organisation stands beside it."""
COMPANY_NUMBER = re.compile(r"[0-9]{8}|[A-Z]{2}[0-9]{6}")
TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "lord", "lady"}
    | {"rev", "revd", "reverend", "cllr", "councillor"}
)
LEGAL_FORMS = {"limited": "ltd", "and": "", "the": ""}
LOOK_BACK_MONTHS = 12
"""An interest that ended is looked back on for as long as its holder's interests must stay published."""


def person_key(name: str) -> str:
    """A person's name to compare: without case, accents, punctuation and titles."""
    words = _words(name)
    return " ".join([word for word in words if word not in TITLES] or words)


def body_key(name: str) -> str:
    """An organisation's name to compare: "The Quay & Sons Limited" is "Quay and Sons Ltd."."""
    words = _words(name)
    short = [LEGAL_FORMS.get(word, word) for word in words]
    return " ".join([word for word in short if word] or words)


def company_number(given: str) -> str | None:
    """A Companies House number with the leading zeros that spreadsheets lose; None when it is none."""
    compact = given.replace(" ", "").upper()
    padded = compact.zfill(8) if compact.isascii() and compact.isdigit() and int(compact) else compact
    return padded if COMPANY_NUMBER.fullmatch(padded) else None


def looked_back_from(on: date) -> date:
    """The day since which an interest that ended still counts: a year before."""
    last = 28 if (on.month, on.day) == (2, 29) else on.day
    return on.replace(year=on.year - LOOK_BACK_MONTHS // 12, day=last)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^\w\s]", " ", bare.replace("'", "").replace("’", "")).split()
