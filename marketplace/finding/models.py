"""What the search keeps of published listings, the words it knows, and the searches that people keep."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.kinds import Category
from marketplace.finding import word_index
from marketplace.finding.kinds import Frequency
from marketplace.kernel.database import Base, Identified, choice, owned_by, owned_through, shared
from marketplace.trusts.partnership_models import ACTING_BELONGS

PLACE_IN_ORDER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""On SQLite only an INTEGER is the row's own number."""


NEAR = ("easting", "northing", "facets", "partnership_id", "seller_id")
"""What is asked of sellers near a place: the index of cells has it all, so that no row need be read."""


class SearchRow(Base):
    """What is asked and counted of one published listing, in a row that is quick to read.

    `id` rises from the newest listing to the oldest, so that whatever reads on along an index comes in the
    order wanted. `free_months`, `left_by_month` and `soonest` are as months.py and entries.py make them;
    `next_open` is the first period with something left, as JSON, and `open_until` its last day. Who has no
    coordinates has no cell. A listing with `serves_england` reaches every buyer; else those in
    `authorities` (",878,879,") and those within `reach_metres` of its seller. Neither seller nor partnership
    has an index: a search would gather all that its reader may see by them, instead of reading on.
    """

    __tablename__ = "search_rows"
    id: Mapped[int] = mapped_column(PLACE_IN_ORDER, primary_key=True, autoincrement=False)
    facets: Mapped[int]
    category: Mapped[Category] = mapped_column(choice(Category))
    price_pence: Mapped[int]
    free_months: Mapped[int]
    soonest: Mapped[int]
    cell: Mapped[int | None]
    easting: Mapped[int | None]
    northing: Mapped[int | None]
    serves_england: Mapped[bool]
    reach_metres: Mapped[int | None]
    authorities: Mapped[str] = mapped_column(sa.Text)
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"), unique=True)
    seller_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"))
    partnership_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("partnerships.id"))
    left_by_month: Mapped[str] = mapped_column(sa.String(360))
    next_open: Mapped[str | None] = mapped_column(sa.Text)
    open_until: Mapped[date | None]
    __table_args__ = (
        sa.Index("ix_search_rows_of_category", "category", "id"),
        sa.Index("ix_search_rows_by_price", "price_pence", "id"),
        sa.Index("ix_search_rows_by_soonest", "soonest", "id"),
        sa.Index("ix_search_rows_near", "cell", *NEAR),
    )


class SearchItem(Base):
    """What a list shows of one published listing, as the JSON that programs get.

    `named` has the stems of its title and names.
    """

    __tablename__ = "search_items"
    id: Mapped[int] = mapped_column(
        PLACE_IN_ORDER,
        sa.ForeignKey("search_rows.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    item: Mapped[str] = mapped_column(sa.Text)
    named: Mapped[str] = mapped_column(sa.Text)


class SearchVocabulary(Base):
    """A word, its stem, and how many listings for everybody have it: what can be begun or misspelt."""

    __tablename__ = "search_vocabulary"
    word: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    stem: Mapped[str] = mapped_column(sa.String(40), index=True)
    listings: Mapped[int]
    __table_args__ = (
        sa.Index(
            "ix_search_vocabulary_spelled",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )


class SearchLending(Base):
    """The words that one listing lends to the vocabulary, with spaces between."""

    __tablename__ = "search_lendings"
    id: Mapped[int] = mapped_column(
        PLACE_IN_ORDER, sa.ForeignKey("search_rows.id"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(sa.Text)


class SearchNews(Base):
    """The order in which listings that buyers could find were committed; a number stays for good."""

    __tablename__ = "search_news"
    number: Mapped[int] = mapped_column(PLACE_IN_ORDER, primary_key=True, autoincrement=False)
    listing_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("listings.id"), unique=True)


class SavedSearch(Identified, Base):
    """A search that a person keeps under a name, and how often they hear of what is new.

    `asked` is the address of the search after the question mark. Whoever has the `stop_secret` can end the
    mails. The news up to `told_number` were told, or stood in the search when it was saved.
    """

    __tablename__ = "saved_searches"
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    asked: Mapped[str] = mapped_column(sa.String(1_000))
    frequency: Mapped[Frequency] = mapped_column(choice(Frequency))
    stop_secret: Mapped[str] = mapped_column(sa.String(64), unique=True)
    told_number: Mapped[int]
    __table_args__ = (sa.UniqueConstraint("person_id", "organisation_id", "name"),)


ROWS: sa.Table = SearchRow.__table__  # type: ignore[assignment]
ITEMS: sa.Table = SearchItem.__table__  # type: ignore[assignment]
NEWS: sa.Table = SearchNews.__table__  # type: ignore[assignment]
MEMBERS_ONLY = (
    "partnership_id IS NULL OR EXISTS (SELECT 1 FROM partnership_memberships AS member "  # noqa: S608  our own words
    f"WHERE member.partnership_id = search_rows.partnership_id AND {ACTING_BELONGS})"
)
OF_PARTNERS = (
    "partnership_id IN (SELECT member.partnership_id FROM partnership_memberships AS member "  # noqa: S608  our own words
    f"WHERE {ACTING_BELONGS})"
)
"""Found out once a statement, for all of the rows are asked."""
shared(
    SearchRow.__table__,
    "people look for services; those of a partnership are its members' own",
    when=MEMBERS_ONLY,
    named=("partnership_id",),
    writers=("seller_id",),
)
owned_through(SearchItem.__table__, "id", "search_rows")
owned_through(SearchLending.__table__, "id", "search_rows")
shared(word_index.WORDS, "which of these numbers are listings of whom, search_rows says", by_jobs=True)
shared(
    word_index.WORDS_OF_MEMBERS,
    "the words of what only the members of a partnership may find are theirs",
    when=OF_PARTNERS,
    writers=("seller_id",),
)
owned_through(SearchNews.__table__, "listing_id", "listings")
shared(SearchVocabulary.__table__, "the words of what everybody may find", by_jobs=True)
owned_by(SavedSearch.__table__, "organisation_id")
word_index.made_with(SearchVocabulary.__table__)  # type: ignore[arg-type]
