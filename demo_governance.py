"""What the demonstration town tells of people, permission and rules.

Who runs this Sharewell and who comes in, who may approve what and from which budget, who is related to whom,
and who works together. Everything is made by the services that pages call; `demo.DIARY` says on which day.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from demo_places import OF_TOWNS, schools_elsewhere
from demo_trusts import HR, LARKFIELD_UID, NETWORK, PSYCHOLOGY
from marketplace.catalogue import pricing
from marketplace.delegation.budgeting import open_cost_centre, set_budget
from marketplace.delegation.rules import Row, Scheme
from marketplace.delegation.schemes import confirm_scheme, set_scheme
from marketplace.delegation.standing_in import name_stand_in
from marketplace.delegation.undertaking import Said
from marketplace.interests import services as interests
from marketplace.interests import uploading
from marketplace.interests.kinds import InterestKind, Post
from marketplace.interests.services import InterestFacts, PersonFacts
from marketplace.kernel import clock
from marketplace.kernel.outbox import OutboxJob
from marketplace.membership import claiming, inviting, staffing
from marketplace.ordering import services as ordering
from marketplace.partnerships import services as partnerships
from marketplace.partnerships.services import Purpose
from marketplace.people import operating
from marketplace.people import services as people
from marketplace.people.models import Person
from marketplace.trusts import describing, importing
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from marketplace.trusts.partnership_models import Partnership, Theme

if TYPE_CHECKING:
    from demo import Town

COUNCIL = "Tamar County Council"
UNCLAIMED = "Kestrel Edge Learning Trust"
ACADEMY = {"TypeOfEstablishment (name)": "Academy converter", "PhaseOfEducation (name)": "Primary"}
TRUST = {**ACADEMY, "Group Type": "Multi-academy trust", "Group Status": "Open", "Companies House Number": ""}
SCHOOLS = (
    ("990101", "Decoy Lane Primary Academy", "Newton Abbot", 418, "01-09-2019"),
    ("990102", "Stover Heath Infant Academy", "Newton Abbot", 176, "01-09-2019"),
    ("990103", "Bovey Mill Primary Academy", "Bovey Tracey", 203, "01-04-2023"),
    ("990105", "Kestrel Edge Primary Academy", "Launceston", 374, "01-09-2021"),
)
"""Numbers that the schools register has not given: URN, name, town, pupils, open since."""
BEFORE = ("990104", "Bovey Mill Primary School", "Bovey Tracey", 211, "01-09-1974", "31-03-2023")
"""The school that one of them was before it became an academy."""
TRUSTS = {LARKFIELD_UID: ("Larkfield Primary Partnership", SCHOOLS[:3]), "99107": (UNCLAIMED, SCHOOLS[3:])}
GROWN = "Two classes came over when the infant school in the next village closed"
SECONDS = {
    "Amara Okafor": "Gareth Pugh",
    "Tom Whitlock": "Sana Iqbal",
    "Joan Baptiste": "Dev Acharya",
    "Ewa Kowalska": "Martin Sharpe",
    "Chris Yeo": "Bea Lund",
}
"""Who made whom the second administrator of their trust."""

QUAY = (InterestKind.DIRECTORSHIP, "Quay Street Books Ltd", "01234567")
KIT_HILL = (InterestKind.DIRECTORSHIP, "Kit Hill Data Services Ltd", "07654321")
DEVON = (InterestKind.AUTHORITY, "Devon County Council", None)
WEMBURY = (InterestKind.GOVERNORSHIP, "Wembury Village School", None)
DECLARED = (
    ("Helen Marsh", "Jane Trewin", Post.TRUSTEE, 30, (QUAY,)),
    ("Helen Marsh", "Alan Rowse", Post.TRUSTEE, 22, (KIT_HILL,)),
    ("Helen Marsh", "Tom Pascoe", Post.GOVERNOR, 14, (DEVON,)),
    ("Helen Marsh", "Ruth Adeyemi", Post.MEMBER, 50, ()),
    ("Amara Okafor", "Kate Vosper", Post.TRUSTEE, 26, (QUAY,)),
    ("Amara Okafor", "Ian Bolitho", Post.ACCOUNTING_OFFICER, 40, (WEMBURY,)),
    ("Tom Whitlock", "Peter Hallett", Post.GOVERNOR, 19, (KIT_HILL,)),
    ("Tom Whitlock", "Anne Sefton", Post.TRUSTEE, 33, ()),
)
"""Who keeps the register, whose name stands in it, their post, since how many months, and their interests."""
UPLOADED = (
    "Name,Post,Interest,Organisation,Company number,From\n"
    "Ruth Adeyemi,Member,Trusteeship,Tamar Valley Almshouses,,1/4/2019\n"
    "Tom Pascoe,Local governor,Shareholding,Pascoe Roofing Ltd,76543,31/6/2021\n"
)
"""A file of interests; the date in its last row is none."""

COST_CENTRES = (
    ("EST", "Estates", 4_000_000),
    ("ICT", "Technology", 2_400_000),
    ("INC", "Inclusion", 2_500_000),
    ("OFF", "Office", 400_000),
)
"""Of one trust: code, name and budget for this financial year and for the next, in pence."""
COMMITTEE = ("Grace Odell", "Philip Cole")
"""Trustees: together the finance committee, and the two of the board who approve."""
QUOTES = (
    "Millstone Valley £41,400, a firm in Exeter £47,300, a firm in Plymouth £44,100. The cheapest, "
    "and the only one that comes on site every week."
)


def come_in(town: Town) -> None:
    """Who runs this Sharewell, and somebody who belongs to no trust yet."""
    for email, name, part in (
        ("robin.field@sharewell.example", "Robin Field", "Runs this Sharewell"),
        ("nadia.haddad@kestreledge.example", "Nadia Haddad", "Newcomer, wants to act for Kestrel Edge"),
    ):
        people.add_person(town.session, email, name, None, part)
    operating.set_operator(town.session, "robin.field@sharewell.example", True)


def read_register(town: Town) -> None:
    """The council, the schools of one trust with a predecessor, and a trust for which nobody acts yet."""
    council = {"Local Authority GIAS ID": "099", "Local Authority Name": COUNCIL, "Town/City": "Saltash"}
    became = {"URN": SCHOOLS[2][0], "LinkURN": BEFORE[0], "LinkType": "Predecessor"}
    closed = {**_school(*BEFORE), "TypeOfEstablishment (name)": "Community school"}
    for name, rows in (
        ("authorities.csv", [{**council, "Postcode": "PL12 1AA"}]),
        ("schools.csv", [*(_school(*one) for one in SCHOOLS), closed, *_elsewhere()]),
        ("links.csv", list(_links())),
        ("successions.csv", [{**became, "LinkEstablishedDate": SCHOOLS[2][4]}]),
    ):
        importing.import_file(town.session, name, _table(rows), lambda done, total: None)


def _school(urn: str, name: str, place: str, pupils: int, opened: str, closed: str = "") -> dict[str, str]:
    """A row of the register's file of schools."""
    said = {"URN": urn, "EstablishmentName": name, "Town": place, "OpenDate": opened, "CloseDate": closed}
    state = "Closed" if closed else "Open"
    rest = {"EstablishmentStatus (name)": state, "NumberOfPupils": str(pupils), "UKPRN": "", "Postcode": ""}
    return {**said, **rest, **ACADEMY, **_where(place)}


