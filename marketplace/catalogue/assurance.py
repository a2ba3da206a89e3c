"""Who delivers a service, what was checked, what is insured, and what the seller says it did. Pure.

Facts and dates only: never a person's name, a certificate or its number. Which checks may be named follows
from where the people work, since an enhanced check may not be asked for a post that is not eligible for it.
"""

from __future__ import annotations

import enum
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

CERTIFICATE = re.compile(r"(?<!\d)\d(?:[ -]?\d){11}(?!\d)")
"""Twelve digits: the number of a DBS certificate."""


class Setting(enum.Enum):
    """Where people work, and whether pupils are near."""

    TEACHING = "teaching"
    REGULATED = "regulated"
    SUPERVISED = "supervised"
    REMOTE = "remote"


SETTING_WORDS = {
    Setting.TEACHING: "Teaching pupils in the buyer's schools",
    Setting.REGULATED: "With pupils in the buyer's schools, unsupervised or often",
    Setting.SUPERVISED: "Visiting schools, supervised whenever pupils are near",
    Setting.REMOTE: "Remotely, or where no pupils are",
}


class Check(enum.Enum):
    """What an employer checks about a person."""

    IDENTITY = "identity"
    RIGHT_TO_WORK = "right-to-work"
    QUALIFICATIONS = "qualifications"
    OVERSEAS = "overseas"
    ENHANCED = "enhanced"
    BARRED_LIST = "barred-list"
    PROHIBITION = "prohibition"
    SECTION_128 = "section-128"


CHECK_WORDS = {
    Check.IDENTITY: "Identity",
    Check.RIGHT_TO_WORK: "Right to work in the UK",
    Check.QUALIFICATIONS: "Qualifications that the post needs",
    Check.OVERSEAS: "Further checks after time abroad",
    Check.ENHANCED: "Enhanced DBS check",
    Check.BARRED_LIST: "Enhanced DBS check with the children's barred list",
    Check.PROHIBITION: "Prohibition from teaching",
    Check.SECTION_128: "Section 128 direction, for those who manage",
}
ELIGIBLE: Mapping[Setting, tuple[Check, ...]] = {
    Setting.TEACHING: (
        Check.IDENTITY,
        Check.BARRED_LIST,
        Check.PROHIBITION,
        Check.QUALIFICATIONS,
        Check.RIGHT_TO_WORK,
        Check.OVERSEAS,
        Check.SECTION_128,
    ),
    Setting.REGULATED: (
        Check.IDENTITY,
        Check.BARRED_LIST,
        Check.QUALIFICATIONS,
        Check.RIGHT_TO_WORK,
        Check.OVERSEAS,
        Check.SECTION_128,
    ),
    Setting.SUPERVISED: (
        Check.IDENTITY,
        Check.ENHANCED,
        Check.QUALIFICATIONS,
        Check.RIGHT_TO_WORK,
        Check.OVERSEAS,
    ),
    Setting.REMOTE: (Check.IDENTITY, Check.QUALIFICATIONS, Check.RIGHT_TO_WORK),
}
"""Which checks may be named of people in a setting."""


class Insurance(enum.Enum):
    """What a seller is insured for."""

    RISK_PROTECTION = "risk-protection"
    PUBLIC_LIABILITY = "public-liability"
    EMPLOYERS_LIABILITY = "employers-liability"
    PROFESSIONAL_INDEMNITY = "professional-indemnity"
    CYBER = "cyber"


INSURANCE_WORDS = {
    Insurance.RISK_PROTECTION: "Risk protection arrangement of the Department for Education",
    Insurance.PUBLIC_LIABILITY: "Public liability",
    Insurance.EMPLOYERS_LIABILITY: "Employers' liability",
    Insurance.PROFESSIONAL_INDEMNITY: "Professional indemnity",
    Insurance.CYBER: "Cyber",
}


class Pillar(enum.Enum):
    """The five trust quality descriptions of the Department for Education (2023)."""

    EDUCATION = "education"
    IMPROVEMENT = "improvement"
    WORKFORCE = "workforce"
    FINANCE = "finance"
    GOVERNANCE = "governance"


PILLAR_WORDS = {
    Pillar.EDUCATION: "High-quality and inclusive education",
    Pillar.IMPROVEMENT: "School improvement",
    Pillar.WORKFORCE: "Workforce",
    Pillar.FINANCE: "Finance and operations",
    Pillar.GOVERNANCE: "Governance and leadership",
}


@dataclass(frozen=True)
class Made:
    """A check that was made of everybody in a post, the earliest of them on this day."""

    check: Check
    made_on: date


@dataclass(frozen=True)
class Post:
    """So many people in a post, where they work, and what was checked."""

    post: str
    number: int
    setting: Setting
    checks: tuple[Made, ...] = ()
    post_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Cover:
    """What is insured, up to which sum (None: without a limit), and until when."""

    insurance: Insurance
    cover_pence: int | None
    ends_on: date
    cover_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Effect:
    """What the seller says that it changed: a measure before and after, when, and how one knows."""

    measure: str
    before: str
    after: str
    starts_on: date
    ends_on: date
    source: str
    pillar: Pillar
    effect_id: uuid.UUID = field(default_factory=uuid.uuid4)


def holds_certificate_number(text: str) -> bool:
    """Whether a text has what looks like the number of a DBS certificate."""
    return CERTIFICATE.search(text) is not None


def not_eligible(setting: Setting, checks: Iterable[Check]) -> list[Check]:
    """The checks that may not be asked of people in this setting."""
    return [check for check in checks if check not in ELIGIBLE[setting]]


def stored(values: Iterable[Post | Cover | Effect]) -> list[dict[str, Any]]:
    """As a JSON column keeps them."""
    return [_stored(vars(value)) for value in values]


def _stored(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _stored(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_stored(vars(part)) for part in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value if value is None or isinstance(value, int | str) else str(value)


def posts(kept: Sequence[Mapping[str, Any]]) -> tuple[Post, ...]:
    """The posts that a JSON column keeps."""
    return tuple(
        Post(
            post=one["post"],
            number=one["number"],
            setting=Setting(one["setting"]),
            checks=tuple(
                Made(Check(made["check"]), date.fromisoformat(made["made_on"])) for made in one["checks"]
            ),
            post_id=uuid.UUID(one["post_id"]),
        )
        for one in kept
    )


def covers(kept: Sequence[Mapping[str, Any]]) -> tuple[Cover, ...]:
    """The insurances that a JSON column keeps."""
    return tuple(
        Cover(
            insurance=Insurance(one["insurance"]),
            cover_pence=one["cover_pence"],
            ends_on=date.fromisoformat(one["ends_on"]),
            cover_id=uuid.UUID(one["cover_id"]),
        )
        for one in kept
    )


def effects(kept: Sequence[Mapping[str, Any]]) -> tuple[Effect, ...]:
    """The statements of effect that a JSON column keeps."""
    return tuple(
        Effect(
            measure=one["measure"],
            before=one["before"],
            after=one["after"],
            starts_on=date.fromisoformat(one["starts_on"]),
            ends_on=date.fromisoformat(one["ends_on"]),
            source=one["source"],
            pillar=Pillar(one["pillar"]),
            effect_id=uuid.UUID(one["effect_id"]),
        )
        for one in kept
    )
