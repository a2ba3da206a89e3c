"""Kinds of organisation, their roles and links. Pure."""

from __future__ import annotations

import enum


class OrganisationKind(enum.Enum):
    """Everybody who acts, or whom the schools register names, is an organisation of one kind."""

    MULTI_ACADEMY_TRUST = "multi-academy-trust"
    SINGLE_ACADEMY_TRUST = "single-academy-trust"
    AUTHORITY_TRUST = "authority-trust"
    FEDERATION = "federation"
    SCHOOL = "school"
    LOCAL_AUTHORITY = "local-authority"
    SUPPLIER = "supplier"
    SPONSOR = "sponsor"
    UMBRELLA_TRUST = "umbrella-trust"


KIND_WORDS = {
    OrganisationKind.MULTI_ACADEMY_TRUST: "Multi-academy trust",
    OrganisationKind.SINGLE_ACADEMY_TRUST: "Single-academy trust",
    OrganisationKind.AUTHORITY_TRUST: "Trust set up by a local authority",
    OrganisationKind.FEDERATION: "Federation",
    OrganisationKind.SCHOOL: "School",
    OrganisationKind.LOCAL_AUTHORITY: "Local authority",
    OrganisationKind.SUPPLIER: "Supplier",
    OrganisationKind.SPONSOR: "School sponsor",
    OrganisationKind.UMBRELLA_TRUST: "Umbrella trust",
}

TRUSTS = frozenset(
    {
        OrganisationKind.MULTI_ACADEMY_TRUST,
        OrganisationKind.SINGLE_ACADEMY_TRUST,
        OrganisationKind.AUTHORITY_TRUST,
        OrganisationKind.FEDERATION,
    }
)
BUYERS = TRUSTS | {OrganisationKind.SCHOOL}
"""Who buys: schools of an authority buy for themselves; sponsors and umbrella trusts are only linked to."""

LINKED_TO = frozenset({OrganisationKind.SPONSOR, OrganisationKind.UMBRELLA_TRUST})
"""Stored as the register has them, but nobody acts for them."""


class OrganisationState(enum.Enum):
    """As the register has it."""

    OPEN = "open"
    CLOSED = "closed"


class Standing(enum.Enum):
    """What the operator knows of an organisation: nobody acts for one that is suspended or has left."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    SUSPENDED = "suspended"
    LEFT = "left"


STANDING_WORDS = {
    Standing.UNVERIFIED: "Not verified",
    Standing.VERIFIED: "Verified",
    Standing.SUSPENDED: "Suspended",
    Standing.LEFT: "Left",
}


class LinkKind(enum.Enum):
    """What a school is to a group: a member of its trust, or sponsored by it, or under its umbrella."""

    MEMBER = "member"
    SPONSORED = "sponsored"
    UMBRELLA = "umbrella"


LINK_WORDS = {
    LinkKind.MEMBER: "Member",
    LinkKind.SPONSORED: "Sponsored",
    LinkKind.UMBRELLA: "Under its umbrella",
}


class RegisterFile(enum.Enum):
    """A file of the schools register, and what it describes."""

    AUTHORITIES = "authorities"
    GROUPS = "groups"
    SCHOOLS = "schools"
    LINKS = "links"
    PUPILS = "pupils"
    SUCCESSIONS = "successions"


RANKS = {
    RegisterFile.AUTHORITIES: 3,
    RegisterFile.GROUPS: 3,
    RegisterFile.SCHOOLS: 3,
    RegisterFile.LINKS: 2,
    RegisterFile.PUPILS: 1,
    RegisterFile.SUCCESSIONS: 0,
}
"""Where two files contradict each other, the one that is about the organisation itself counts."""


class Role(enum.Enum):
    """What a person does for an organisation; a person may have several."""

    ADMINISTRATOR = "administrator"
    BUYER = "buyer"
    APPROVER = "approver"
    FINANCE = "finance"
    SELLER = "seller"


ROLE_WORDS = {
    Role.ADMINISTRATOR: "administrator",
    Role.BUYER: "buyer",
    Role.APPROVER: "approver",
    Role.FINANCE: "finance",
    Role.SELLER: "seller",
}

ROLE_HINTS = {
    Role.ADMINISTRATOR: "Invites people, changes roles and the trust’s settings",
    Role.BUYER: "Orders services and joins rounds",
    Role.APPROVER: "Approves what others ask for",
    Role.FINANCE: "Pays, collects and sees the books",
    Role.SELLER: "Offers services and delivers them",
}
SELLERS_ROLES = frozenset({Role.ADMINISTRATOR, Role.FINANCE, Role.SELLER})


def roles_of(kind: OrganisationKind) -> frozenset[Role]:
    """The roles that people can have there: a supplier buys nothing, so it has none for buying."""
    return SELLERS_ROLES if kind is OrganisationKind.SUPPLIER else frozenset(Role)
