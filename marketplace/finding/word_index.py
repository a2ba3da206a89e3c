"""The index of words of each database, which is beside the models: FTS5 on SQLite, tsvector on PostgreSQL.

Both keep stems by the place where they stand: title, names (category and synonyms), summary, description,
and everything (with the seller and the places). What makes and asks them is here alone.

PostgreSQL asks a policy before it uses an index for words. So what everybody may find has a table that
everybody may read, with indexes; the few listings that only members may find have another, with a policy.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.kernel.database import beside_the_models, made_by_hand

NAME = "search_words"
OF_MEMBERS = f"{NAME}_of_members"
SPELLINGS = "search_spellings"
COLUMNS = ("title", "names", "summary", "description", "everything")
TIERS = len(COLUMNS)
SPELLED_LIKE = 30

MAKING = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE {NAME} USING fts5({', '.join(COLUMNS)}, detail=column, tokenize='unicode61')",
        f"CREATE VIRTUAL TABLE {SPELLINGS} USING fts5(word, tokenize='trigram')",
    ),
    "postgresql": (
        (
            f"CREATE TABLE {NAME} (id BIGINT CONSTRAINT pk_{NAME} PRIMARY KEY, "
            "document TSVECTOR NOT NULL, everything TSVECTOR NOT NULL)"
        ),
        f"CREATE INDEX ix_{NAME}_document ON {NAME} USING gin (document)",
        f"CREATE INDEX ix_{NAME}_everything ON {NAME} USING gin (everything)",
        (
            f"CREATE TABLE {OF_MEMBERS} (id BIGINT CONSTRAINT pk_{OF_MEMBERS} PRIMARY KEY, "
            "document TSVECTOR NOT NULL, everything TSVECTOR NOT NULL, "
            "partnership_id UUID NOT NULL, seller_id UUID NOT NULL)"
        ),
    ),
}
BEFORE = {
    "sqlite": (),
    "postgresql": ("CREATE EXTENSION IF NOT EXISTS pg_trgm",),
}
UNMAKING = {
    "sqlite": (f"DROP TABLE {SPELLINGS}", f"DROP TABLE {NAME}"),
    "postgresql": (f"DROP TABLE {OF_MEMBERS}", f"DROP TABLE {NAME}"),
}


def _words(name: str, *columns: str) -> sa.Table:
    """A table of words on PostgreSQL, for whoever says who may read it."""
    some = (sa.Column(column, sa.Uuid()) for column in columns)
    vectors: Any = (sa.Column(column) for column in ("document", "everything"))
    return sa.Table(name, sa.MetaData(), sa.Column("id", sa.BigInteger()), *vectors, *some)


WORDS = _words(NAME)
WORDS_OF_MEMBERS = _words(OF_MEMBERS, "partnership_id", "seller_id")


def made_with(table: sa.Table) -> None:
    """Make the index when a table is made from the models; a migration runs the same statements."""
    for moment, statements in (("before_create", BEFORE), ("after_create", MAKING)):
        for dialect, some in statements.items():
            for statement in some:
                made = sa.DDL(statement)  # type: ignore[no-untyped-call]
                event.listen(table, moment, made.execute_if(dialect=dialect))
    made_by_hand(NAME, SPELLINGS)
    beside_the_models(WORDS, WORDS_OF_MEMBERS)


@dataclass(frozen=True)
class Entry:
    """The stems of one listing, each place as words with spaces between; and who may find it."""

    id: int
    title: str
    names: str
    summary: str
    description: str
    everything: str
    partnership_id: uuid.UUID | None
    seller_id: uuid.UUID


_REMOVE = {
    "sqlite": sa.text(f"DELETE FROM {NAME} WHERE rowid = :id"),  # noqa: S608  our own name
    "postgresql": sa.text(
        f"WITH gone AS (DELETE FROM {OF_MEMBERS} WHERE id = :id) "  # noqa: S608  our own names
        f"DELETE FROM {NAME} WHERE id = :id"
    ),
}
_STEMS = (
    "setweight(to_tsvector('simple', :title), 'A') || setweight(to_tsvector('simple', :names), 'B') || "
    "setweight(to_tsvector('simple', :summary), 'C') || to_tsvector('simple', :description), "
    "to_tsvector('simple', :everything)"
)
_ADD = {
    "sqlite": sa.text(
        f"INSERT INTO {NAME} (rowid, {', '.join(COLUMNS)}) "  # noqa: S608  our own names
        f"VALUES (:id, {', '.join(f':{column}' for column in COLUMNS)})"
    ),
    "postgresql": sa.text(
        f"INSERT INTO {NAME} (id, document, everything) VALUES (:id, {_STEMS})"  # noqa: S608  our own words
    ),
}
_ADD_OF_MEMBERS = sa.text(
    f"INSERT INTO {OF_MEMBERS} (id, document, everything, partnership_id, seller_id) "  # noqa: S608  our own words
    f"VALUES (:id, {_STEMS}, :partnership_id, :seller_id)"
)
_LEFTOVERS = {"sqlite": ((NAME, "rowid"),), "postgresql": ((NAME, "id"), (OF_MEMBERS, "id"))}
_WEIGHTS = ("A", "AB", "ABC", "")
"""On PostgreSQL the places of each tier by their weights; the description has none."""
_SPELLED = {
    "sqlite": sa.text(
        f"SELECT word FROM {SPELLINGS} WHERE {SPELLINGS} MATCH :typed "  # noqa: S608  our own names
        f"ORDER BY rank LIMIT {SPELLED_LIKE}"
    ),
    "postgresql": sa.text(
        "SELECT word FROM search_vocabulary WHERE word % :typed "  # noqa: S608  a number
        f"ORDER BY similarity(word, :typed) DESC, word LIMIT {SPELLED_LIKE}"
    ),
}
_LOOSELY = sa.text("SELECT set_config('pg_trgm.similarity_threshold', '0.15', true)")


def remove(session: Session, ids: Sequence[int]) -> None:
    """Take the words of some listings out."""
    if ids:
        session.execute(_REMOVE[dialect_of(session)], [{"id": one} for one in ids])


def add(session: Session, entries: Sequence[Entry]) -> None:
    """Put the words of some listings in, none of which is there."""
    dialect = dialect_of(session)
    apart = [entry for entry in entries if dialect == "postgresql" and entry.partnership_id]
    rest = [vars(entry) for entry in entries if entry not in apart]
    if rest:
        session.execute(_ADD[dialect], rest)
    if apart:
        session.execute(_ADD_OF_MEMBERS, [vars(entry) for entry in apart])


def has_spellings(session: Session) -> bool:
    """Whether words stand by their letters in an index of their own; PostgreSQL has one on the vocabulary."""
    return dialect_of(session) == "sqlite"


def add_spellings(session: Session, padded: Sequence[str]) -> None:
    """Make new words findable by the letters they share."""
    if padded:
        statement = sa.text(f"INSERT INTO {SPELLINGS} (word) VALUES (:word)")  # noqa: S608  our own name
        session.execute(statement, [{"word": one} for one in padded])


def remove_spellings(session: Session, padded: Sequence[str]) -> None:
    """Let words be found no more by the letters they share."""
    if padded:
        statement = sa.text(f"DELETE FROM {SPELLINGS} WHERE {SPELLINGS} MATCH :asked AND word = :word")  # noqa: S608  our own name
        session.execute(statement, [{"asked": f'"{one}"', "word": one} for one in padded])


def remove_leftovers(session: Session) -> None:
    """Take the words out that are of no row."""
    for name, number in _LEFTOVERS[dialect_of(session)]:
        session.execute(sa.text(f"DELETE FROM {name} WHERE {number} NOT IN (SELECT id FROM search_rows)"))  # noqa: S608  our own names


def spelled_like(session: Session, typed: str, trigrams: Sequence[str]) -> list[str]:
    """Known words that share letters with a word, those that share most first."""
    if dialect_of(session) == "sqlite":
        asked = " OR ".join(f'"{one}"' for one in trigrams)
        rows = session.scalars(_SPELLED["sqlite"], {"typed": asked})
        return [word.removeprefix("__").removesuffix("_") for word in rows]
    session.execute(_LOOSELY)
    return list(session.scalars(_SPELLED["postgresql"], {"typed": typed}))


@dataclass(frozen=True)
class Having:
    """The index, its number, and a condition on it; what is asked is given in parameters."""

    table: Any
    id: sa.ColumnElement[int]
    condition: Any


def having(
    dialect: str, tier: int, name: str, without: tuple[str, int] | None = None, for_members: bool = True
) -> Having:
    """What a statement needs to find listings by their words, up to a tier of places.

    Tier 0 is the title alone, 1 the names too, then summary, description, and everything. `name` is the
    parameter with what is asked. `without` is another one and its tier: what answers to that is left out.
    Not `for_members`: what only the members of a partnership may find is not looked at.
    """
    asked = _given(dialect, name)
    unwanted = _given(dialect, without[0]) if without else None
    if dialect == "sqlite":
        table: Any = sa.table(NAME, sa.column("rowid", sa.Integer))
        whole = asked if unwanted is None else sa.literal("(") + asked + ") NOT (" + unwanted + ")"
        return Having(table, table.c.rowid, sa.literal_column(NAME).op("MATCH")(whole))
    table = _ALL_WORDS if for_members else WORDS
    found = _answers(table, tier, asked)
    if without is not None:
        found = sa.and_(found, sa.not_(_answers(table, without[1], unwanted)))
    return Having(table, table.c.id, found)


def _given(dialect: str, name: str) -> Any:
    """What is asked, for PostgreSQL written out: a plan for whatever words reads all that have them."""
    return sa.bindparam(name, type_=sa.Text(), literal_execute=dialect == "postgresql")


_SHOWN = ("id", "document", "everything")
_ALL_WORDS = sa.union_all(
    *(sa.select(*(table.c[column] for column in _SHOWN)) for table in (WORDS, WORDS_OF_MEMBERS))
).subquery("words")


def _answers(table: Any, tier: int, asked: Any) -> Any:
    column = table.c.document if tier < len(_WEIGHTS) else table.c.everything
    return column.op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'"), asked))


def asked(dialect: str, groups: Sequence[Sequence[str]], tier: int, every: bool = True) -> str:
    """A stem of every group (or of any), up to a tier of places, in the words of the database."""
    if dialect == "sqlite":
        some = [f"({' OR '.join(map(_quoted, group))})" for group in groups]
        return f"{{{' '.join(COLUMNS[: tier + 1])}}} : ({(' AND ' if every else ' OR ').join(some)})"
    weights = _WEIGHTS[tier] if tier < len(_WEIGHTS) else ""
    some = [f"({' | '.join(_lexeme(stem, weights) for stem in group)})" for group in groups]
    return (" & " if every else " | ").join(some)


def _quoted(stem: str) -> str:
    return f'"{stem}"'


def _lexeme(stem: str, weights: str) -> str:
    return f"'{stem}':{weights}" if weights else f"'{stem}'"


def dialect_of(session: Session) -> str:
    """Which database it is."""
    return session.get_bind().dialect.name
