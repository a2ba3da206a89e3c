"""What a listing has free next stands beside what the search asks, apart from the item that is shown.

Revision ID: c41f7be2906d
Revises: 4c8e19b7d052
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

revision = "c41f7be2906d"
down_revision = "4c8e19b7d052"
branch_labels = None
depends_on = None

ROWS = sa.table("search_rows", sa.column("id", sa.BigInteger), sa.column("next_open", sa.Text))
ITEMS = sa.table("search_items", sa.column("id", sa.BigInteger), sa.column("item", sa.Text))
BATCH = 500


def upgrade() -> None:
    op.add_column("search_rows", sa.Column("next_open", sa.Text(), nullable=True))
    _move(_out_of_the_item)


def downgrade() -> None:
    _move(_into_the_item)
    with op.batch_alter_table("search_rows") as batch:
        batch.drop_column("next_open")


def _out_of_the_item(item: dict[str, Any], next_open: str | None) -> str | None:
    apart = item.pop("next_open", None)
    return orjson.dumps(apart).decode() if apart else None


def _into_the_item(item: dict[str, Any], next_open: str | None) -> None:
    item["next_open"] = orjson.loads(next_open) if next_open else None


def _move(move: Callable[[dict[str, Any], str | None], str | None]) -> None:
    """Set every item and row to what `move` makes of them, some at a time."""
    connection, last = op.get_bind(), -1
    statement = sa.select(ITEMS.c.id, ITEMS.c.item, ROWS.c.next_open).join(ROWS, ROWS.c.id == ITEMS.c.id)
    while some := connection.execute(
        statement.where(ITEMS.c.id > last).order_by(ITEMS.c.id).limit(BATCH)
    ).all():
        for id_, text, was in some:
            item = orjson.loads(text)
            next_open = move(item, was)
            kept = {"item": orjson.dumps(item).decode()}
            connection.execute(sa.update(ITEMS).where(ITEMS.c.id == id_).values(kept))
            connection.execute(sa.update(ROWS).where(ROWS.c.id == id_).values(next_open=next_open))
        last = some[-1].id
