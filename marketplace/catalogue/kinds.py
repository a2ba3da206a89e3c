"""The words of a listing. Pure."""

from __future__ import annotations

import enum


class Category(enum.Enum):
    """What a listing helps with: core duties first, then what is extra (product.md section 3)."""

    OVERSIGHT = "oversight"
    FINANCE = "finance"
    HR = "hr"
    GOVERNANCE = "governance"
    IT = "it"
    ESTATES = "estates"
    CONTRACT_MANAGEMENT = "contract-management"
    PROCUREMENT = "procurement"
    CURRICULUM = "curriculum"
    PROFESSIONAL_DEVELOPMENT = "professional-development"
    SEND = "send"
    EXCLUSIONS = "exclusions"
    ATTENDANCE = "attendance"
    SAFEGUARDING = "safeguarding"
    SCHOOL_IMPROVEMENT = "school-improvement"


CATEGORY_WORDS = {
    Category.OVERSIGHT: "Educational oversight",
    Category.FINANCE: "Finance and payroll",
    Category.HR: "Human resources",
    Category.GOVERNANCE: "Governance",
    Category.IT: "IT",
    Category.ESTATES: "Estates and capital",
    Category.CONTRACT_MANAGEMENT: "Contract management",
    Category.PROCUREMENT: "Procurement",
    Category.CURRICULUM: "Curriculum",
    Category.PROFESSIONAL_DEVELOPMENT: "Professional development",
    Category.SEND: "SEND and inclusion",
    Category.EXCLUSIONS: "Exclusions support",
    Category.ATTENDANCE: "Attendance",
    Category.SAFEGUARDING: "Safeguarding",
    Category.SCHOOL_IMPROVEMENT: "School improvement",
}


class CapacityUnit(enum.Enum):
    """What is counted, sold and delivered."""

    HOUR = "hour"
    DAY = "day"
    PLACE = "place"
    SCHOOL = "school"
    PUPIL = "pupil"
    LICENCE = "licence"


UNIT_WORDS = {
    CapacityUnit.HOUR: ("hour", "hours"),
    CapacityUnit.DAY: ("day", "days"),
    CapacityUnit.PLACE: ("place", "places"),
    CapacityUnit.SCHOOL: ("school", "schools"),
    CapacityUnit.PUPIL: ("pupil", "pupils"),
    CapacityUnit.LICENCE: ("licence", "licences"),
}
"""One of it, and several."""


def counted(number: int, unit: CapacityUnit) -> str:
    """1 day, 1,200 days."""
    one, several = UNIT_WORDS[unit]
    return f"{number:,} {one if number == 1 else several}"


def each(unit: CapacityUnit) -> str:
    """A day, an hour: what follows the price of one."""
    one = UNIT_WORDS[unit][0]
    return f"an {one}" if unit is CapacityUnit.HOUR else f"a {one}"


class Cadence(enum.Enum):
    """How often a plan is charged."""

    MONTHLY = "monthly"
    TERMLY = "termly"
    ANNUAL = "annual"
    ONCE = "once"


CHARGED_WORDS = {
    Cadence.MONTHLY: "charged each month",
    Cadence.TERMLY: "charged each term",
    Cadence.ANNUAL: "charged each year",
    Cadence.ONCE: "charged once",
}
PERIOD_WORDS = {
    Cadence.MONTHLY: ("month", "months"),
    Cadence.TERMLY: ("term", "terms"),
    Cadence.ANNUAL: ("year", "years"),
    Cadence.ONCE: ("month", "months"),
}
"""What is counted when an order says for how long; what is charged once covers all its months."""


class Basis(enum.Enum):
    """What the price of a plan is for."""

    UNIT = "unit"
    FLAT = "flat"
    SCHOOL = "school"
    PUPIL = "pupil"
    BUNDLE = "bundle"


BASIS_WORDS = {
    Basis.UNIT: "Each unit",
    Basis.FLAT: "The whole service, at one price",
    Basis.SCHOOL: "Each school",
    Basis.PUPIL: "Each pupil",
    Basis.BUNDLE: "A bundle of units",
}


def length_words(periods: int, cadence: Cadence) -> str:
    """1 term, 12 months: how long an order lasts."""
    one, several = PERIOD_WORDS[cadence]
    return f"{periods:,} {one if periods == 1 else several}"


class Delivery(enum.Enum):
    """Where the work is done."""

    REMOTE = "remote"
    ON_SITE = "on-site"
    BOTH = "both"


DELIVERY_WORDS = {
    Delivery.REMOTE: "Remotely",
    Delivery.ON_SITE: "At the buyer's schools",
    Delivery.BOTH: "Remotely and at the buyer's schools",
}


class VatTreatment(enum.Enum):
    """How the seller treats its supply; the seller decides and states it (billing.md section 5)."""

    STANDARD = "standard"
    ZERO = "zero"
    EXEMPT = "exempt"
    OUTSIDE = "outside"


VAT_WORDS = {
    VatTreatment.STANDARD: "Standard rate, 20%",
    VatTreatment.ZERO: "Zero rate",
    VatTreatment.EXEMPT: "Exempt",
    VatTreatment.OUTSIDE: "Outside the scope of VAT",
}
VAT_RATES_BP = {
    VatTreatment.STANDARD: 2_000,
    VatTreatment.ZERO: 0,
    VatTreatment.EXEMPT: 0,
    VatTreatment.OUTSIDE: 0,
}


class ListingKind(enum.Enum):
    """People's time and places, or knowledge that is handed over (product.md section 3)."""

    SERVICE = "service"
    TEMPLATES = "templates"
    DATA = "data"
    TRAINING_MATERIAL = "training-material"


LISTING_KIND_WORDS = {
    ListingKind.SERVICE: "A service: people's time, or places",
    ListingKind.TEMPLATES: "Templates and model documents",
    ListingKind.DATA: "Data, such as condition surveys",
    ListingKind.TRAINING_MATERIAL: "Training material",
}


class Phase(enum.Enum):
    """Which pupils a school has, as the schools register groups them."""

    NURSERY = "nursery"
    PRIMARY = "primary"
    SECONDARY = "secondary"
    SIXTEEN_PLUS = "sixteen-plus"
    SPECIAL = "special"


PHASE_WORDS = {
    Phase.NURSERY: "Nursery",
    Phase.PRIMARY: "Primary",
    Phase.SECONDARY: "Secondary",
    Phase.SIXTEEN_PLUS: "16 plus",
    Phase.SPECIAL: "Special and alternative provision",
}


class Reach(enum.Enum):
    """Where the buyers of a listing can be."""

    ENGLAND = "england"
    AUTHORITIES = "authorities"
    DISTANCE = "distance"


REACH_WORDS = {
    Reach.ENGLAND: "All of England",
    Reach.AUTHORITIES: "Some local authorities",
    Reach.DISTANCE: "Within a distance of our schools",
}


class ListingState(enum.Enum):
    """draft -> (in review ->) published <-> paused -> withdrawn."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    PUBLISHED = "published"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


STATE_WORDS = {
    ListingState.DRAFT: "Draft",
    ListingState.IN_REVIEW: "In review",
    ListingState.PUBLISHED: "Published",
    ListingState.PAUSED: "Paused",
    ListingState.WITHDRAWN: "Withdrawn",
}