def _where(place: str) -> dict[str, str]:
    spot = OF_TOWNS[place]
    at = {"Easting": str(spot.easting), "Northing": str(spot.northing)}
    return {**at, "LA (code)": spot.authority_code, "LA (name)": spot.authority}


def _elsewhere() -> Iterator[dict[str, str]]:
    """The schools of other towns, of which nobody is here yet."""
    for row in schools_elsewhere():
        yield {**_school(row["URN"], "", row["Town"], 210, "01-09-1998"), **row}


def _links() -> Iterator[dict[str, str]]:
    """The rows of the register's file of links, of each trust and its schools."""
    for uid, (trust, schools) in TRUSTS.items():
        for urn, name, _, _, opened in schools:
            said = {"URN": urn, "EstablishmentName": name, "Joined date": opened}
            yield {**said, "Group UID": uid, "Group Name": trust, **TRUST}


def _table(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def settle_in(town: Town) -> None:
    """A second administrator at each trust, one person at two trusts, and the council of one of them."""
    for administrator, second in SECONDS.items():
        actor, other = town.actors[administrator], town.actors[second]
        roles = other.roles | {Role.ADMINISTRATOR}
        staffing.set_roles(town.session, actor, other.person_id, roles)
    _share_a_bursar(town)
    council = _organisation(town, COUNCIL)
    describing.describe(town.session, town.actors["Yusuf Demir"], year_ends_in=3, authority_id=council.id)
    for name in {*SECONDS.values()}:
        town.meet(name)


def _share_a_bursar(town: Town) -> None:
    """Somebody of one trust accepts the invitation of another."""
    martin = town.actors["Martin Sharpe"]
    roles = (Role.ADMINISTRATOR, Role.FINANCE, Role.APPROVER)
    sent = inviting.invite(town.session, town.actors["Yusuf Demir"], martin.email, roles)
    letter = sa.select(OutboxJob.payload).where(OutboxJob.key.endswith(sent.secret_digest))
    link = str(town.session.scalars(letter).one()["path"])
    inviting.accept(town.session, martin.person_id, link.rpartition("/")[2])


def count_pupils(town: Town) -> None:
    """A school has grown since its figure in the register."""
    school = _organisation(town, "Bovey Mill Primary Academy")
    actor = town.actors["Joan Baptiste"]
    describing.count_pupils(town.session, actor, school.id, 231, clock.today(), GROWN)


def ask_to_come_in(town: Town) -> None:
    """A claim that waits for the operator, and an invitation that waits for its reader."""
    nadia = town.session.scalars(sa.select(Person).where(Person.name == "Nadia Haddad")).one()
    said = claiming.Part(
        identifier="99107",
        part="School business manager",
        evidence="The staff page of kestreledge.example names me, and the office rings me on 01632 960 123.",
        roles=frozenset({Role.BUYER}),
    )
    claiming.claim(town.session, nadia.id, _organisation(town, UNCLAIMED).id, said)
    invited = "jo.penrose@harbourlight.example"
    inviting.invite(town.session, town.actors["Amara Okafor"], invited, (Role.BUYER, Role.SELLER))


def keep_registers(town: Town) -> None:
    """Trusts whose boards meet in companies, and what somebody declared themselves."""
    for keeper, name, post, months, held in DECLARED:
        actor = town.actors[keeper]
        since = pricing.add_months(clock.today(), -months)
        person = interests.add_person(town.session, actor, PersonFacts(name, post, starts_on=since))
        for kind, body, number in held:
            facts = InterestFacts(kind, body, number, starts_on=since)
            interests.add_interest(town.session, actor, person.id, facts)
    interests.set_published(town.session, town.actors["Amara Okafor"], True)
    own = InterestFacts(InterestKind.FAMILY, "Moorland Minibuses Ltd", nature="My brother drives for them")
    interests.declare_interest(town.session, town.actors["Priya Nair"], Post.SENIOR_STAFF, own)


def declare_a_seat(town: Town) -> None:
    """An approver is a councillor, which bars her from what the council's trust supplies."""
    seat = InterestFacts(InterestKind.AUTHORITY, COUNCIL, nature="Councillor for Kingsteignton")
    declared = interests.declare_interest(town.session, town.actors["Liz Tremayne"], Post.SENIOR_STAFF, seat)
    interests.confirm_interest(town.session, town.actors["Joan Baptiste"], declared.id)


def upload_interests(town: Town) -> None:
    """A file of which one row has to be corrected."""
    uploading.upload(town.session, town.actors["Helen Marsh"], "interests.csv", UPLOADED.encode())


def found_partnerships(town: Town) -> None:
    """One by place, with three members and one invited, and one by challenge to which a trust is invited."""
    near = Purpose(
        "Moor and Coast",
        Theme.PLACE,
        "Plymouth, Tavistock and Okehampton",
        "We share an estates team, and buy what our schools between the moor and the coast need alike.",
    )
    first = _found(town, "Amara Okafor", near)
    for member in ("Tom Whitlock", "Helen Marsh"):
        invited = _invite(town, "Amara Okafor", first, member)
        partnerships.accept(town.session, town.actors[member], invited)
    hard = Purpose(
        "After an exclusion",
        Theme.CHALLENGE,
        "Exclusions in the first year of secondary school",
        "We train heads together, try what helps, and tell each other what did not.",
    )
    second = _found(town, "Ewa Kowalska", hard)
    _invite(town, "Ewa Kowalska", second, "Helen Marsh")


def invite_a_neighbour(town: Town) -> None:
    """The invitation to the partnership by place that is not answered yet."""
    founder = town.actors["Amara Okafor"]
    near = sa.select(Partnership.id).where(Partnership.founder_id == founder.organisation_id)
    _invite(town, "Amara Okafor", town.session.scalars(near).one(), "Chris Yeo")


def _found(town: Town, founder: str, purpose: Purpose) -> uuid.UUID:
    return partnerships.found_partnership(town.session, town.actors[founder], purpose).id


def _invite(town: Town, founder: str, partnership_id: uuid.UUID, member: str) -> uuid.UUID:
    name = town.actors[member].organisation_name
    return partnerships.invite(town.session, town.actors[founder], partnership_id, name).id


def plan_budgets(town: Town) -> None:
    """One trust plans by cost centres, for this financial year and the next."""
    finance = town.actors["Dev Acharya"]
    for code, name, pence in COST_CENTRES:
        town.ids[code] = open_cost_centre(town.session, finance, code, name).id
        for on in (clock.today(), pricing.add_months(clock.today(), 12)):
            set_budget(town.session, finance, town.ids[code], on, pence)


def propose_scheme(town: Town) -> None:
    """Heads to £3,000, finance to £10,000, the committee to £20,000, the board to £65,000."""
    people_of = [town.actors[name].person_id for name in COMMITTEE]
    committee = [Row(2_000_000, person_id=one, quotes=3, body="finance committee") for one in people_of]
    board = [Row(6_500_000, person_id=one, quotes=3, body="board of trustees") for one in people_of]
    heads_and_finance = (Row(300_000, Role.APPROVER), Row(1_000_000, Role.FINANCE))
    rows = (Row(50_000), *heads_and_finance, *committee, *board)
    scheme = Scheme(rows, second_above_pence=4_000_000)
    waits = set_scheme(town.session, town.actors["Joan Baptiste"], scheme)
    if waits is not None:
        town.ids["scheme"] = waits.id


def approve_scheme(town: Town) -> None:
    """A second person confirms what is looser than before."""
    confirm_scheme(town.session, town.actors["Dev Acharya"], town.ids["scheme"])


def order_in_cost_centres(town: Town) -> None:
    """An order for two of the board, one over its budget, and one about which a councillor may not decide."""
    town.ids["for two"] = town.order("Joan Baptiste", NETWORK, 50, 23, "LPP-101", town.ids["ICT"])
    town.order("Joan Baptiste", HR, 14, 12, "LPP-102", town.ids["OFF"])
    town.order("Joan Baptiste", PSYCHOLOGY, 1, 6, "LPP-103", town.ids["INC"])


def approve_as_the_first(town: Town) -> None:
    """The chair of trustees approves; the second of the board still has to."""
    chair = town.actors["Philip Cole"]
    ordering.approve_order(town.session, chair, town.ids["for two"], said=Said(quotes_note=QUOTES))


def go_away(town: Town) -> None:
    """The finance officer is away for a few days, and a head stands in."""
    stand_in = town.actors["Liz Tremayne"].person_id
    finance, last = town.actors["Dev Acharya"], clock.today() + timedelta(days=6)
    name_stand_in(town.session, finance, stand_in, clock.today(), last)


def _organisation(town: Town, name: str) -> Organisation:
    return town.session.scalars(sa.select(Organisation).where(Organisation.name == name)).one()
