from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.kernel.arrays import one_of

NUMBERS, TEXTS = (1, 2, 2**62, -5), ("a", "it's", '"', "é🏫")


def a_table_of(values: Sequence[Any], kind: Any) -> sa.ColumnElement[Any]:
    rows = (sa.select(sa.literal(value, kind).label("value")) for value in values)
    return sa.union_all(*rows).subquery().c.value


@pytest.mark.parametrize("wanted", [[], [2], [2**62, -5, 7], list(range(300))])
def test_numbers_are_found_among_many(session: Session, wanted: Sequence[int]) -> None:
    of = a_table_of(NUMBERS, sa.BigInteger())
    now, later = sa.select(of).where(one_of(of, wanted)), sa.select(of).where(one_of(of, "wanted"))
    assert set(session.scalars(now)) == set(NUMBERS) & set(wanted)
    assert set(session.scalars(later, {"wanted": wanted})) == set(NUMBERS) & set(wanted)


@pytest.mark.parametrize("wanted", [["it's"], ['"', "é🏫", "], [", ""], []])
def test_texts_are_found_among_many_whatever_they_hold(session: Session, wanted: list[str]) -> None:
    of = a_table_of(TEXTS, sa.Text())
    assert set(session.scalars(sa.select(of).where(one_of(of, wanted)))) == set(TEXTS) & set(wanted)


def test_an_index_finds_them(session: Session) -> None:
    """An index is used only where the column stands alone before its operator."""
    organisations = sa.table("organisations", sa.column("id", sa.BigInteger()))
    text = str(sa.select(organisations.c.id).where(one_of(organisations.c.id, [1, 2])).compile(session.bind))
    condition = " ".join(text.partition("WHERE ")[2].split())
    assert condition in {
        "organisations.id IN (SELECT value FROM json_each(?))",
        "organisations.id = ANY (%(param_1)s::BIGINT[])",
    }
