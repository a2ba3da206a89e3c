"""The vocabulary counts who lends a word, and on PostgreSQL the words for members only stand by themselves.

What the search knows of listings is made anew by a job, that is owed here: migrations know no words.

Revision ID: e13f5a7c902b
Revises: c41f7be2906d
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "e13f5a7c902b"
down_revision = "c41f7be2906d"
branch_labels = None
depends_on = None

WORDS, OF_MEMBERS = "search_words", "search_words_of_members"
JOB = "reindex-search"
POLICIES = {"add": "INSERT WITH CHECK", "change": "UPDATE USING", "remove": "DELETE USING"}


def upgrade() -> None:
    _forget_vocabulary()
    with op.batch_alter_table("search_vocabulary") as batch:
        batch.add_column(sa.Column("listings", sa.BigInteger(), nullable=False))
    op.create_table(
        "search_lendings",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["search_rows.id"], name="fk_search_lendings_id_search_rows"),
        sa.PrimaryKeyConstraint("id", name="pk_search_lendings"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _set_words_of_members_apart()
    _owe_reindexing()


def downgrade() -> None:
    op.drop_table("search_lendings")
    with op.batch_alter_table("search_vocabulary") as batch:
        batch.drop_column("listings")
    if op.get_bind().dialect.name == "postgresql":
        columns = "id, document, everything"
        op.execute(f"INSERT INTO {WORDS} ({columns}) SELECT {columns} FROM {OF_MEMBERS}")  # noqa: S608  our own words
        op.execute(f"DROP TABLE {OF_MEMBERS}")
        everybody = "((SELECT current_setting('app.everybody', true)) = 'on')"
        op.execute(f"CREATE POLICY words_read ON {WORDS} FOR SELECT USING (true)")
        for name, verb in POLICIES.items():
            op.execute(f"CREATE POLICY words_{name} ON {WORDS} FOR {verb} {everybody}")
    op.execute(sa.text("DELETE FROM outbox_jobs WHERE kind = :kind").bindparams(kind=JOB))


def _forget_vocabulary() -> None:
    op.execute("DELETE FROM search_vocabulary")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DELETE FROM search_spellings")


def _set_words_of_members_apart() -> None:
    for name in ("read", *POLICIES):
        op.execute(f"DROP POLICY words_{name} ON {WORDS}")
    op.execute(
        f"CREATE TABLE {OF_MEMBERS} (id BIGINT CONSTRAINT pk_{OF_MEMBERS} PRIMARY KEY, "
        "document TSVECTOR NOT NULL, everything TSVECTOR NOT NULL, "
        "partnership_id UUID NOT NULL, seller_id UUID NOT NULL)"
    )
    op.execute(
        f"INSERT INTO {OF_MEMBERS} "  # noqa: S608  our own words
        "SELECT word.id, document, everything, partnership_id, seller_id "
        f"FROM {WORDS} AS word JOIN search_rows ON search_rows.id = word.id WHERE partnership_id IS NOT NULL"
    )
    op.execute(f"DELETE FROM {WORDS} WHERE id IN (SELECT id FROM {OF_MEMBERS})")  # noqa: S608  our own words


def _owe_reindexing() -> None:
    """Only where there is something to find: a worker does it as soon as one runs."""
    if not op.get_bind().scalar(sa.text("SELECT 1 FROM listings WHERE state = 'published' LIMIT 1")):
        return
    columns: dict[str, Any] = {
        "id": sa.Uuid(),
        "kind": sa.String(),
        "key": sa.String(),
        "payload": sa.JSON(),
        "state": sa.String(),
        "tries": sa.BigInteger(),
        "created_at": sa.DateTime(timezone=True),
        "due_at": sa.DateTime(timezone=True),
    }
    jobs = sa.table("outbox_jobs", *(sa.column(name, kind) for name, kind in columns.items()))
    now = op.get_bind().scalar(sa.select(sa.func.now()))
    job = {"id": uuid.uuid4(), "kind": JOB, "key": f"{JOB}:{revision}", "payload": {}, "tries": 0}
    op.execute(sa.insert(jobs).values(job | {"state": "todo", "created_at": now, "due_at": now}))
