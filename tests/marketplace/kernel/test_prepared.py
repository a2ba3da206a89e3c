from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.database import UtcInstant, new_id
from marketplace.kernel.prepared import Prepared

TABLE = sa.Table(
    "things",
    sa.MetaData(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("day", sa.Date()),
    sa.Column("moment", UtcInstant()),
    sa.Column("is_good", sa.Boolean()),
    sa.Column("units", sa.BigInteger()),
    prefixes=["TEMPORARY"],
)
ADD = Prepared(sa.insert(TABLE), columns=[column.name for column in TABLE.c])
CHANGE = Prepared(
    sa.update(TABLE)
    .where(TABLE.c.day == sa.bindparam("of"), TABLE.c.units + sa.bindparam("more") <= sa.bindparam("most"))
    .values(units=TABLE.c.units + sa.bindparam("more"), is_good=sa.bindparam("good"))
)
MOMENT = datetime(2027, 3, 28, 1, 30, tzinfo=timezone(timedelta(hours=1)))


def a_row(**more: Any) -> dict[str, Any]:
    return {"id": new_id(), "day": date(2027, 3, 28), "moment": MOMENT, "is_good": True, "units": 1} | more


@pytest.fixture
def connection(session: Session) -> sa.Connection:
    found = session.connection()
    TABLE.create(found)
    return found


@pytest.mark.parametrize("number", [1, 3])
def test_what_is_sent_is_stored_as_by_an_ordinary_statement(connection: sa.Connection, number: int) -> None:
    rows = [a_row(units=units) for units in range(number)] + [a_row(day=None, moment=None, is_good=None)]
    ADD.send(connection, *rows)
    found = connection.execute(sa.select(TABLE).order_by(TABLE.c.id)).mappings().all()
    assert [dict(row) for row in found] == rows
    same = sa.select(sa.func.count()).where(TABLE.c.moment == MOMENT, TABLE.c.day == date(2027, 3, 28))
    assert connection.scalar(same) == number


def test_it_says_how_many_rows_it_changed(connection: sa.Connection) -> None:
    ADD.send(connection, a_row(units=1), a_row(units=4), a_row(day=date(2027, 3, 29)))
    assert CHANGE.send(connection, {"of": date(2027, 3, 28), "more": 2, "most": 5, "good": False}) == 1
    found = connection.execute(sa.select(TABLE.c.units, TABLE.c.is_good).order_by(TABLE.c.units))
    assert [tuple(row) for row in found] == [(1, True), (3, False), (4, True)]


def test_a_value_that_is_not_given_is_no_empty_one(connection: sa.Connection) -> None:
    with pytest.raises(KeyError):
        CHANGE.send(connection, {"of": date(2027, 3, 28), "more": 2, "most": 5})
