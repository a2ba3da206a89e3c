"""Who is in the demonstration town, and what each has to spare."""

from __future__ import annotations

from dataclasses import dataclass

from demo_places import NEAR
from marketplace.catalogue.kinds import Basis, Cadence, CapacityUnit, Category, Delivery, VatTreatment
from marketplace.catalogue.plans import Price
from marketplace.trusts.kinds import OrganisationKind

LARKFIELD_UID = "99104"
"""Under which one trust stands in the register."""
NETWORK = "Network and device support"
HR = "HR casework"
PSYCHOLOGY = "Educational psychology, by the day"
PAYROLL = "Payroll bureau for small trusts"
SURVEYOR = "Estates manager, by the day"
SUPERVISION = "SENDCo supervision and case advice"
TEMPLATES = "Condition and capital planning templates"
MEMBERS_ONLY = "Relief catering cover"
COACHING = "Places on our new teachers' programme"
MAT = OrganisationKind.MULTI_ACADEMY_TRUST


@dataclass(frozen=True)
class Place:
    """An organisation of the town: its approval limit in pence, and its VAT number if any."""

    name: str
    kind: OrganisationKind
    town: str
    postcode: str
    limit_pence: int
    vat_number: str | None = None
    group_uid: str | None = None


TOWN = (
    Place("Harbour Light Trust", MAT, "Plymstock", "PL9 9AA", 500_000, "GB100000089"),
    Place("Copper Beech Schools", MAT, "Tavistock", "PL19 0AA", 300_000),
    Place("Millstone Valley Trust", MAT, "Okehampton", "EX20 1AA", 1_000_000, "GB100000187"),
    Place(
        "Larkfield Primary Partnership",
        MAT,
        "Newton Abbot",
        "TQ12 2AA",
        250_000,
        "GB100000285",
        LARKFIELD_UID,
    ),
    Place("Two Bridges Special Schools", MAT, "Truro", "TR1 2AA", 200_000),
    Place("Old Mill Academy", OrganisationKind.SINGLE_ACADEMY_TRUST, "Liskeard", "PL14 3AA", 400_000),
    Place("Ridgeway Paper and Print", OrganisationKind.SUPPLIER, "Exeter", "EX1 1AA", 0, "GB100000383"),
    Place("Tamarside Schools Trust", OrganisationKind.AUTHORITY_TRUST, "Saltash", "PL12 2AA", 200_000),
    Place("Aire Vale Learning Trust", MAT, "Leeds", "LS1 9AB", 300_000),
    Place("Wensum Schools Partnership", MAT, "Norwich", "NR1 9AB", 300_000),
    Place("Rea Brook Academies", MAT, "Birmingham", "B1 9AB", 300_000),
    Place("Effra Primary Trust", MAT, "Brixton", "SW2 9AB", 300_000),
    Place("Wear Valley Trust", MAT, "Durham", "DH1 9AB", 300_000),
)
MEMBERS = (
    ("Harbour Light Trust", "Amara Okafor", "Chief operating officer", "administrator seller buyer"),
    ("Harbour Light Trust", "Gareth Pugh", "Finance manager", "finance approver"),
    ("Copper Beech Schools", "Priya Nair", "School business manager", "buyer seller"),
    ("Copper Beech Schools", "Helen Marsh", "Chief financial officer", "administrator approver finance"),
    ("Copper Beech Schools", "Rosa Penhaligon", "Head of operations", "administrator"),
    ("Millstone Valley Trust", "Tom Whitlock", "Procurement lead", "administrator buyer seller"),
    ("Millstone Valley Trust", "Sana Iqbal", "Chief financial officer", "approver finance"),
    ("Larkfield Primary Partnership", "Joan Baptiste", "Head of estates", "administrator seller buyer"),
    ("Larkfield Primary Partnership", "Dev Acharya", "Chief financial officer", "finance approver"),
    ("Larkfield Primary Partnership", "Liz Tremayne", "Headteacher and councillor", "approver"),
    ("Larkfield Primary Partnership", "Grace Odell", "Chair of the finance committee", "approver"),
    ("Larkfield Primary Partnership", "Philip Cole", "Chair of trustees", "approver"),
    ("Two Bridges Special Schools", "Ewa Kowalska", "Director of inclusion", "administrator seller buyer"),
    ("Two Bridges Special Schools", "Martin Sharpe", "Business manager of two trusts", "finance approver"),
    ("Old Mill Academy", "Chris Yeo", "Business manager", "administrator buyer seller"),
    ("Old Mill Academy", "Bea Lund", "Headteacher", "approver finance"),
    ("Ridgeway Paper and Print", "Owen Hart", "Account manager", "administrator seller finance"),
    ("Tamarside Schools Trust", "Yusuf Demir", "Chief executive", "administrator seller buyer finance"),
    ("Aire Vale Learning Trust", "Farah Malik", "Chief operating officer", "administrator seller finance"),
    ("Wensum Schools Partnership", "Will Larter", "Head of estates", "administrator seller finance"),
    ("Rea Brook Academies", "Simone Grant", "Director of education", "administrator seller finance"),
    ("Effra Primary Trust", "Kwame Mensah", "Head of technology", "administrator seller finance"),
    ("Wear Valley Trust", "Ellen Robson", "Business director", "administrator seller finance"),
)
"""Where somebody works, their name, what they do there, and their roles in Sharewell."""


