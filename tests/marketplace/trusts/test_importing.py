"""Storing the register's files: once, and again, and when they contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.audit import SYSTEM, AuditEntry
from marketplace.trusts import importing
from marketplace.trusts.importing import Report
from marketplace.trusts.kinds import LinkKind, OrganisationKind, OrganisationState, RegisterFile
from marketplace.trusts.models import Organisation, OrganisationLink
from marketplace.trusts.register import Refusal, Unreadable
from tests.factories.register import AUTHORITY, GROUP, LINK, LINK_2017, PUPILS, SCHOOL, a_file
from tests.factories.trusts import an_organisation

ALL_FORMS = (LINK_2017, LINK, GROUP, SCHOOL, PUPILS, AUTHORITY)


def store(session: Session, data: bytes) -> Report:
    return importing.import_file(session, "file.csv", data, lambda done, total: None)


def rows(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.refused


def the(session: Session, **identifier: str) -> Organisation:
    session.expire_all()
    return session.scalars(sa.select(Organisation).filter_by(**identifier)).one()


def test_a_link_adds_the_school_the_group_and_the_link(session: Session) -> None:
    report = store(session, a_file(LINK_2017))
    assert (report.added, report.organisations_added, report.links_added) == (1, 2, 1)
    link = session.scalars(sa.select(OrganisationLink)).one()
    assert (link.school_id, link.group_id) == (
        the(session, urn="123456").id,
        the(session, group_uid="2044").id,
    )
    assert (link.kind, link.joined_on) == (LinkKind.MEMBER, date(2016, 9, 1))


@pytest.mark.parametrize("form", ALL_FORMS)
def test_the_second_run_of_a_file_changes_nothing(session: Session, form: Mapping[str, str]) -> None:
    data = a_file(form)
    assert rows(store(session, data)) == (1, 0, 0, 0)
    before = session.execute(sa.select(Organisation.__table__)).all()
    assert rows(store(session, data)) == (0, 0, 1, 0)
    assert session.execute(sa.select(Organisation.__table__)).all() == before


def test_every_row_is_stored_or_refused(session: Session) -> None:
    data = a_file(LINK_2017, {}, {"URN": "1"}, {"URN": "123457"}, {"Joined date": "31-02-2016"}, {})
    report = store(session, data)
    assert report.read == 5
    assert rows(report) == (2, 0, 1, 2)
    assert report.stored + report.refused == report.read
    assert [(refusal.row, refusal.field) for refusal in report.refusals] == [(3, "URN"), (5, "Joined date")]


def test_a_refused_row_leaves_nothing_behind(session: Session) -> None:
    store(session, a_file(LINK_2017, {"Joined date": "soon"}))
    assert session.scalar(sa.select(sa.func.count(Organisation.id))) == 0


def test_what_differs_is_changed_and_the_rest_stays(session: Session) -> None:
    store(session, a_file(LINK_2017, {}, {"URN": "123457", "Linked UID": "2045"}))
    changed = {"Group Name": "Harbour and Hills Trust", "Joined date": "01-09-2017"}
    report = store(session, a_file(LINK_2017, changed, {"URN": "123457", "Linked UID": "2045"}))
    assert rows(report) == (0, 1, 1, 0)
    assert the(session, group_uid="2044").name == "Harbour and Hills Trust"
    links = sa.select(OrganisationLink.joined_on).order_by(OrganisationLink.joined_on)
    assert session.scalars(links).all() == [date(2016, 9, 1), date(2017, 9, 1)]


def test_a_row_that_contradicts_an_earlier_one_is_refused(session: Session) -> None:
    data = a_file(LINK_2017, {}, {"URN": "123457", "Group Name": "Another Trust"})
    (refusal,) = store(session, data).refusals
    assert refusal == Refusal(3, "name", "is not what row 2 says of group UID 2044")


def test_the_same_link_with_another_date_is_refused(session: Session) -> None:
    (refusal,) = store(session, a_file(LINK_2017, {}, {"Joined date": "02-09-2016"})).refusals
    assert (refusal.row, refusal.field) == (3, "Joined date")


def test_an_identifier_that_another_organisation_has_is_refused(session: Session) -> None:
    an_organisation(session, ukprn="10058308")
    report = store(session, a_file(GROUP, {}, {"Group UID": "2045", "Group ID": "TR00999", "UKPRN": ""}))
    assert rows(report) == (1, 0, 0, 1)
    assert report.refusals[0].reason == "10058308 already belongs to another organisation"


def test_two_rows_that_claim_one_identifier_are_not_both_stored(session: Session) -> None:
    report = store(session, a_file(SCHOOL, {}, {"URN": "123457"}))
    assert (rows(report), report.refusals[0].row) == ((1, 0, 0, 1), 3)


@pytest.mark.parametrize("words", ["School sponsor", "Umbrella trust"])
def test_sponsors_and_umbrella_trusts_are_linked_to_but_nobody_acts_for_them(
    session: Session, words: str
) -> None:
    report = store(session, a_file(LINK_2017, {"Group Type": words}))
    assert (report.links_added, report.open_multi_academy_trusts) == (1, 0)
    assert not the(session, group_uid="2044").is_claimable


def test_open_multi_academy_trusts_are_counted_once_each(session: Session) -> None:
    closed = {"URN": "123458", "Linked UID": "2046", "Group Status": "Closed"}
    data = a_file(LINK_2017, {}, {"URN": "123457"}, {"URN": "123459", "Linked UID": "2047"}, closed)
    assert store(session, data).open_multi_academy_trusts == 2
    assert the(session, group_uid="2046").state is OrganisationState.CLOSED


@pytest.mark.parametrize("order", [(LINK_2017, SCHOOL, PUPILS), (PUPILS, SCHOOL, LINK_2017)])
def test_the_schools_own_file_counts_in_whichever_order(
    session: Session, order: tuple[Mapping[str, str], ...]
) -> None:
    for form in order:
        store(session, a_file(form))
    school = the(session, urn="123456")
    assert (school.name, school.pupils) == ("Quay Church of England Primary School", 276)
    assert school.described_by is RegisterFile.SCHOOLS


@pytest.mark.parametrize("again", [LINK, GROUP, SCHOOL, PUPILS])
def test_files_that_contradict_each_other_settle(session: Session, again: Mapping[str, str]) -> None:
    for form in (GROUP, SCHOOL, LINK, PUPILS):
        store(session, a_file(form))
    assert rows(store(session, a_file(again))) == (0, 0, 1, 0)


def test_pupils_are_added_to_a_school_known_from_links(session: Session) -> None:
    store(session, a_file(LINK_2017))
    assert rows(store(session, a_file(PUPILS))) == (0, 1, 0, 0)
    school = the(session, urn="123456")
    assert (school.name, school.pupils) == ("Quay Primary School", 1280)


def test_a_local_authority_is_not_its_schools(session: Session) -> None:
    store(session, a_file(SCHOOL))
    assert store(session, a_file(AUTHORITY)).organisations_added == 1
    assert the(session, name="Lincolnshire").kind is OrganisationKind.LOCAL_AUTHORITY


def test_an_organisation_that_a_person_added_takes_the_registers_facts(session: Session) -> None:
    trust = an_organisation(session, "Harbour", group_uid="2044")
    assert rows(store(session, a_file(GROUP))) == (0, 1, 0, 0)
    assert the(session, group_uid="2044").id == trust.id
    assert the(session, group_uid="2044").name == "HARBOUR LEARNING TRUST"


def test_more_rows_than_one_batch_are_stored(session: Session) -> None:
    numbers = range(100_000, 100_000 + 2 * importing.BATCH + 1)
    data = a_file(LINK_2017, *({"URN": str(number)} for number in numbers))
    assert rows(store(session, data)) == (len(numbers), 0, 0, 0)
    assert rows(store(session, data)) == (0, 0, len(numbers), 0)


def test_a_run_is_recorded_with_its_counts(session: Session) -> None:
    store(session, a_file(LINK_2017, {}, {"URN": "1"}))
    session.commit()
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.organisation_id == SYSTEM)).one()
    assert entry.action == "import-register"
    assert (entry.after["read"], entry.after["refused"]) == (2, 1)


def test_an_unreadable_file_stores_and_records_nothing(session: Session) -> None:
    with pytest.raises(Unreadable):
        store(session, b"colour\r\nred\r\n")
    session.commit()
    assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0


def test_progress_reaches_the_total(session: Session) -> None:
    seen: list[tuple[int, int]] = []
    data = a_file(LINK_2017, {}, {"URN": "1"}) + b"\r\n"
    importing.import_file(session, "file.csv", data, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
