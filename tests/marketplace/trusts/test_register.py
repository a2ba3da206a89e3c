"""Reading the register's files, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.trusts import register
from marketplace.trusts.kinds import LinkKind, OrganisationKind, OrganisationState, RegisterFile
from marketplace.trusts.register import GIVES, GoodRow, Key, Linked, Refusal, Unreadable
from tests.factories.register import AUTHORITY, GROUP, LINK, LINK_2017, PUPILS, SCHOOL, a_file, a_table

FORMS = (LINK_2017, LINK, GROUP, SCHOOL, PUPILS, AUTHORITY)


def rows_of(data: bytes) -> list[GoodRow | Refusal]:
    return list(register.read(data).rows())


def only(form: Mapping[str, str], **changes: str) -> GoodRow | Refusal:
    """The one row of a file, with some cells changed; spaces in column names stand as __."""
    (row,) = rows_of(a_file(form, {name.replace("__", " "): value for name, value in changes.items()}))
    return row


def facts(row: GoodRow | Refusal, key: Key) -> Mapping[str, object]:
    assert isinstance(row, GoodRow), row
    return next(one.facts for one in row.organisations if one.key is key)


def refusal(form: Mapping[str, str], column: str, value: str) -> Refusal:
    (row,) = rows_of(a_file(form, {column: value}))
    assert isinstance(row, Refusal), row
    return row


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (LINK_2017, RegisterFile.LINKS),
        (LINK, RegisterFile.LINKS),
        (GROUP, RegisterFile.GROUPS),
        (SCHOOL, RegisterFile.SCHOOLS),
        (PUPILS, RegisterFile.PUPILS),
        (AUTHORITY, RegisterFile.AUTHORITIES),
    ],
)
def test_each_form_is_known_by_its_columns(form: Mapping[str, str], kind: RegisterFile) -> None:
    assert register.read(a_file(form)).form.kind is kind


def test_a_link_of_2017_is_a_school_a_group_and_a_link() -> None:
    (row,) = rows_of(a_file(LINK_2017))
    assert isinstance(row, GoodRow)
    assert [(one.key, one.value) for one in row.organisations] == [
        (Key.URN, "123456"),
        (Key.GROUP_UID, "2044"),
    ]
    assert isinstance(row.link, Linked)
    assert (row.link.kind, row.link.joined_on) == (LinkKind.MEMBER, date(2016, 9, 1))


@pytest.mark.parametrize(
    ("words", "kind", "link"),
    [
        ("School sponsor", OrganisationKind.SPONSOR, LinkKind.SPONSORED),
        ("Umbrella trust", OrganisationKind.UMBRELLA_TRUST, LinkKind.UMBRELLA),
        ("Single-academy trust", OrganisationKind.SINGLE_ACADEMY_TRUST, LinkKind.MEMBER),
    ],
)
def test_the_kind_of_group_decides_the_kind_of_link(
    words: str, kind: OrganisationKind, link: LinkKind
) -> None:
    row = only(LINK_2017, Group__Type=words)
    assert facts(row, Key.GROUP_UID)["kind"] is kind
    assert isinstance(row, GoodRow)
    assert isinstance(row.link, Linked)
    assert row.link.kind is link


def test_a_lost_leading_zero_of_a_company_number_is_put_back() -> None:
    assert facts(only(GROUP), Key.GROUP_UID)["company_number"] == "07318714"


@pytest.mark.parametrize("code", ["06", "6"])
def test_both_ways_to_write_a_group_type_code_are_read(code: str) -> None:
    row = rows_of(a_file(GROUP, {"Group Type (code)": code}))[0]
    assert facts(row, Key.GROUP_UID)["kind"] is OrganisationKind.MULTI_ACADEMY_TRUST


def test_a_code_alone_says_the_kind_of_group() -> None:
    assert facts(only(GROUP, Group__Type=""), Key.GROUP_UID)["kind"] is OrganisationKind.MULTI_ACADEMY_TRUST


def test_a_code_that_contradicts_the_type_is_refused() -> None:
    assert refusal(GROUP, "Group Type (code)", "01").field == "Group Type (code)"


@pytest.mark.parametrize("nothing", ["", "Not recorded", "Not-applicable", "NOT APPLICABLE", ".."])
def test_the_ways_to_say_nothing_are_none(nothing: str) -> None:
    assert facts(only(GROUP, Group__Town=nothing), Key.GROUP_UID)["town"] is None


def test_an_address_leaves_out_what_is_not_recorded() -> None:
    read = facts(only(GROUP), Key.GROUP_UID)
    assert (read["address"], read["postcode"]) == ("Quay Primary School, Abbey Road", "PE10 9EP")


@pytest.mark.parametrize("written", ["19-07-2010", "19/07/2010"])
def test_both_forms_of_date_are_read(written: str) -> None:
    row = rows_of(a_file(GROUP, {"Incorporated on (open date)": written}))[0]
    assert facts(row, Key.GROUP_UID)["opened_on"] == date(2010, 7, 19)


@pytest.mark.parametrize("written", ["31-02-2010", "2010-07-19", "19-07/2010", "19.07.2010", "19-07-10", "x"])
def test_what_is_no_date_is_refused(written: str) -> None:
    assert refusal(LINK_2017, "Joined date", written).field == "Joined date"


@pytest.mark.parametrize("year", ["1799", "9999", "0001"])
def test_a_year_that_is_a_slip_is_refused(year: str) -> None:
    assert "is not in the years 1800 to" in refusal(LINK_2017, "Joined date", f"01-09-{year}").reason


@pytest.mark.parametrize(
    ("form", "column", "value"),
    [
        (LINK_2017, "URN", ""),
        (LINK_2017, "URN", "1234"),
        (LINK_2017, "URN", "1234567"),
        (LINK_2017, "URN", "12345A"),
        (LINK_2017, "URN", "１２３４５６"),
        (LINK_2017, "Linked UID", "123"),
        (LINK_2017, "Linked UID", "123456"),
        (LINK_2017, "Companies House Number", "123"),
        (LINK_2017, "Companies House Number", "123456789"),
        (LINK_2017, "Companies House Number", "A1234567"),
        (LINK_2017, "Group Type", "Children's centres group"),
        (LINK_2017, "Group Status", "Perhaps"),
        (LINK_2017, "Group Name", ""),
        (LINK_2017, "EstablishmentName", "x" * 201),
        (LINK_2017, "EstablishmentName", "Quay\x00Primary"),
        (LINK_2017, "LA (code)", "92"),
        (GROUP, "Group ID", "TR1234"),
        (GROUP, "UKPRN", "20058308"),
        (GROUP, "UKPRN", "1005830"),
        (GROUP, "Group Postcode", "Bourne"),
        (SCHOOL, "NumberOfPupils", "many"),
        (SCHOOL, "EstablishmentStatus (name)", "Proposed to open"),
        (AUTHORITY, "Local Authority GIAS ID", ""),
    ],
)
def test_a_wrong_cell_refuses_its_row_and_names_the_column(
    form: Mapping[str, str], column: str, value: str
) -> None:
    (row,) = rows_of(a_file(form, {column: value}, encoding="utf-8"))
    assert isinstance(row, Refusal)
    assert (row.row, row.field) == (2, column)


@pytest.mark.parametrize("urn", ["12345", "123456"])
def test_urns_have_five_or_six_digits(urn: str) -> None:
    assert isinstance(only(SCHOOL, URN=urn), GoodRow)


def test_a_company_number_may_begin_with_two_letters() -> None:
    row = only(GROUP, Companies__House__Number="ip029393")
    assert facts(row, Key.GROUP_UID)["company_number"] == "IP029393"


def test_a_letter_typed_for_the_nought_of_a_postcode_is_put_right() -> None:
    row = only(AUTHORITY, Postcode="M32 OEL")
    assert facts(row, Key.AUTHORITY_CODE)["postcode"] == "M32 0EL"


def test_a_school_that_may_close_is_still_open() -> None:
    assert facts(only(SCHOOL), Key.URN)["state"] is OrganisationState.OPEN


def test_pupils_are_read_whatever_note_their_column_carries() -> None:
    renamed = {name.replace("(7)", "(12)"): value for name, value in PUPILS.items()}
    assert facts(rows_of(a_file(renamed))[0], Key.URN)["pupils"] == 1280


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_names_survive_each_encoding(encoding: str) -> None:
    row = rows_of(a_file(LINK_2017, {"EstablishmentName": "Ysgol Bryn Hedydd Siân’s"}, encoding=encoding))[0]
    assert facts(row, Key.URN)["name"] == "Ysgol Bryn Hedydd Siân’s"


def test_a_row_with_more_cells_than_columns_is_refused() -> None:
    data = a_table([list(SCHOOL), [*SCHOOL.values(), "one too many"], list(SCHOOL.values())])
    first, second = rows_of(data)
    assert isinstance(first, Refusal)
    assert first.reason == "has 18 columns where 17 are named"
    assert isinstance(second, GoodRow)


def test_a_row_may_lack_the_last_columns_that_nobody_reads() -> None:
    data = a_table([[*LINK_2017, "HasSharedHT"], list(LINK_2017.values())])
    assert isinstance(rows_of(data)[0], GoodRow)


def test_a_row_cut_short_is_refused() -> None:
    assert isinstance(rows_of(a_table([list(LINK_2017), list(LINK_2017.values())[:10]]))[0], Refusal)


def test_blank_lines_are_no_rows_but_keep_their_number() -> None:
    data = a_file(LINK_2017) + b"\r\n\r\n" + a_file(LINK_2017).splitlines()[1] + b"\r\n"
    assert [row.number for row in rows_of(data) if isinstance(row, GoodRow)] == [2, 5]


def test_the_column_names_repeated_as_a_row_are_refused() -> None:
    data = a_table([list(LINK_2017), list(LINK_2017), list(LINK_2017.values())])
    assert [type(row) for row in rows_of(data)] == [Refusal, GoodRow]


def test_an_endless_field_is_refused_and_reading_goes_on() -> None:
    rows = rows_of(a_file(LINK_2017, {"Group Name": "x" * 200_000}, {}))
    assert [type(row) for row in rows] == [Refusal, GoodRow]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ('"School 2', "a quotation mark is not closed"),
        ('"School" 2', "a quotation mark stands in the middle of a field"),
    ],
)
def test_a_wrong_quotation_mark_costs_its_own_row_only(name: str, reason: str) -> None:
    heading, row = a_file(LINK_2017).splitlines()
    wrong = row.replace(b"Quay Primary School", name.encode())
    rows = rows_of(b"\r\n".join([heading, row, wrong, *[row] * 500]))
    assert rows[1] == Refusal(3, "", reason)
    assert [type(one) for one in rows] == [GoodRow, Refusal, *[GoodRow] * 500]


def test_a_row_over_two_lines_is_refused_line_by_line() -> None:
    rows = rows_of(a_file(LINK_2017, {"Group Name": "Harbour\nTrust"}, {}))
    assert [type(row) for row in rows] == [Refusal, Refusal, GoodRow]


def test_column_names_that_cannot_be_read_are_said_to_be_so() -> None:
    with pytest.raises(Unreadable, match="column names cannot be read: a quotation mark is not closed"):
        register.read(b'URN,"Linked UID\r\n1,2\r\n')


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"\r\nURN,Name\r\n", "no column names"),
        (b"colour,size\r\nred,4\r\n", "none of the register's files"),
        (b"PK\x03\x04\x00\x00", "none of the register's files"),
        ("URN,Linked UID".encode("utf-16"), "none of the register's files"),
    ],
)
def test_a_file_that_is_none_of_the_registers_is_said_to_be_so(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        register.read(data)


def test_a_needed_column_that_is_named_twice_is_refused() -> None:
    with pytest.raises(Unreadable, match="URN is named twice"):
        register.read(a_table([[*LINK_2017, "URN"]]))


@pytest.mark.parametrize("form", FORMS[:4])
def test_each_file_answers_for_the_columns_that_it_gives(form: Mapping[str, str]) -> None:
    file = register.read(a_file(form))
    (row,) = file.rows()
    assert isinstance(row, GoodRow)
    for one in row.organisations:
        extra = {"group_id", "opened_on"} if form is LINK and one.key is Key.GROUP_UID else set()
        assert set(one.facts) == GIVES[file.form.kind, one.key] | extra


@given(st.data())
def test_no_cell_can_stop_the_reading(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    column = data.draw(st.sampled_from(sorted(form)))
    cell = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30))
    assert len(rows_of(a_file(form, {column: cell}, encoding="utf-8-sig"))) == 1


@given(st.binary(max_size=200))
def test_no_bytes_can_do_worse_than_be_unreadable(data: bytes) -> None:
    with suppress(Unreadable):
        rows_of(data)
