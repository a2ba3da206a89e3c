"""What JSON shows of a listing beside its description: people, evidence, versions, what hangs on it."""

from __future__ import annotations

import marshmallow as ma

from marketplace.catalogue.assurance import Check, Insurance, Pillar, Setting
from marketplace.catalogue.kinds import ListingKind, Reach
from marketplace.catalogue.states import ReviewState


class CheckShown(ma.Schema):
    """A check that was made of everybody in a post."""

    check = ma.fields.Enum(Check, by_value=True, metadata={"description": "What was checked"})
    made_on = ma.fields.Date(metadata={"description": "Day of the earliest among them"})


class PostShown(ma.Schema):
    """People in one post."""

    post_id = ma.fields.UUID(metadata={"description": "Identifier of the post"})
    post = ma.fields.String(metadata={"description": "What they are, never who"})
    number = ma.fields.Integer(metadata={"description": "How many people"})
    setting = ma.fields.Enum(Setting, by_value=True, metadata={"description": "Where they work"})
    checks = ma.fields.List(ma.fields.Nested(CheckShown), metadata={"description": "What was checked"})


class InsuranceShown(ma.Schema):
    """What is insured."""

    cover_id = ma.fields.UUID(metadata={"description": "Identifier of the insurance"})
    insurance = ma.fields.Enum(Insurance, by_value=True, metadata={"description": "What is insured"})
    cover_pence = ma.fields.Integer(
        allow_none=True, metadata={"description": "Up to this sum in pence; null without a limit"}
    )
    ends_on = ma.fields.Date(metadata={"description": "Last day of the cover"})


class EffectShown(ma.Schema):
    """What the seller states; Sharewell did not measure it."""

    effect_id = ma.fields.UUID(metadata={"description": "Identifier of the statement"})
    measure = ma.fields.String(metadata={"description": "What was measured"})
    before = ma.fields.String(metadata={"description": "The figure before, with its unit"})
    after = ma.fields.String(metadata={"description": "The figure after"})
    starts_on = ma.fields.Date(metadata={"description": "First day of the period"})
    ends_on = ma.fields.Date(metadata={"description": "Last day of the period"})
    source = ma.fields.String(metadata={"description": "Where the figures come from"})
    pillar = ma.fields.Enum(
        Pillar, by_value=True, metadata={"description": "Description of trust quality it is about"}
    )


class DetailShown(ma.Schema):
    """What a listing says beside its description."""

    kind = ma.fields.Enum(ListingKind, by_value=True, metadata={"description": "Service or knowledge"})
    licence = ma.fields.String(
        allow_none=True, metadata={"description": "What buyers may do with knowledge; null for a service"}
    )
    is_unlimited = ma.fields.Boolean(metadata={"description": "Whether any number can be ordered"})
    phases = ma.fields.List(
        ma.fields.String(), metadata={"description": "Phases served; empty for every phase"}
    )
    reach = ma.fields.Enum(Reach, by_value=True, metadata={"description": "How the places are chosen"})
    authority_codes = ma.fields.List(
        ma.fields.String(), metadata={"description": "Codes of local authorities in the schools register"}
    )
    reach_miles = ma.fields.Integer(
        allow_none=True, metadata={"description": "Miles from the seller's schools"}
    )
    trial_months = ma.fields.Integer(
        allow_none=True, metadata={"description": "Longest trial in months; null: no trial"}
    )
    trial_percent = ma.fields.Integer(metadata={"description": "Part of the price that a trial costs"})
    trial_terms = ma.fields.String(allow_none=True, metadata={"description": "What else holds for a trial"})
    partnership_id = ma.fields.UUID(
        allow_none=True, metadata={"description": "Only its members see the listing; null: everybody"}
    )
    partnership_name = ma.fields.String(allow_none=True, metadata={"description": "Name of that partnership"})
    posts = ma.fields.List(ma.fields.Nested(PostShown), metadata={"description": "Who delivers"})
    insurances = ma.fields.List(ma.fields.Nested(InsuranceShown), metadata={"description": "Insurances"})
    evidence = ma.fields.List(
        ma.fields.Nested(EffectShown),
        metadata={"description": "What the seller states; nothing is measured by Sharewell yet"},
    )


class ChangeShown(ma.Schema):
    """One part of a listing that changed, in words."""

    part = ma.fields.String(metadata={"description": "What it is called"})
    before = ma.fields.String(metadata={"description": "What it said"})
    after = ma.fields.String(metadata={"description": "What it says"})


class VersionShown(ma.Schema):
    """What buyers saw of a listing from a change on."""

    number = ma.fields.Integer(metadata={"description": "Version of the listing; orders name it"})
    created_at = ma.fields.AwareDateTime(metadata={"description": "From when on"})
    person_name = ma.fields.String(
        allow_none=True, metadata={"description": "Who changed it; null for an order's other side"}
    )
    terms = ma.fields.Dict(metadata={"description": "Every term as it was, with the plans"})
    changes = ma.fields.List(
        ma.fields.Nested(ChangeShown), metadata={"description": "What was different before"}
    )


class VersionsShown(ma.Schema):
    """The versions of a listing, the newest first."""

    items = ma.fields.List(ma.fields.Nested(VersionShown), metadata={"description": "Newest first"})


class AffectedShown(ma.Schema):
    """Orders, or places in the waiting list, in one state, and what becomes of them."""

    state = ma.fields.String(metadata={"description": "Their state"})
    number = ma.fields.Integer(metadata={"description": "How many"})
    last_day = ma.fields.Date(allow_none=True, metadata={"description": "When the last of them ends"})
    becomes = ma.fields.String(metadata={"description": "What becomes of them"})
    told = ma.fields.String(metadata={"description": "Who hears of it; empty when nobody needs to"})


class ConsequencesShown(ma.Schema):
    """What hangs on a listing."""

    pause = ma.fields.List(ma.fields.Nested(AffectedShown), metadata={"description": "When it is paused"})
    withdraw = ma.fields.List(
        ma.fields.Nested(AffectedShown), metadata={"description": "When it is withdrawn"}
    )


class ReviewShown(ma.Schema):
    """A look of the operator at a listing."""

    created_at = ma.fields.AwareDateTime(metadata={"description": "When it was sent for review"})
    state = ma.fields.Enum(ReviewState, by_value=True, metadata={"description": "What became of it"})
    reason = ma.fields.String(allow_none=True, metadata={"description": "What to change, when sent back"})
    decided_at = ma.fields.AwareDateTime(allow_none=True, metadata={"description": "When it was decided"})


class ReviewsShown(ma.Schema):
    """The reviews of a listing, the newest first."""

    items = ma.fields.List(ma.fields.Nested(ReviewShown), metadata={"description": "Newest first"})
