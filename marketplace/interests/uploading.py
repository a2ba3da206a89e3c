"""A register of interests from a file: checked row by row, corrected in place, stored as a whole or not."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests import columns
from marketplace.interests.columns import Line
from marketplace.interests.kinds import InterestKind, Post, company_number, person_key
from marketplace.interests.models import DeclaredPerson, Interest, InterestUpload
from marketplace.interests.resolving import Meant, resolve
from marketplace.interests.services import KEEPERS
from marketplace.kernel import clock, sheets
from marketplace.kernel.corrections import HOURS, Corrections, corrected
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.fields import UNPRINTABLE
from marketplace.people.models import Person
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.models import Membership

PersonKey = tuple[str, Any, Any]
Births = Mapping[tuple[str, Post], set[tuple[int, int] | None]]
InterestKey = tuple[uuid.UUID, InterestKind, str, date | None]


@dataclass(frozen=True)
class Checked:
    """An upload with what each row says; `meant` is the organisation of each row that has one."""

    upload: InterestUpload
    lines: Sequence[Line]
    meant: Mapping[int, Meant]
    accounts: Mapping[str, uuid.UUID]
    keys: Mapping[int, PersonKey]
    """Whom each row names."""

    @property
    def unused(self) -> list[str]:
        """The headings of the file that no column is read from."""
        return list(self.upload.content.get("unused", ()))

    def number_of(self, line: Line) -> str:
        """The number of a row's organisation: a company's as it is stored, others as they were given."""
        given, meant = str(line.read.get("identifier") or ""), self.meant.get(line.number)
        padded = company_number(given)
        return padded if padded and meant and padded == meant.number else given

    @property
    def wrong(self) -> list[Line]:
        """The rows with a fault."""
        return [line for line in self.lines if line.faults]

    @property
    def told(self) -> list[str]:
        """Every fault by row and column, in the order of the file."""
        return [sentence for line in self.lines for sentence in line.told()]


@dataclass(frozen=True)
class Stored:
    """How many people and interests were new, how many posts and interests ended, and what was known."""

    people: int
    interests: int
    ended: int
    known: int


def upload(session: Session, actor: Actor, file_name: str, content: bytes) -> InterestUpload:
    """Keep the rows of a file for some hours; Refused at `file` when it holds no register."""
    access.require(actor, *KEEPERS)
    table = sheets.read_rows(content)
    rows = columns.lines(table)
    _forget_old(session, actor)
    kept = InterestUpload(
        organisation_id=actor.organisation_id,
        person_id=actor.person_id,
        file_name=UNPRINTABLE.sub("", file_name)[:200],
        content={"rows": rows, "unused": columns.unused(table[0])},
        expires_at=clock.now() + timedelta(hours=HOURS),
    )
    session.add(kept)
    session.flush()
    access.record(session, actor, "upload-interests", kept, after={"rows": len(rows)})
    return kept


def check(session: Session, actor: Actor, upload_id: uuid.UUID, lock: bool = False) -> Checked:
    """What the rows of an upload say now; NotFound for another trust's and for one that is too old."""
    access.require(actor, *KEEPERS)
    kept = access.own(
        session, InterestUpload, upload_id, InterestUpload.organisation_id, acting=actor, lock=lock
    )
    if kept.expires_at <= clock.now():
        raise NotFound
    lines = [columns.read_line(row["number"], row["values"]) for row in kept.content["rows"]]
    named = [line for line in lines if line.read.get("body_name")]
    wanted = [(line.read["body_name"], line.read.get("identifier") or "") for line in named]
    meant = dict(zip((line.number for line in named), resolve(session, wanted), strict=True))
    accounts = _accounts(session, actor, lines)
    births = _births(session, actor, lines)
    keys = {line.number: _person_key(line, births) for line in lines if _names_somebody(line)}
    checked = [_checked(actor, line, meant, accounts, births) for line in lines]
    return Checked(kept, checked, meant, accounts, keys)


