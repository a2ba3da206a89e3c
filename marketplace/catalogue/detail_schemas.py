"""What sellers say of a listing beside its description, and what the operator decides about one."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from marketplace.catalogue import trials
from marketplace.catalogue.assurance import (
    CHECK_WORDS,
    ELIGIBLE,
    INSURANCE_WORDS,
    PILLAR_WORDS,
    SETTING_WORDS,
    Check,
    Cover,
    Effect,
    Insurance,
    Made,
    Pillar,
    Post,
    Setting,
)
from marketplace.catalogue.kinds import PHASE_WORDS, REACH_WORDS, Phase, Reach
from marketplace.kernel.fields import Choice, Command, Day, Identifier, Pence, Text, WholeNumber, named

MOST_MILES = 500
MOST_AUTHORITIES = 200
HIGHEST_COVER_PENCE = 100_000_000_000
MOST_PEOPLE = 500


class SetReach(Command):
    """Where buyers can be, and the phases that are served."""

    reach = Choice(
        Reach,
        REACH_WORDS,
        required=True,
        **named("Where can buyers be?", missing="Select where buyers can be"),
    )
    authority_codes = ma.fields.List(
        Text(longest=3),
        load_default=list,
        validate=ma.validate.Length(max=MOST_AUTHORITIES, error=f"Select {MOST_AUTHORITIES} or fewer"),
        **named("Which local authorities?", missing="Select at least one local authority"),
    )
    reach_miles = WholeNumber(
        least=1,
        most=MOST_MILES,
        allow_none=True,
        load_default=None,
        **named("How many miles from your nearest school?", missing="Enter how many miles"),
    )
    phases = ma.fields.List(
        Choice(Phase, PHASE_WORDS),
        load_default=list,
        **named(
            "Which phases is it for?", hint="Select those that it fits. With none it is for every phase."
        ),
    )

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_reach(self, data: dict[str, Any], **_: Any) -> None:
        """What a reach needs is asked for with it."""
        if data.get("reach") is Reach.AUTHORITIES and data.get("authority_codes") == []:
            raise ma.ValidationError("Select at least one local authority", "authority_codes")
        if data.get("reach") is Reach.DISTANCE and "reach_miles" in data and data["reach_miles"] is None:
            raise ma.ValidationError("Enter how many miles", "reach_miles")


class NotTooLong(ma.validate.Range):
    """As long as sellers may offer a trial here, which never is longer than the document says."""

    def __init__(self) -> None:
        super().__init__(min=1, max=trials.MOST_MONTHS)

    def __call__(self, value: Any) -> Any:
        if not 1 <= value <= trials.longest():
            raise ma.ValidationError(f"Enter a whole number from 1 to {trials.longest()}")
        return value


class Months(WholeNumber):
    """How long a trial lasts."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.validators[:] = [NotTooLong()]


class SetTrial(Command):
    """Whether buyers can try it first, for how long and at which price; without months there is no trial."""

    trial_months = Months(
        allow_none=True,
        load_default=None,
        **named("For how many months at most?", missing="Enter for how many months"),
    )
    trial_percent = WholeNumber(
        most=99,
        load_default=0,
        **named(
            "What does the trial cost, in percent of the price?",
            hint="Enter 0 for a free trial, 25 for a quarter of the price",
        ),
    )
    trial_terms = Text(
        longest=1_000,
        lines=True,
        allow_none=True,
        load_default=None,
        **named(
            "What else holds for the trial? (optional)",
            hint="For example, one school only, or a review after six weeks",
        ),
    )


