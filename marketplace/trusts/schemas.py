"""What people type to look after their trust."""

from __future__ import annotations

from marketplace.kernel.fields import Command, Day, Identifier, Text, WholeNumber, named
from marketplace.trusts.terms import TermName


class Switch(Command):
    """Another organisation to act for."""

    organisation_id = Identifier(required=True, **named("Organisation", missing="Choose an organisation"))


class CountPupils(Command):
    """How many pupils a school has, as its own people counted them."""

    pupils = WholeNumber(
        required=True, most=100_000, **named("Pupils", missing="Enter how many pupils there are")
    )
    counted_on = Day(
        required=True,
        **named("Counted on", missing="Enter the day on which they were counted, like 1 10 2026"),
    )
    reason = Text(
        required=True,
        **named(
            "Why the register’s figure is not right",
            hint="For example, a new class opened in September",
            missing="Say why the register’s figure is not right",
        ),
    )


class Describe(Command):
    """What an organisation decides about itself, where its kind leaves it a choice."""

    year_ends_in = WholeNumber(
        required=True,
        least=1,
        most=12,
        **named("Your financial year ends with the last day of", missing="Select a month"),
    )
    authority_id = Identifier(
        load_default=None, allow_none=True, **named("The local authority that set up your trust")
    )


class FindOrganisations(Command):
    """Words of a name, or an identifier."""

    q = Text(load_default="", **named("Name, URN, UID, UKPRN or company number"))
    after = Identifier(load_default=None, **named("Where the page begins"))


def _term_day(term: TermName, which: str) -> Day:
    words = f"{which} day of the {term.value} term"
    return Day(required=True, **named(words, missing=f"Enter the {words[0].lower()}{words[1:]}"))


class KeepTerms(Command):
    """The first and the last day of each term of a school year."""

    autumn_starts_on = _term_day(TermName.AUTUMN, "First")
    autumn_ends_on = _term_day(TermName.AUTUMN, "Last")
    spring_starts_on = _term_day(TermName.SPRING, "First")
    spring_ends_on = _term_day(TermName.SPRING, "Last")
    summer_starts_on = _term_day(TermName.SUMMER, "First")
    summer_ends_on = _term_day(TermName.SUMMER, "Last")
