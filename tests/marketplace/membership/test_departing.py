"""An organisation leaves: what binds it is named, all is exported, people are forgotten, the record stays."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from freezegun import freeze_time
from sqlalchemy.orm import Session

from billing.collecting.services import Receipt, record_receipt
from marketplace.kernel import audit_checks, clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.database import Base
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from marketplace.kernel.outbox import OutboxJob, Work
from marketplace.membership import departing, exporting, gathering, staffing
from marketplace.membership.models import Invitation, OrganisationExport, OrganisationExportPart
from marketplace.membership.states import ExportState
from marketplace.people import operating
from marketplace.people.models import Person
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role, Standing
from marketplace.trusts.models import Membership, Organisation
from tests.factories.billing import an_invoice
from tests.factories.membership import an_invitation, letters
from tests.factories.ordering import a_market, a_sent_order
from tests.factories.trusts import an_actor, an_organisation, signed_in


def build_all(session: Session) -> None:
    """Carry out every job of an export, one after the other."""
    done: set[str] = set()
    while True:
        jobs = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == exporting.KIND)).all()
        waiting = [job for job in jobs if job.key not in done]
        if not waiting:
            return
        for job in waiting:
            done.add(job.key)
            exporting.build(session, Work(job.key, job.payload))


def an_export(session: Session, actor: Actor) -> OrganisationExport:
    """An export that is ready."""
    made = exporting.ask(session, actor)
    build_all(session)
    return made


def boss_of(session: Session, actor: Actor) -> Actor:
    """Somebody with every role at the actor's organisation."""
    return an_actor(session, session.get_one(Organisation, actor.organisation_id))