@dataclass(frozen=True)
class Service:
    """A listing: its seller's person, words, unit, price in pence, units in each month.

    It reaches all of England, so many miles from the seller, or some local authorities.
    """

    seller: str
    category: Category
    title: str
    summary: str
    unit: CapacityUnit
    cadence: Cadence
    price_pence: int
    units: int
    delivery: Delivery = Delivery.BOTH
    vat: VatTreatment = VatTreatment.STANDARD
    reach: int | tuple[str, ...] | None = None


# fmt: off
SERVICES = (
    Service("Amara Okafor", Category.FINANCE, PAYROLL,
            "Monthly payroll, pensions returns and year end for teaching and support staff, by three people.",
            CapacityUnit.SCHOOL, Cadence.MONTHLY, 18_500, 12, Delivery.REMOTE),
    Service("Amara Okafor", Category.GOVERNANCE, "Data protection officer",
            "A named officer, yearly audit, and help within a working day when something goes wrong.",
            CapacityUnit.SCHOOL, Cadence.ANNUAL, 95_000, 20, Delivery.REMOTE),
    Service("Amara Okafor", Category.CONTRACT_MANAGEMENT, MEMBERS_ONLY,
            "A cook for a day when yours is away, from the kitchens that our partnership shares.",
            CapacityUnit.DAY, Cadence.MONTHLY, 14_500, 6, Delivery.ON_SITE, reach=NEAR),
    Service("Joan Baptiste", Category.ESTATES, SURVEYOR,
            "A chartered surveyor who plans condition surveys and capital bids, as for us these two years.",
            CapacityUnit.DAY, Cadence.MONTHLY, 32_000, 8, Delivery.ON_SITE, reach=40),
    Service("Joan Baptiste", Category.ESTATES, "Condition data for a capital plan",
            "We survey each block, rate every element and hand over a five-year plan for governors.",
            CapacityUnit.SCHOOL, Cadence.ONCE, 145_000, 4, Delivery.ON_SITE, reach=60),
    Service("Joan Baptiste", Category.CONTRACT_MANAGEMENT, "Contract register and renewals",
            "We read your contracts, list end and notice dates, and tell you what to renegotiate and when.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 4_800, 40, Delivery.REMOTE),
    Service("Ewa Kowalska", Category.SEND, SUPERVISION,
            "Fortnightly supervision for SENDCos, and a second opinion by special-school leaders.",
            CapacityUnit.PLACE, Cadence.TERMLY, 39_000, 10),
    Service("Ewa Kowalska", Category.EXCLUSIONS, "After an exclusion: support for heads and governors",
            "Two sessions with a psychologist and a former head, on the toll that an exclusion takes.",
            CapacityUnit.PLACE, Cadence.ONCE, 28_000, 6, reach=NEAR),
    Service("Tom Whitlock", Category.IT, NETWORK,
            "A helpdesk and a technician on site; includes filtering, backups and the yearly device plan.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 3_600, 60, reach=50),
    Service("Tom Whitlock", Category.PROCUREMENT, "Procurement help desk",
            "Quotes, specifications and evaluation for purchases too small for a framework.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 4_200, 20, Delivery.REMOTE),
    Service("Priya Nair", Category.HR, HR,
            "An adviser for absence, capability and grievance cases, with letters and meeting notes.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 5_200, 24, vat=VatTreatment.OUTSIDE, reach=NEAR),
    Service("Priya Nair", Category.ATTENDANCE, "Attendance clinic",
            "Our attendance lead reviews your data each half term and meets families with you.",
            CapacityUnit.DAY, Cadence.TERMLY, 26_000, 6, Delivery.ON_SITE, VatTreatment.OUTSIDE, 30),
    Service("Chris Yeo", Category.PROFESSIONAL_DEVELOPMENT, COACHING,
            "Six twilight sessions and coaching for teachers in their first two years.",
            CapacityUnit.PLACE, Cadence.ONCE, 21_000, 16, Delivery.ON_SITE, VatTreatment.OUTSIDE, NEAR),
    Service("Yusuf Demir", Category.SEND, PSYCHOLOGY,
            "Assessments, advice for plans, and training for staff, by a psychologist of our own team.",
            CapacityUnit.DAY, Cadence.MONTHLY, 45_000, 8, Delivery.ON_SITE, VatTreatment.OUTSIDE, NEAR),
    Service("Farah Malik", Category.FINANCE, "Payroll and pensions service",
            "Payroll for up to ten schools at once, with a named person and a check before each pay day.",
            CapacityUnit.SCHOOL, Cadence.MONTHLY, 16_900, 10, Delivery.REMOTE),
    Service("Farah Malik", Category.CONTRACT_MANAGEMENT, "Catering contract manager",
            "We write the specification, visit the kitchens each half term and hold the caterer to account.",
            CapacityUnit.DAY, Cadence.MONTHLY, 29_500, 6, Delivery.ON_SITE,
            reach=("380", "381", "382", "383", "384")),
    Service("Will Larter", Category.ESTATES, "Estates manager for rural schools",
            "A manager who knows small and old buildings: compliance, contractors, and a plan for each site.",
            CapacityUnit.DAY, Cadence.MONTHLY, 28_500, 10, Delivery.ON_SITE, reach=("926", "935")),
    Service("Simone Grant", Category.SCHOOL_IMPROVEMENT, "Headteacher wellbeing and coaching",
            "A coach who was a head for twelve years, six meetings a term, and somebody to ring in between.",
            CapacityUnit.PLACE, Cadence.TERMLY, 42_000, 12, Delivery.BOTH, reach=75),
    Service("Kwame Mensah", Category.IT, "Technician for primary schools",
            "A technician in school one day a week, and a helpdesk for the others.",
            CapacityUnit.DAY, Cadence.MONTHLY, 24_500, 8, Delivery.ON_SITE, reach=15),
    Service("Ellen Robson", Category.HR, "Recruitment desk",
            "Adverts, shortlisting, references and checks, from the vacancy to the first day.",
            CapacityUnit.HOUR, Cadence.MONTHLY, 4_600, 50, Delivery.REMOTE),
    Service("Ellen Robson", Category.SAFEGUARDING, "Safeguarding audit",
            "Two days in school by a lead of ours, and a report that governors can read.",
            CapacityUnit.SCHOOL, Cadence.ONCE, 98_000, 3, Delivery.ON_SITE, reach=60),
)
# fmt: on
MORE_PRICES = {
    "Data protection officer": Price(
        Cadence.ANNUAL,
        110,
        VatTreatment.STANDARD,
        Basis.PUPIL,
        fixed_pence=30_000,
        phase_prices={"secondary": 95},
        notice_days=60,
    ),
    "Procurement help desk": Price(
        Cadence.TERMLY, 30_000, VatTreatment.STANDARD, Basis.BUNDLE, bundle_units=8, carried_over=2
    ),
}
"""A second way to be charged, by the title of the service."""