def correct(session: Session, actor: Actor, upload_id: uuid.UUID, corrections: Corrections) -> Checked:
    """Write what was typed into the rows and leave some out; nothing of it is in the register yet."""
    kept = check(session, actor, upload_id, lock=True).upload
    kept.content = kept.content | {"rows": corrected(kept.content["rows"], corrections)}
    session.flush()
    return check(session, actor, upload_id)


def store(session: Session, actor: Actor, upload_id: uuid.UUID) -> Stored:
    """Put every row into the register at once; Conflict while one of them is wrong.

    Who and what is in the register already stays; an end that it does not have yet is added. The second of
    two at once finds the upload gone.
    """
    checked = check(session, actor, upload_id, lock=True)
    if checked.wrong:
        raise Conflict("Correct every row first. Nothing is in the register yet.")
    people, new_people = _people(session, actor, checked)
    known = _known_interests(session, actor)
    made, ended_interests = [], 0
    for line in checked.lines:
        if line.has_interest:
            interest = _interest(actor, line, checked, people[checked.keys[line.number]])
            before = known.setdefault(_interest_key(interest), interest)
            if before is interest:
                made.append(interest)
            elif before.ends_on is None and interest.ends_on is not None:
                before.ends_on = interest.ends_on
                ended_interests += 1
    session.add_all(made)
    session.flush()
    with_interest = sum(line.has_interest for line in checked.lines)
    known_before = with_interest - len(made) - ended_interests
    stored = Stored(new_people, len(made), ended_interests + _end_posts(checked, people), known_before)
    access.record(session, actor, "store-interests", checked.upload, after=dict(vars(stored)))
    session.delete(checked.upload)
    session.flush()
    return stored


def forget(session: Session, actor: Actor, upload_id: uuid.UUID) -> None:
    """Throw an upload away; the register stays as it is."""
    kept = check(session, actor, upload_id, lock=True).upload
    access.record(session, actor, "forget-upload", kept)
    session.delete(kept)
    session.flush()


def _forget_old(session: Session, actor: Actor) -> None:
    old = sa.and_(
        InterestUpload.organisation_id == actor.organisation_id, InterestUpload.expires_at <= clock.now()
    )
    session.execute(sa.delete(InterestUpload).where(old))


def _checked(
    actor: Actor,
    line: Line,
    meant: Mapping[int, Meant],
    accounts: Mapping[str, uuid.UUID],
    births: Births,
) -> Line:
    """A row with what only the database knows to be wrong."""
    faults = dict(line.faults)
    found = meant.get(line.number)
    if found is not None and found.fault is not None:
        faults["identifier"] = found.fault
    if found is not None and found.organisation_id == actor.organisation_id:
        faults["body_name"] = "This is your own trust: the post says what the person is there"
    email = line.read.get("email")
    if email and email not in accounts:
        faults["email"] = "Nobody at your trust has an account with this email address"
    if _is_any_of_many(line, births):
        faults["born"] = "There is more than one person of this name and post: enter the month of birth"
    ordered = {column: faults[column] for column in columns.HEADINGS if column in faults}
    return replace(line, faults=ordered)


def _accounts(session: Session, actor: Actor, lines: Sequence[Line]) -> dict[str, uuid.UUID]:
    """The trust's people by email address, when some row gives one."""
    if not any(line.read.get("email") for line in lines):
        return {}
    statement = (
        sa.select(Person.email, Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == actor.organisation_id)
    )
    return {row.email: row.id for row in session.execute(statement)}


def _people(session: Session, actor: Actor, checked: Checked) -> tuple[dict[PersonKey, DeclaredPerson], int]:
    """Everybody of the upload, those whom the register lacks made new; and how many these are."""
    mine = DeclaredPerson.organisation_id == actor.organisation_id
    statement = sa.select(DeclaredPerson).where(mine).order_by(DeclaredPerson.id.desc())
    found = {
        key: one for one in session.scalars(statement) for key in ((one.name_key, one.post, _born(one)),)
    }
    new: list[DeclaredPerson] = []
    for line in checked.lines:
        key = checked.keys[line.number]
        if key not in found:
            found[key] = _person(actor, line, checked)
            new.append(found[key])
    session.add_all(new)
    session.flush()
    return found, len(new)