def tables_in(content: bytes) -> dict[str, list[dict[str, object]]]:
    """The rows of every JSON file."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = [name for name in packed.namelist() if name.startswith("json/")]
        return {name[5:-5]: json.loads(packed.read(name)) for name in names}


def test_an_export_has_every_table_that_belongs_to_organisations(session: Session) -> None:
    actor = an_actor(session)
    found = tables_in(exporting.file(session, actor, an_export(session, actor).id))
    owned = {name for name, table in Base.metadata.tables.items() if table.info.get("owners")}
    assert owned - gathering.LEFT_OUT <= found.keys()
    assert {"postings", "order_moves", "audit_personal_values", "people"} <= found.keys()
    assert [row["name"] for row in found["organisations"]] == [actor.organisation_name]
    assert [row["email"] for row in found["people"]] == [actor.email]


def test_an_export_shows_nothing_of_another_trust_and_no_secret(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    stranger, boss = an_actor(session), boss_of(session, market.buyer)
    an_invitation(session, boss, "invited@school.example")
    session.commit()
    everything = exporting.file(session, stranger, an_export(session, stranger).id)
    shown = json.dumps(tables_in(everything))
    for canary in (str(order.id), order.reference, market.buyer.email, str(market.buyer.organisation_id)):
        assert canary not in shown
    mine = tables_in(exporting.file(session, boss, an_export(session, boss).id))
    assert [row["reference"] for row in mine["orders"]] == [order.reference]
    assert all("secret_digest" not in row for row in mine["invitations"])


def test_a_seller_does_not_see_what_the_buyer_has_not_placed(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    seller = boss_of(session, market.seller)
    theirs = tables_in(exporting.file(session, seller, an_export(session, seller).id))
    assert theirs["orders"] == theirs["order_moves"] == []
    order.placed_at = clock.now()
    session.flush()
    rows = gathering.gather(session, market.seller.organisation_id, ["orders", "order_moves"])
    assert [row["reference"] for row in rows["orders"]] == [order.reference]
    assert rows["orders"][0]["submitted_by_id"] is None
    assert rows["order_moves"] == []


def test_a_formula_in_a_name_is_disarmed_in_the_tables(session: Session) -> None:
    actor = an_actor(session, an_organisation(session, "=HYPERLINK(1)"))
    content = exporting.file(session, actor, an_export(session, actor).id)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        rows = list(csv.DictReader(io.StringIO(packed.read("csv/organisations.csv").decode("utf-8-sig"))))
    assert rows[0]["name"] == "'=HYPERLINK(1)"


def test_progress_is_seen_and_a_job_that_runs_twice_adds_nothing(session: Session) -> None:
    actor = an_actor(session)
    made = exporting.ask(session, actor)
    with pytest.raises(Conflict):
        exporting.ask(session, actor)
    job = session.scalars(sa.select(OutboxJob).where(OutboxJob.kind == exporting.KIND)).one()
    for _ in range(2):
        exporting.build(session, Work(job.key, job.payload))
    assert (made.done, made.state) == (1, ExportState.BUILDING)
    build_all(session)
    assert (made.done, made.state) == (made.parts, ExportState.READY)


def test_only_an_administrator_of_that_organisation_gets_the_file_and_only_for_seven_days(
    session: Session,
) -> None:
    trust = an_organisation(session)
    admin, member = an_actor(session, trust, Role.ADMINISTRATOR), an_actor(session, trust, Role.FINANCE)
    made = an_export(session, admin)
    with pytest.raises(NotPermitted):
        exporting.file(session, member, made.id)
    with pytest.raises(NotFound):
        exporting.file(session, an_actor(session), made.id)
    with freeze_time(clock.now() + timedelta(days=7, seconds=1)):
        with pytest.raises(NotFound):
            exporting.file(session, admin, made.id)
        exporting.remove_old(session)
    assert session.scalar(sa.select(sa.func.count(OrganisationExport.id))) == 0


def test_what_binds_is_named_and_nobody_leaves_while_it_does(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    order = a_sent_order(session, market)
    for actor, words in ((market.buyer, order.reference), (market.seller, "Withdraw the listing")):
        boss = boss_of(session, actor)
        an_export(session, boss)
        assert any(words in one.sentence for one in departing.bound(session, actor.organisation_id))
        with pytest.raises(Refused, match="still bound"):
            departing.decide(session, boss, actor.organisation_name)
    assert order.reference not in str(departing.bound(session, market.seller.organisation_id))


def test_leaving_needs_the_name_and_the_file(session: Session) -> None:
    actor = an_actor(session, an_organisation(session, "Quay Trust"))
    with pytest.raises(Refused, match="Type the name"):
        departing.decide(session, actor, "Hill Trust")
    with pytest.raises(Refused, match="Make the file"):
        departing.decide(session, actor, "Quay Trust")
    an_export(session, actor)
    departing.decide(session, actor, " quay  TRUST ")
    with pytest.raises(Conflict):
        departing.decide(session, actor, "Quay Trust")
    assert "leaves Sharewell" in letters(session, actor.email)[-1]["subject"]


def test_after_a_week_people_are_forgotten_the_name_stays_and_the_record_holds(session: Session) -> None:
    trust, other = an_organisation(session, "Quay Trust"), an_organisation(session)
    admin, both = an_actor(session, trust), an_actor(session, trust, Role.BUYER)
    session.add(Membership(person_id=both.person_id, organisation_id=other.id, role=Role.BUYER))
    an_invitation(session, admin, "invited@school.example")
    an_export(session, admin)
    departing.decide(session, admin, "Quay Trust")
    session.commit()
    departing.carry_out_due(session)
    assert trust.standing is Standing.UNVERIFIED
    with freeze_time(clock.now() + timedelta(days=7)):
        departing.carry_out_due(session)
        session.commit()
    assert (trust.standing, trust.name) == (Standing.LEFT, "Quay Trust")
    assert trust.left_on == clock.today() + timedelta(days=7)
    assert staffing.roles_at(session, trust.id, both.person_id) == frozenset()
    assert staffing.roles_at(session, other.id, both.person_id) == {Role.BUYER}
    assert session.get_one(Person, admin.person_id).name == "Erased person"
    assert session.get_one(Person, both.person_id).name == both.name
    assert session.scalar(sa.select(sa.func.count(Invitation.id))) == 0
    assert session.scalar(sa.select(sa.func.count(OrganisationExport.id))) == 0
    actions = session.scalars(
        sa.select(AuditEntry.action).where(AuditEntry.organisation_id == trust.id)
    ).all()
    assert {"invite", "decide-to-leave", "leave"} <= set(actions)
    assert list(audit_checks.faults(session)) == []


def test_it_does_not_leave_when_something_binds_it_on_the_day(session: Session) -> None:
    market = a_market(session, limit_pence=0)
    actor = boss_of(session, market.buyer)
    an_export(session, actor)
    departing.decide(session, actor, actor.organisation_name)
    a_sent_order(session, market)
    with freeze_time(clock.now() + timedelta(days=7)):
        departing.carry_out_due(session)
    assert session.get_one(Organisation, actor.organisation_id).left_on is None
    assert "cannot leave Sharewell yet" in letters(session, actor.email)[-1]["subject"]


def test_another_administrator_calls_it_off(session: Session) -> None:
    trust = an_organisation(session)
    first, second = an_actor(session, trust), an_actor(session, trust)
    an_export(session, first)
    departing.decide(session, first, trust.name)
    departing.call_off(session, second)
    with freeze_time(clock.now() + timedelta(days=8)):
        departing.carry_out_due(session)
    assert trust.standing is not Standing.LEFT
    with pytest.raises(NotFound):
        departing.call_off(session, first)


def test_the_pages_lead_from_the_file_to_the_decision_and_back(app: Flask, session: Session) -> None:
    actor = an_actor(session, an_organisation(session, "Quay Trust"))
    browser = signed_in(app, session, actor)
    assert "Make the file of everything first" in browser.get("/trust/leave").text
    assert browser.post("/trust/exports").status_code == 302
    assert "0 of" in browser.get("/trust/leave").text
    build_all(session)
    session.commit()
    page = browser.get("/trust/leave").text
    made = session.scalars(sa.select(OrganisationExport)).one()
    file = browser.get(f"/trust/exports/{made.id}/everything.zip")
    assert file.mimetype == "application/zip"
    assert "everything.zip" in page
    assert (
        signed_in(app, session, an_actor(session)).get(f"/trust/exports/{made.id}/everything.zip").status_code
        == 404
    )
    assert browser.post("/trust/leave", data={"name": "Quay Trust"}).status_code == 422
    form = {"name": "Quay Trust", "is_understood": "true"}
    assert browser.post("/trust/leave", data={**form, "name": "Hill"}).status_code == 422
    assert browser.post("/trust/leave", data=form).status_code == 302
    assert "leaves Sharewell on" in browser.get("/trust/leave").text
    assert browser.post("/trust/leave/call-off").status_code == 302


def test_what_a_seller_recorded_of_money_is_not_in_the_buyers_file(session: Session) -> None:
    owed = an_invoice(session)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(100, clock.today(), "BACS 1"))
    seller, buyer = (
        gathering.gather(session, actor.organisation_id, ["facts", "invoices"])
        for actor in (owed.seller, owed.buyer)
    )
    assert [row["amount_pence"] for row in seller["facts"]] == [100]
    assert buyer["facts"] == []
    assert [row["id"] for row in buyer["invoices"]] == [str(owed.invoice.id)]


def test_a_single_charge_to_come_is_told_in_the_singular(session: Session) -> None:
    owed = an_invoice(session, periods=2)
    said = [one.sentence for one in departing.bound(session, owed.buyer.organisation_id)]
    assert "1 agreed charge is not invoiced yet" in said


def test_an_unpaid_invoice_and_charges_to_come_bind_both_sides(session: Session) -> None:
    owed = an_invoice(session)
    for actor in (owed.seller, owed.buyer):
        said = [one.sentence for one in departing.bound(session, actor.organisation_id)]
        assert f"Invoice {owed.invoice.number}: £300.00 is owed" in said
        assert "2 agreed charges are not invoiced yet" in said
        assert any(owed.contract.reference in sentence for sentence in said)
    record_receipt(session, owed.seller, owed.invoice.id, Receipt(30_000, clock.today(), "BACS 1"))
    after = [one.sentence for one in departing.bound(session, owed.buyer.organisation_id)]
    assert not any(sentence.startswith("Invoice") for sentence in after)


def test_files_of_everything_that_name_somebody_erased_are_removed_and_no_others(session: Session) -> None:
    admin, stranger = an_actor(session), an_actor(session)
    gone = boss_of(session, admin)
    kept = an_export(session, stranger).id
    an_export(session, admin)
    half = exporting.ask(session, admin)
    job = session.scalars(sa.select(OutboxJob).where(OutboxJob.key == f"{exporting.KIND}:{half.id}:0")).one()
    exporting.build(session, Work(job.key, job.payload))
    session.commit()
    operating.erase_person(session, gone.email)
    session.commit()
    assert session.scalars(sa.select(OrganisationExport.id)).all() == [kept]
    assert session.scalars(sa.select(OrganisationExportPart)).all() == []
    exporting.build(session, Work(job.key, job.payload))  # what is owed for it still does nothing
    anew = exporting.file(session, admin, an_export(session, admin).id)
    assert gone.email not in json.dumps(tables_in(anew))
