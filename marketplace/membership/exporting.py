"""One zip file of everything that an organisation has here, built part by part by jobs.

Each part is a unit of work, so that progress is seen and a worker that dies loses one part at most.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel import clock, outbox, spreadsheets
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.membership import gathering
from marketplace.membership.gathering import Rows
from marketplace.membership.models import OrganisationExport, OrganisationExportPart
from marketplace.membership.states import EXPORT_LASTS, ExportState
from marketplace.trusts import access
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation

KIND = "export-part"
ABOUT = """Everything that {name} has on Sharewell, on {day}.

csv/   a table each, for spreadsheets
json/  the same with every value as it is kept

Sums are whole pence, instants are UTC, days are London days. Identifiers join the tables. What belongs to the
other side of a contract alone, and everything that proves who somebody is, is left out.
"""


def ask(session: Session, actor: Actor) -> OrganisationExport:
    """Begin to build an export; only an administrator may. Conflict while one is being built."""
    access.require(actor, Role.ADMINISTRATOR)
    newest_one = newest(session, actor)
    if newest_one is not None and newest_one.state is ExportState.BUILDING:
        raise Conflict("A file is being made already. It is ready in a few minutes.")
    made = OrganisationExport(
        organisation_id=actor.organisation_id, asked_by_id=actor.person_id, parts=len(gathering.parts())
    )
    session.add(made)
    session.flush()
    _owe(session, made)
    access.record(session, actor, "export", made)
    return made


def build(session: Session, work: outbox.Work) -> None:
    """Gather one part and owe the next; after the last one make the file. A job."""
    made = session.get(OrganisationExport, uuid.UUID(work.payload["export_id"]), with_for_update=True)
    if made is None or made.state is ExportState.READY or made.done != work.payload["place"]:
        return
    rows = gathering.gather(session, made.organisation_id, gathering.parts()[made.done])
    session.add(OrganisationExportPart(export_id=made.id, place=made.done, content=json.dumps(rows)))
    made.done += 1
    session.flush()
    if made.done < made.parts:
        _owe(session, made)
    else:
        _finish(session, made, session.get_one(Organisation, made.organisation_id).name)


def newest(session: Session, actor: Actor) -> OrganisationExport | None:
    """The newest export of the actor's organisation that is there still."""
    mine = OrganisationExport.organisation_id == actor.organisation_id
    kept = sa.or_(OrganisationExport.expires_at.is_(None), OrganisationExport.expires_at > clock.now())
    statement = sa.select(OrganisationExport).where(mine, kept).order_by(OrganisationExport.id.desc())
    return session.scalars(statement.limit(1)).one_or_none()


def file(session: Session, actor: Actor, export_id: uuid.UUID) -> bytes:
    """The zip file, for an administrator of the organisation; NotFound when it is not ready or too old."""
    access.require(actor, Role.ADMINISTRATOR)
    found = access.own(
        session, OrganisationExport, export_id, OrganisationExport.organisation_id, acting=actor
    )
    if found.content is None or found.expires_at is None or found.expires_at <= clock.now():
        raise NotFound
    return found.content


def remove_old(session: Session) -> None:
    """Forget files that are too old. A day's job."""
    session.execute(sa.delete(OrganisationExport).where(OrganisationExport.expires_at <= clock.now()))


def remove_all(session: Session, organisation_id: uuid.UUID) -> None:
    """Forget every file of an organisation that has left."""
    theirs = sa.select(OrganisationExport.id).where(OrganisationExport.organisation_id == organisation_id)
    session.execute(
        sa.delete(OrganisationExportPart).where(
            OrganisationExportPart.export_id.in_(theirs.scalar_subquery())
        )
    )
    session.execute(
        sa.delete(OrganisationExport).where(OrganisationExport.organisation_id == organisation_id)
    )


def remove_with(session: Session, person_id: uuid.UUID, addresses: Iterable[str]) -> None:
    """Forget every file, ready or being made, that names somebody erased; it can be asked for again."""
    words = [word.encode() for word in (str(person_id), *addresses)]
    for export_id in session.scalars(sa.select(OrganisationExport.id)).all():
        made = session.get(OrganisationExport, export_id, with_for_update=True, populate_existing=True)
        if made is not None and any(word in text for text in _texts(session, made) for word in words):
            parts = OrganisationExportPart.export_id == made.id
            session.execute(sa.delete(OrganisationExportPart).where(parts))
            session.delete(made)
            session.flush()


def _texts(session: Session, made: OrganisationExport) -> Iterator[bytes]:
    """What a file says, table by table, or what was gathered for it so far."""
    if made.content is None:
        parts = sa.select(OrganisationExportPart.content).where(OrganisationExportPart.export_id == made.id)
        yield from (part.encode() for part in session.scalars(parts))
        return
    with zipfile.ZipFile(io.BytesIO(made.content)) as packed:
        yield from (packed.read(name) for name in packed.namelist() if name.startswith("json/"))


def _owe(session: Session, made: OrganisationExport) -> None:
    payload = {"export_id": str(made.id), "place": made.done}
    outbox.owe(session, KIND, f"{KIND}:{made.id}:{made.done}", payload)


def _finish(session: Session, made: OrganisationExport, name: str) -> None:
    theirs = OrganisationExportPart.export_id == made.id
    parts = session.scalars(
        sa.select(OrganisationExportPart.content).where(theirs).order_by(OrganisationExportPart.place)
    )
    rows: dict[str, Rows] = {}
    for part in parts:
        rows |= json.loads(part)
    made.content = _zip(name, rows)
    made.state, made.expires_at = ExportState.READY, clock.now() + EXPORT_LASTS
    session.execute(sa.delete(OrganisationExportPart).where(theirs))
    session.flush()


def _zip(name: str, tables: dict[str, Rows]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("about.txt", ABOUT.format(name=name, day=clock.today().isoformat()))
        for table, rows in tables.items():
            packed.writestr(f"json/{table}.json", json.dumps(rows, ensure_ascii=False, indent=1))
            packed.writestr(f"csv/{table}.csv", _csv(rows))
    return out.getvalue()


def _csv(rows: Rows) -> bytes:
    headers = list(rows[0]) if rows else []
    return spreadsheets.csv_file(headers, [[gathering.cell(row[one]) for one in headers] for row in rows])
