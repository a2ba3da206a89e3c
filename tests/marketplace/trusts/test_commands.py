"""`flask trusts`: what the operator types, what is answered, and the exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.audit import AuditEntry
from marketplace.trusts.kinds import OrganisationKind, Role, Standing
from marketplace.trusts.models import Membership, Organisation
from tests.factories.register import AUTHORITY, GROUP, LINK_2017, a_file
from tests.factories.trusts import a_person, an_actor, an_organisation, signed_in


def run(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["trusts", *map(str, arguments)])


def test_import_prints_the_counts_as_json(app: Flask, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_bytes(a_file(LINK_2017, {}, {"URN": "1"}))
    result = run(app, "import", path, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "file": str(path),
        "kind": "links",
        "read": 2,
        "stored": 1,
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "refused": 1,
        "organisations_added": 2,
        "links_added": 1,
        "open_multi_academy_trusts": 1,
        "refusals": [{"row": 3, "field": "URN", "reason": "'1' is not a URN of 5 or 6 digits"}],
    }
    assert "links.csv: 2 of 2 rows" in result.stderr


def test_import_names_each_refused_row_in_words(app: Flask, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_bytes(a_file(LINK_2017, {"Linked UID": "x"}))
    result = run(app, "import", path)
    assert "1 read, 0 stored" in result.stdout
    assert "  row 2: Linked UID 'x' is not a group UID of 4 or 5 digits" in result.stdout


def test_import_of_a_folder_reads_what_it_can_and_names_the_rest(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "a_links.csv").write_bytes(a_file(LINK_2017))
    (tmp_path / "groups.csv").write_bytes(a_file(GROUP))
    (tmp_path / "authorities.csv").write_bytes(a_file(AUTHORITY))
    (tmp_path / "other.csv").write_bytes(b"colour\r\nred\r\n")
    result = run(app, "import", tmp_path, "--json")
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert [one["kind"] for one in figures["files"]] == ["authorities", "groups", "links"]
    assert (figures["read"], figures["stored"]) == (3, 3)
    assert "other.csv: This is none of the register's files" in result.stderr
    again = json.loads(run(app, "import", tmp_path, "--json").stdout)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)


@pytest.mark.parametrize("content", [None, b"", b"colour\r\nred\r\n"])
def test_import_of_what_cannot_be_read_exits_with_2(
    app: Flask, session: Session, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "file.csv"
    if content is not None:
        path.write_bytes(content)
    result = run(app, "import", path)
    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_too_large_is_not_even_opened(app: Flask, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    with path.open("wb") as file:
        file.truncate(100_000_001)
    result = run(app, "import", path)
    assert result.exit_code == 2
    assert "The file has 100,000,001 bytes; up to 100,000,000 are read." in result.output


def test_import_of_a_folder_without_files_exits_with_2(app: Flask, session: Session, tmp_path: Path) -> None:
    assert run(app, "import", tmp_path).exit_code == 2


@pytest.mark.parametrize("identifier", ["123456", "10013279", "2044", "TR00261", "7318714", "harbour trust"])
def test_member_finds_the_organisation_by_any_identifier(
    app: Flask, session: Session, identifier: str
) -> None:
    trust = an_organisation(
        session,
        "Harbour Trust",
        urn="123456",
        ukprn="10013279",
        group_uid="2044",
        group_id="TR00261",
        company_number="07318714",
    )
    person = a_person(session, an_organisation(session), Role.BUYER)
    session.commit()
    result = run(app, "member", person.email, identifier, "approver")
    assert result.exit_code == 0, result.output
    held = sa.select(Membership.role).where(Membership.organisation_id == trust.id)
    assert session.scalars(held).all() == [Role.APPROVER]


def test_member_verifies_the_organisation_and_that_stands_on_record(app: Flask, session: Session) -> None:
    trust = an_organisation(session, "Harbour Trust")
    person = a_person(session, an_organisation(session), Role.BUYER)
    session.commit()
    for role in ("administrator", "seller"):
        assert run(app, "member", person.email, trust.name, role).exit_code == 0
    session.expire_all()
    assert trust.standing is Standing.VERIFIED
    acts = sa.select(AuditEntry.action).where(AuditEntry.organisation_id == trust.id)
    assert sorted(session.scalars(acts)) == ["add-member", "add-member", "verify-organisation"]


def test_member_says_what_is_wrong(app: Flask, session: Session) -> None:
    an_organisation(session, "Sponsor", kind=OrganisationKind.SPONSOR, group_uid="2044")
    for _ in range(2):
        an_organisation(session, "Twin Trust")
    person = a_person(session, an_organisation(session, "Own Trust"), Role.BUYER)
    session.commit()
    said = {
        (person.email, "2044"): "Nobody can act for Sponsor",
        (person.email, "999999"): "No organisation has the identifier",
        (person.email, "Twin Trust"): "Several organisations answer to Twin Trust",
        (person.email, "Own Trust"): "already has the role buyer",
        ("nobody@trust.example", "Own Trust"): "Nobody has an account",
    }
    for (email, identifier), words in said.items():
        result = run(app, "member", email, identifier, "buyer")
        assert (result.exit_code, words in result.stderr) == (1, True), result.stderr


def test_member_refuses_a_role_that_does_not_exist(app: Flask, session: Session) -> None:
    assert run(app, "member", "a@trust.example", "123456", "king").exit_code == 2


def test_a_role_that_is_taken_away_no_longer_opens_a_page(app: Flask, session: Session) -> None:
    trust = an_organisation(session, "Harbour Trust")
    actor = an_actor(session, trust, Role.FINANCE, Role.BUYER)
    browser = signed_in(app, session, actor)
    assert browser.get("/trust/audit").status_code == 200
    result = run(app, "remove-member", actor.email, "harbour trust", "finance")
    assert (result.exit_code, result.stdout) == (
        0,
        f"{actor.email} no longer has the role finance at Harbour Trust.\n",
    )
    assert browser.get("/trust/audit").status_code == 403
    held = sa.select(Membership.role).where(Membership.organisation_id == trust.id)
    assert session.scalars(held).all() == [Role.BUYER]


def test_remove_member_says_what_is_wrong(app: Flask, session: Session) -> None:
    person = a_person(session, an_organisation(session, "Own Trust"), Role.BUYER)
    session.commit()
    said = {
        (person.email, "Own Trust", "seller"): "does not have the role seller at Own Trust",
        (person.email, "999999", "buyer"): "No organisation has the identifier",
        ("nobody@trust.example", "Own Trust", "buyer"): "Nobody has an account",
    }
    for arguments, words in said.items():
        result = run(app, "remove-member", *arguments)
        assert (result.exit_code, words in result.stderr) == (1, True), result.stderr


def test_the_record_says_whom_an_operators_command_was_about(app: Flask, session: Session) -> None:
    trust = an_organisation(session, "Harbour Trust")
    person = a_person(session, an_organisation(session), Role.BUYER, name="Sam Pike")
    browser = signed_in(app, session, an_actor(session, trust))
    run(app, "member", person.email, "Harbour Trust", "approver")
    run(app, "remove-member", person.email, "Harbour Trust", "approver")
    page = browser.get("/trust/audit").text
    assert page.count("An operator’s command") == 3
    assert "Verify organisation" in page
    assert "Add member: Sam Pike" in page
    assert "Remove member: Sam Pike" in page
    assert re.search(r"role: <span[^>]*>approver</span>", page)


def test_supplier_adds_a_firm_once(app: Flask, session: Session) -> None:
    assert run(app, "supplier", " Coastal   Print Ltd ").exit_code == 0
    assert session.scalars(sa.select(Organisation.name)).all() == ["Coastal Print Ltd"]
    again = run(app, "supplier", "COASTAL PRINT LTD")
    assert (again.exit_code, "already a supplier" in again.stderr) == (1, True)


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Bell\x07"])
def test_supplier_needs_a_name(app: Flask, session: Session, name: str) -> None:
    assert run(app, "supplier", name).exit_code == 1
    assert session.scalars(sa.select(Organisation.name)).all() == []
