"""Which school took which one's place, from the register's links between schools."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.trusts import importing, queries
from marketplace.trusts.importing import Report
from marketplace.trusts.kinds import OrganisationKind, OrganisationState, RegisterFile
from marketplace.trusts.models import Organisation, Succession
from tests.factories.trusts import an_actor, an_organisation, signed_in

HEADING = '"URN","LinkURN","LinkName","LinkType","LinkEstablishedDate"\r\n'


def a_school(session: Session, urn: str, name: str) -> Organisation:
    return an_organisation(session, name, kind=OrganisationKind.SCHOOL, urn=urn)


def import_links(session: Session, *rows: str) -> Report:
    data = (HEADING + "\r\n".join(rows)).encode("cp1252")
    return importing.import_file(session, "links_edubasealldata.csv", data, lambda done, total: None)


def test_each_succession_is_stored_once_though_it_is_told_from_both_sides(session: Session) -> None:
    old, new = a_school(session, "100001", "Old School"), a_school(session, "100002", "New Academy")
    report = import_links(
        session,
        '100002,100001,"Old School","Predecessor",01-09-2016',
        '100001,100002,"New Academy","Successor",01-09-2016',
        '100002,100001,"Old School","Sixth Form Centre School",01-09-2016',
    )
    assert report.kind is RegisterFile.SUCCESSIONS
    assert (report.read, report.added, report.unchanged, report.refused) == (3, 1, 2, 0)
    stored = session.scalars(sa.select(Succession)).one()
    assert (stored.predecessor_id, stored.successor_id) == (old.id, new.id)
    assert str(stored.succeeded_on) == "2016-09-01"


def test_the_second_run_changes_nothing(session: Session) -> None:
    a_school(session, "100001", "Old School")
    a_school(session, "100002", "New Academy")
    row = '100002,100001,"Old School","Predecessor - amalgamated",01-09-2016'
    import_links(session, row)
    again = import_links(session, row)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)


def test_wrong_rows_are_named_and_the_others_stored(session: Session) -> None:
    a_school(session, "100001", "Old School")
    a_school(session, "100002", "New Academy")
    report = import_links(
        session,
        '100002,100001,"Old School","Predecessor",01-09-2016',
        '100002,999999,"Unknown","Predecessor",01-09-2016',
        '100002,100002,"Itself","Predecessor",01-09-2016',
        '100002,100001,"Old School","Predecessor",31-02-2016',
        '100002,x,"Old School","Predecessor",01-09-2016',
    )
    assert (report.added, [one.row for one in report.refusals]) == (1, [3, 4, 5, 6])
    assert "no school has the URN 999999" in report.refusals[0].reason


def test_the_chain_of_earlier_schools_is_on_the_page_of_the_newest(app: Flask, session: Session) -> None:
    schools = [a_school(session, f"10000{number}", f"School {number}") for number in range(1, 4)]
    import_links(
        session,
        '100002,100001,"School 1","Predecessor",01-09-2010',
        '100003,100002,"School 2","Predecessor",01-09-2016',
    )
    assert [row.urn for row in queries.predecessors(session, schools[2].id)] == ["100002", "100001"]
    assert [row.urn for row in queries.successors(session, schools[0].id)] == ["100002", "100003"]
    browser = signed_in(app, session, an_actor(session))
    newest = browser.get(f"/trusts/{schools[2].id}").text
    assert "Earlier schools" in newest
    assert "URN 100001" in newest
    assert "Became" in browser.get(f"/trusts/{schools[0].id}").text


def test_a_circle_in_the_register_ends(session: Session) -> None:
    one, two = a_school(session, "100001", "One"), a_school(session, "100002", "Two")
    import_links(
        session,
        '100002,100001,"One","Predecessor",01-09-2010',
        '100001,100002,"Two","Predecessor",01-09-2010',
    )
    assert [row.id for row in queries.predecessors(session, one.id)] == [two.id]
    assert one.state is OrganisationState.OPEN