class OfferTrial(SetTrial):
    """The same on the page, which asks first whether there is a trial."""

    is_offered = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(["yes", "no"], error="Select yes or no"),
        **named("Can buyers try it first?", missing="Select whether buyers can try it first"),
    )

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_months(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("is_offered") == "yes" and "trial_months" in data and data["trial_months"] is None:
            raise ma.ValidationError("Enter for how many months", "trial_months")


class SetVisibility(Command):
    """Who may see it: everybody, or the members of one partnership."""

    partnership_id = Identifier(allow_none=True, load_default=None, **named("Who can see this listing?"))


class AddPost(Command):
    """People in one post who deliver the service; never a name."""

    post = Text(
        required=True,
        longest=100,
        **named(
            "Post",
            hint="Not a person's name. For example, educational psychologist",
            missing="Enter the post",
        ),
    )
    number = WholeNumber(
        required=True,
        least=1,
        most=MOST_PEOPLE,
        **named("How many people", missing="Enter how many people"),
    )
    setting = Choice(
        Setting,
        SETTING_WORDS,
        required=True,
        **named(
            "Where do they work?",
            hint="Which checks may be asked for follows from this",
            missing="Select where they work",
        ),
    )


class CheckMade(Command):
    """A check that was made of everybody in a post."""

    check = Choice(Check, CHECK_WORDS, required=True, **named("Check"))
    made_on = Day(required=True, earliest=1960, **named("Day of the earliest"))

    @ma.post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Made:
        return Made(**data)


class PostStated(AddPost):
    """A post with its checks."""

    checks = ma.fields.List(ma.fields.Nested(CheckMade), load_default=list, **named("Checks"))

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_once(self, data: dict[str, Any], **_: Any) -> None:
        named_ = [one.check for one in data.get("checks", []) if isinstance(one, Made)]
        if len(set(named_)) < len(named_):
            raise ma.ValidationError("Name each check once", "checks")

    @ma.post_load
    def _post(self, data: dict[str, Any], **_: Any) -> Post:
        return Post(**(data | {"checks": tuple(data["checks"])}))


class AddInsurance(Command):
    """What is insured, up to which sum and until when."""

    insurance = Choice(
        Insurance,
        INSURANCE_WORDS,
        required=True,
        **named("What is insured?", missing="Select what is insured"),
    )
    cover_pence = Pence(
        least=1,
        most=HIGHEST_COVER_PENCE,
        allow_none=True,
        load_default=None,
        **named("Up to which sum? (optional)", hint="Leave it empty when there is no limit"),
    )
    ends_on = Day(
        required=True,
        **named("Last day of the cover", hint="For example, 31 8 2027", missing="Enter the last day"),
    )


class InsuranceStated(AddInsurance):
    """The same, of several."""

    @ma.post_load
    def _cover(self, data: dict[str, Any], **_: Any) -> Cover:
        return Cover(**data)


class SetPeople(Command):
    """Who delivers and what is insured, in place of what was said."""

    posts = ma.fields.List(ma.fields.Nested(PostStated), required=True, **named("Posts"))
    insurances = ma.fields.List(ma.fields.Nested(InsuranceStated), required=True, **named("Insurances"))


class AddEffect(Command):
    """What the service changed elsewhere, as its seller states it."""

    measure = Text(
        required=True,
        longest=150,
        **named(
            "What was measured",
            hint="For example, pupils absent for 10% of sessions or more",
            missing="Enter what was measured",
        ),
    )
    before = Text(
        required=True,
        longest=60,
        **named("Before", hint="With its unit. For example, 24%", missing="Enter the figure before"),
    )
    after = Text(required=True, longest=60, **named("After", missing="Enter the figure after"))
    starts_on = Day(required=True, **named("First day of the period", missing="Enter the first day"))
    ends_on = Day(required=True, **named("Last day of the period", missing="Enter the last day"))
    source = Text(
        required=True,
        **named(
            "Where the figures come from",
            hint="For example, our attendance register of three schools. Never name a pupil.",
            missing="Enter where the figures come from",
        ),
    )
    pillar = Choice(
        Pillar,
        PILLAR_WORDS,
        required=True,
        **named(
            "Which description of trust quality is it about?",
            hint="One of the five of the Department for Education",
            missing="Select what it is about",
        ),
    )

    @ma.validates_schema(skip_on_field_errors=False)
    def _check_order(self, data: dict[str, Any], **_: Any) -> None:
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and last < first:
            raise ma.ValidationError("The last day must be the same as or after the first", "ends_on")


class EffectStated(AddEffect):
    """The same, of several."""

    @ma.post_load
    def _effect(self, data: dict[str, Any], **_: Any) -> Effect:
        return Effect(**data)


class SetEvidence(Command):
    """The seller's statements of effect, in place of those before."""

    evidence = ma.fields.List(ma.fields.Nested(EffectStated), required=True, **named("Evidence"))


def checks_schema(setting: Setting) -> ma.Schema:
    """A date for each check that people in this setting are eligible for; an empty one was not made."""
    fields: dict[str, Any] = {
        check.value: Day(
            earliest=1960,
            allow_none=True,
            load_default=None,
            **named(CHECK_WORDS[check], hint="Day of the earliest among them. Leave it empty if not made."),
        )
        for check in ELIGIBLE[setting]
    }
    made: ma.Schema = type("SetChecks", (Command,), fields)()
    return made


class SendListingBack(Command):
    """What its seller must change, and which version the operator saw."""

    seen = WholeNumber(required=True, least=1, **named("Version"))
    reason = Text(
        required=True,
        longest=1_000,
        lines=True,
        **named(
            "What must the seller change?",
            hint="The seller reads this.",
            missing="Enter what the seller must change",
        ),
    )


class AcceptListing(Command):
    """Which version the operator saw."""

    seen = WholeNumber(required=True, least=1, **named("Version"))
