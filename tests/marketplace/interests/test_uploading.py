"""A register from a file: all of it or nothing, and nothing typed is lost."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.interests import uploading
from marketplace.interests.columns import HEADINGS
from marketplace.interests.models import DeclaredPerson, Interest, InterestUpload
from marketplace.kernel import clock
from marketplace.kernel.corrections import HOURS, Corrections
from marketplace.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.sheets import as_file
from tests.factories.trusts import an_actor, an_organisation

Row = list[str]


@pytest.fixture
def trust(session: Session) -> Organisation:
    return an_organisation(session, "Ash Trust")


@pytest.fixture
def keeper(session: Session, trust: Organisation) -> Actor:
    return an_actor(session, trust, Role.ADMINISTRATOR)


def a_row(number: int, **more: str) -> Row:
    """One interest of one of a hundred people in a firm of its own."""
    values = {
        "name": f"Person {chr(65 + number % 10)} Number {number % 100}",
        "post": "Trustee",
        "post_starts_on": "1/9/2023",
        "kind": "Directorship",
        "body_name": f"Firm {number} Ltd",
        "identifier": str(1_000_000 + number),
        "starts_on": "1/4/2024",
    } | more
    return [values.get(column, "") for column in HEADINGS]


def a_file(*rows: Row, kind: str = "csv") -> bytes:
    return as_file(kind, [list(HEADINGS.values()), *rows])


def counts(session: Session) -> tuple[int, int]:
    found = [
        session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (DeclaredPerson, Interest)
    ]
    return found[0] or 0, found[1] or 0


WRONG = [
    ("identifier", "12-34", "Company number", "8 characters"),
    ("starts_on", "31/2/2024", "From", "real date"),
    ("post", "King", "Post", "Use one of"),
    ("kind", "Friend", "Interest", "Use one of"),
    ("ends_on", "1/1/2020", "To", "not be before"),
]


def five_hundred_rows() -> tuple[list[Row], dict[int, tuple[str, str]]]:
    """500 rows of which 30 are wrong, and for each of these its number in the file, heading and sentence."""
    rows: list[Row] = []
    expected: dict[int, tuple[str, str]] = {}
    for number in range(500):
        if number % 17 == 3 and len(expected) < 30:
            column, typed, heading, said = WRONG[len(expected) % len(WRONG)]
            rows.append(a_row(number, **{column: typed}))
            expected[number + 2] = (heading, said)
        else:
            rows.append(a_row(number))
    return rows, expected


@pytest.mark.parametrize("kind", ["csv", "cp1252", "xlsx", "ods"])
def test_30_of_500_rows_are_named_by_row_and_field_and_nothing_is_stored(
    session: Session, keeper: Actor, kind: str
) -> None:
    rows, expected = five_hundred_rows()
    kept = uploading.upload(session, keeper, f"interests.{kind}", a_file(*rows, kind=kind))
    checked = uploading.check(session, keeper, kept.id)
    assert (len(checked.lines), len(checked.told)) == (500, 30)
    told = [re.fullmatch(r"Row (\d+), ([^:]+): (.+)", sentence) for sentence in checked.told]
    assert [int(one[1]) for one in told if one] == list(expected)
    for one in told:
        assert one is not None
        heading, said = expected[int(one[1])]
        assert (one[2], said in one[3]) == (heading, True)
    with pytest.raises(Conflict):
        uploading.store(session, keeper, kept.id)
    assert counts(session) == (0, 0)


def test_corrections_are_kept_and_then_everything_is_stored_at_once(session: Session, keeper: Actor) -> None:
    rows, _ = five_hundred_rows()
    kept = uploading.upload(session, keeper, "interests.csv", a_file(*rows))
    wrong = uploading.check(session, keeper, kept.id).wrong
    half = {line.number: dict.fromkeys(line.faults, "still wrong") for line in wrong[:15]}
    checked = uploading.correct(session, keeper, kept.id, Corrections(half, ()))
    assert {line.values[column] for line in checked.wrong[:15] for column in line.faults} == {"still wrong"}
    good = {
        line.number: {column: rows_good(line.number)[list(HEADINGS).index(column)] for column in line.faults}
        for line in checked.wrong[:-1]
    }
    left_out = [checked.wrong[-1].number]
    assert uploading.correct(session, keeper, kept.id, Corrections(good, left_out)).wrong == []
    stored = uploading.store(session, keeper, kept.id)
    assert (stored.people, stored.interests, stored.known) == (100, 499, 0)
    assert counts(session) == (100, 499)
    with pytest.raises(NotFound):
        uploading.store(session, keeper, kept.id)


def rows_good(number: int) -> Row:
    return a_row(number - 2)


def test_the_same_file_again_adds_nothing_and_a_later_one_ends_what_ended(
    session: Session, keeper: Actor
) -> None:
    for ends_on, new, ended, known in (
        ("", 2, 0, 0),
        ("", 0, 0, 2),
        ("1/10/2026", 0, 2, 0),
        ("2/10/2026", 0, 0, 2),
    ):
        content = a_file(a_row(1, ends_on=ends_on), a_row(2, ends_on=ends_on))
        kept = uploading.upload(session, keeper, "interests.csv", content)
        stored = uploading.store(session, keeper, kept.id)
        assert (stored.interests, stored.ended, stored.known) == (new, ended, known)
    assert counts(session) == (2, 2)


def test_a_later_file_ends_a_post_that_had_no_end(session: Session, keeper: Actor) -> None:
    for until, written, ended in (
        ("", None, 0),
        ("1/9/2025", date(2025, 9, 1), 1),
        ("2/9/2025", date(2025, 9, 1), 0),
    ):
        content = f"Name,Post,In post until,Interest,Organisation\nJane Smith,Trustee,{until},,\n".encode()
        kept = uploading.upload(session, keeper, "interests.csv", content)
        assert uploading.store(session, keeper, kept.id).ended == ended
        assert session.scalars(sa.select(DeclaredPerson.ends_on)).one() == written


def test_an_end_of_a_post_before_its_start_in_the_register_changes_nothing(
    session: Session, keeper: Actor
) -> None:
    for since, until in (("1/9/2025", ""), ("", "1/9/2024")):
        row = f"Jane Smith,Trustee,{since},{until},,"
        content = f"Name,Post,In post since,In post until,Interest,Organisation\n{row}\n".encode()
        kept = uploading.upload(session, keeper, "interests.csv", content)
        assert uploading.store(session, keeper, kept.id).ended == 0
    assert session.scalars(sa.select(DeclaredPerson.ends_on)).one() is None


def test_columns_that_nothing_is_read_from_are_named_and_stay_named(session: Session, keeper: Actor) -> None:
    content = b"Name,Post,Name,Interest,Organisation,Ended,\nJane Smith,Trustee,Jo,,,1/9/2025,\n"
    kept = uploading.upload(session, keeper, "interests.csv", content)
    assert uploading.check(session, keeper, kept.id).unused == ["Name", "Ended"]
    assert uploading.correct(session, keeper, kept.id, Corrections({2: {"nature": "None"}}, ())).unused == [
        "Name",
        "Ended",
    ]


def test_a_file_is_named_without_what_cannot_be_printed(session: Session, keeper: Actor) -> None:
    kept = uploading.upload(session, keeper, "in\x00ter\u202eests.csv", a_file(a_row(1)))
    assert kept.file_name == "interests.csv"


def test_two_people_of_one_name_are_told_apart_by_birth(session: Session, keeper: Actor) -> None:
    rows = [a_row(1, name="Jane Smith", born=born) for born in ("05/1970", "06/1980", "05/1970")]
    kept = uploading.upload(session, keeper, "interests.csv", a_file(*rows))
    assert uploading.store(session, keeper, kept.id).people == 2


def test_who_comes_again_without_the_month_of_birth_is_the_one_person_of_that_name(
    session: Session, keeper: Actor
) -> None:
    for born, new in (("05/1970", 1), ("", 0)):
        rows = [a_row(1, name="Jane Smith", born=born), a_row(2, name="Jane Smith", born=born)]
        kept = uploading.upload(session, keeper, "interests.csv", a_file(*rows))
        assert uploading.store(session, keeper, kept.id).people == new
    assert counts(session) == (1, 2)


def test_which_of_two_people_of_one_name_is_meant_is_asked(session: Session, keeper: Actor) -> None:
    rows = [a_row(1, name="Jane Smith", born=born) for born in ("05/1970", "06/1980")]
    kept = uploading.upload(session, keeper, "interests.csv", a_file(*rows))
    uploading.store(session, keeper, kept.id)
    kept = uploading.upload(session, keeper, "interests.csv", a_file(a_row(1, name="Jane Smith")))
    assert uploading.check(session, keeper, kept.id).told == [
        (
            "Row 2, Month of birth: There is more than one person of this name and post: "
            "enter the month of birth"
        )
    ]
    assert uploading.correct(session, keeper, kept.id, Corrections({2: {"born": "06/1980"}}, ())).wrong == []
    assert uploading.store(session, keeper, kept.id).people == 0


def test_an_account_is_linked_by_its_email_and_must_be_of_the_trust(
    session: Session, keeper: Actor, trust: Organisation
) -> None:
    own, stranger = an_actor(session, trust, Role.BUYER), an_actor(session)
    rows = [a_row(1, name="A", email=own.email.upper()), a_row(2, name="B", email=stranger.email)]
    kept = uploading.upload(session, keeper, "interests.csv", a_file(*rows))
    checked = uploading.check(session, keeper, kept.id)
    assert checked.told == ["Row 3, Email: Nobody at your trust has an account with this email address"]
    uploading.correct(session, keeper, kept.id, Corrections({3: {"email": ""}}, ()))
    uploading.store(session, keeper, kept.id)
    linked = session.scalars(sa.select(DeclaredPerson.person_id).order_by(DeclaredPerson.name)).all()
    assert linked == [own.person_id, None]


def test_ones_own_interest_waits_for_another_administrator(session: Session, keeper: Actor) -> None:
    content = a_file(a_row(1, email=keeper.email), a_row(2))
    kept = uploading.upload(session, keeper, "interests.csv", content)
    uploading.store(session, keeper, kept.id)
    confirmed = session.execute(sa.select(Interest.body_name, Interest.confirmed_by_id)).all()
    assert {(row.body_name, row.confirmed_by_id) for row in confirmed} == {
        ("Firm 1 Ltd", None),
        ("Firm 2 Ltd", keeper.person_id),
    }


def test_a_formula_stays_text(session: Session, keeper: Actor) -> None:
    content = a_file(a_row(1, nature="=HYPERLINK(1)"), kind="xlsx")
    kept = uploading.upload(session, keeper, "interests.xlsx", content)
    uploading.store(session, keeper, kept.id)
    assert session.scalar(sa.select(Interest.nature)) == "=HYPERLINK(1)"


def test_the_own_trust_is_no_interest(session: Session, keeper: Actor) -> None:
    kept = uploading.upload(session, keeper, "a.csv", a_file(a_row(1, body_name="Ash Trust", identifier="")))
    assert (
        uploading.check(session, keeper, kept.id).told[0].startswith("Row 2, Organisation: This is your own")
    )


def test_another_trust_finds_no_upload_and_nobody_without_the_role(
    session: Session, keeper: Actor, trust: Organisation
) -> None:
    kept = uploading.upload(session, keeper, "a.csv", a_file(a_row(1)))
    stranger, buyer = an_actor(session), an_actor(session, trust, Role.BUYER)
    for service in (uploading.check, uploading.store, uploading.forget):
        with pytest.raises(NotFound):
            service(session, stranger, kept.id)
        with pytest.raises(NotPermitted):
            service(session, buyer, kept.id)
    with pytest.raises(NotFound):
        uploading.correct(session, stranger, kept.id, Corrections({2: {"name": "x"}}, ()))


def test_an_upload_is_forgotten_after_some_hours(session: Session, keeper: Actor) -> None:
    kept = uploading.upload(session, keeper, "a.csv", a_file(a_row(1)))
    with clock.standing_at(clock.now() + timedelta(hours=HOURS)):
        with pytest.raises(NotFound):
            uploading.check(session, keeper, kept.id)
        later = uploading.upload(session, keeper, "b.csv", a_file(a_row(1)))
    assert session.scalars(sa.select(InterestUpload.id)).all() == [later.id]


def test_a_file_that_is_no_register_is_refused_at_the_file(session: Session, keeper: Actor) -> None:
    with pytest.raises(Refused, match="must name the columns") as refused:
        uploading.upload(session, keeper, "a.csv", b"Colour,Size\nred,1\n")
    assert refused.value.field == "file"


def test_a_forgotten_upload_leaves_the_register_as_it_was(session: Session, keeper: Actor) -> None:
    kept = uploading.upload(session, keeper, "a.csv", a_file(a_row(1)))
    uploading.forget(session, keeper, kept.id)
    assert counts(session) == (0, 0)
    with pytest.raises(NotFound):
        uploading.check(session, keeper, kept.id)
