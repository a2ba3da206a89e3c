"""What people type into a register of interests, and how it is shown as JSON."""

from __future__ import annotations

import marshmallow as ma

from marketplace.interests.kinds import INTEREST_WORDS, POST_WORDS, InterestKind, Post
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Text, WholeNumber, YesNo, named

EARLIEST = 1900
"""Some have been trustees for longer than there were computers."""


class PersonInput(Command):
    """Somebody of the register."""

    name = Text(required=True, **named("Full name", autocomplete="off"))
    post = Choice(Post, POST_WORDS, required=True, **named("Post", missing="Select a post"))
    person_id = Identifier(
        load_default=None,
        allow_none=True,
        **named(
            "Account", hint="Their account at Sharewell, if they have one: then no name need be compared."
        ),
    )
    birth_month = WholeNumber(
        least=1,
        most=12,
        load_default=None,
        allow_none=True,
        **named("Month of birth (optional)", hint="1 to 12. It tells people of one name apart."),
    )
    birth_year = WholeNumber(
        least=EARLIEST, most=2100, load_default=None, allow_none=True, **named("Year of birth (optional)")
    )
    starts_on = Day(
        earliest=EARLIEST, load_default=None, allow_none=True, **named("In post since (optional)")
    )
    ends_on = Day(
        earliest=EARLIEST,
        load_default=None,
        allow_none=True,
        **named("In post until (optional)", hint="The last day, once the post has ended."),
    )


class InterestInput(Command):
    """One interest of somebody."""

    kind = Choice(
        InterestKind, INTEREST_WORDS, required=True, **named("What it is", missing="Select what it is")
    )
    body_name = Text(
        required=True,
        **named(
            "Name of the organisation or company", hint="For a family tie, the organisation it leads to."
        ),
    )
    identifier = Text(
        longest=20,
        load_default=None,
        allow_none=True,
        **named(
            "Its number (optional)",
            hint="A company number, or the URN, UKPRN or UID of a school or trust. It leaves no doubt.",
        ),
    )
    nature = Text(
        longest=300,
        load_default=None,
        allow_none=True,
        **named("More about it (optional)", hint="For example: chair, 20% of the shares, councillor."),
    )
    starts_on = Day(earliest=EARLIEST, load_default=None, allow_none=True, **named("From (optional)"))
    ends_on = Day(
        earliest=EARLIEST,
        load_default=None,
        allow_none=True,
        **named("To (optional)", hint="The last day. Leave it empty while the interest lasts."),
    )


class Declaration(InterestInput):
    """One's own interest; the post is asked for with the first one."""

    post = Choice(
        Post,
        POST_WORDS,
        load_default=None,
        allow_none=True,
        **named("What you are at your trust", missing="Select what you are at your trust"),
    )


class EndInterest(Command):
    """The last day of an interest."""

    ends_on = Day(earliest=EARLIEST, required=True, **named("Last day of this interest"))


class Publish(Command):
    """Whether everybody may read the published part."""

    is_published = YesNo(
        required=True, **named("Everybody may read the published part", legend="Publication")
    )


class InterestBody(ma.Schema):
    """One interest; an organisation of the schools register has its identifier."""

    id = ma.fields.UUID(attribute="interest_id")
    kind = ma.fields.Enum(InterestKind, by_value=True)
    organisation_id = ma.fields.UUID(attribute="body_id", allow_none=True)
    organisation_name = ma.fields.String(attribute="body_name")
    company_number = ma.fields.String(allow_none=True)
    nature = ma.fields.String(allow_none=True)
    starts_on = ma.fields.Date(allow_none=True)
    ends_on = ma.fields.Date(allow_none=True)
    declared_on = ma.fields.Date()
    confirmed_at = ma.fields.DateTime(allow_none=True)


class PersonBody(ma.Schema):
    """Somebody of the register with their interests."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    post = ma.fields.Enum(Post, by_value=True)
    person_id = ma.fields.UUID(allow_none=True)
    birth_year = ma.fields.Integer(allow_none=True)
    birth_month = ma.fields.Integer(allow_none=True)
    starts_on = ma.fields.Date(allow_none=True)
    ends_on = ma.fields.Date(allow_none=True)
    interests = ma.fields.List(ma.fields.Nested(InterestBody))


class RegisterBody(ma.Schema):
    """The register of a trust."""

    is_published = ma.fields.Boolean()
    people = ma.fields.List(ma.fields.Nested(PersonBody))


class RelatedQuery(Command):
    """A trust, school or supplier from which one thinks of buying."""

    seller_id = Identifier(required=True, **named("Seller", missing="Choose a seller"))


class RelatedBody(ma.Schema):
    """How the token's organisation and a seller are related today; empty when no register says so."""

    paths = ma.fields.List(ma.fields.String())