def _end_posts(checked: Checked, people: Mapping[PersonKey, DeclaredPerson]) -> int:
    """Write the end of each post that the register does not have yet; how many these are."""
    ended = 0
    for line in checked.lines:
        one, ends_on = people[checked.keys[line.number]], line.read.get("post_ends_on")
        if ends_on and one.ends_on is None and (one.starts_on is None or one.starts_on <= ends_on):
            one.ends_on = ends_on
            ended += 1
    return ended


def _born(one: DeclaredPerson) -> tuple[int, int] | None:
    return (one.birth_year, one.birth_month) if one.birth_year and one.birth_month else None


def _births(session: Session, actor: Actor, lines: Sequence[Line]) -> Births:
    """The months of birth that register and upload know for each name and post; None: who has none."""
    columns = (DeclaredPerson.name_key, DeclaredPerson.post)
    month = (DeclaredPerson.birth_year, DeclaredPerson.birth_month)
    mine = DeclaredPerson.organisation_id == actor.organisation_id
    found: dict[tuple[str, Post], set[tuple[int, int] | None]] = defaultdict(set)
    for row in session.execute(sa.select(*columns, *month).where(mine)):
        found[row.name_key, row.post].add((row.birth_year, row.birth_month) if row.birth_year else None)
    for line in lines:
        if _names_somebody(line) and line.read.get("born"):
            found[_name_and_post(line)].add(line.read["born"])
    return found


def _names_somebody(line: Line) -> bool:
    return bool(line.read.get("name") and line.read.get("post"))


def _name_and_post(line: Line) -> tuple[str, Post]:
    return person_key(line.read["name"]), line.read["post"]


def _person_key(line: Line, births: Births) -> PersonKey:
    """Without a month of birth it is the one person of that name and post whom register or upload know."""
    known = births.get(_name_and_post(line), set())
    born = line.read.get("born")
    if born is None and len(known) == 1:
        (born,) = known
    return *_name_and_post(line), born


def _is_any_of_many(line: Line, births: Births) -> bool:
    """Whether a row without a month of birth could mean several people, none of whom is without one."""
    if not _names_somebody(line) or line.values.get("born"):
        return False
    known = births.get(_name_and_post(line), set())
    return len(known) > 1 and None not in known


def _person(actor: Actor, line: Line, checked: Checked) -> DeclaredPerson:
    year, month = checked.keys[line.number][2] or (None, None)
    return DeclaredPerson(
        organisation_id=actor.organisation_id,
        person_id=checked.accounts.get(line.read.get("email") or ""),
        name=line.read["name"],
        name_key=person_key(line.read["name"]),
        post=line.read["post"],
        birth_year=year,
        birth_month=month,
        starts_on=line.read.get("post_starts_on"),
        ends_on=line.read.get("post_ends_on"),
    )


def _known_interests(session: Session, actor: Actor) -> dict[InterestKey, Interest]:
    statement = sa.select(Interest).where(Interest.organisation_id == actor.organisation_id)
    return {_interest_key(one): one for one in session.scalars(statement)}


def _interest_key(one: Interest) -> InterestKey:
    return one.declared_person_id, one.kind, one.body_key, one.starts_on


def _interest(actor: Actor, line: Line, checked: Checked, declared: DeclaredPerson) -> Interest:
    is_own = declared.person_id == actor.person_id
    return Interest(
        organisation_id=actor.organisation_id,
        declared_person_id=declared.id,
        kind=line.read["kind"],
        nature=line.read.get("nature"),
        starts_on=line.read.get("starts_on"),
        ends_on=line.read.get("ends_on"),
        declared_on=line.read.get("declared_on") or clock.today(),
        declared_by_id=actor.person_id,
        confirmed_by_id=None if is_own else actor.person_id,
        confirmed_at=None if is_own else clock.now(),
        **checked.meant[line.number].columns,
    )
