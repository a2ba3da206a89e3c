"""The shapes in which JSON shows needs, prices, rounds and savings."""

from __future__ import annotations

import marshmallow as ma

from marketplace.aggregation.states import (
    CommitmentState,
    PriceListState,
    RequestState,
    RoundState,
    RunState,
)
from marketplace.catalogue.kinds import Category, VatTreatment


def _said(description: str) -> dict[str, str]:
    return {"description": description}


class TierShown(ma.Schema):
    """A tier of a price list."""

    from_units = ma.fields.Integer(metadata=_said("From this many units on"))
    unit_price_pence = ma.fields.Integer(metadata=_said("Price of one unit, net"))


class PriceListShown(ma.Schema):
    """A supplier's prices."""

    id = ma.fields.UUID()
    supplier_id = ma.fields.UUID()
    supplier_name = ma.fields.String()
    title = ma.fields.String()
    unit = ma.fields.String(metadata=_said("One unit"))
    unit_plural = ma.fields.String(metadata=_said("Several units"))
    category = ma.fields.Enum(Category, by_value=True)
    vat_treatment = ma.fields.Enum(VatTreatment, by_value=True)
    source = ma.fields.String(metadata=_said("Where the prices are published"))
    state = ma.fields.Enum(PriceListState, by_value=True)
    tiers = ma.fields.List(ma.fields.Nested(TierShown))


class NextAfter(ma.Schema):
    """Where the next page of a list begins."""

    next_after = ma.fields.UUID(
        allow_none=True, metadata=_said("Send as `after` for the next page; null at the end")
    )


class PriceListsShown(NextAfter):
    """Price lists, newest first."""

    items = ma.fields.List(ma.fields.Nested(PriceListShown))


class RequestShown(ma.Schema):
    """A need as other trusts see it."""

    id = ma.fields.UUID()
    trust_id = ma.fields.UUID()
    trust_name = ma.fields.String()
    title = ma.fields.String()
    category = ma.fields.Enum(Category, by_value=True)
    unit_plural = ma.fields.String()
    quantity = ma.fields.Integer()
    note = ma.fields.String()


class OwnRequestShown(ma.Schema):
    """A need of your own trust, with what only your trust sees."""

    id = ma.fields.UUID()
    title = ma.fields.String()
    category = ma.fields.Enum(Category, by_value=True)
    unit_plural = ma.fields.String()
    quantity = ma.fields.Integer()
    ceiling_pence = ma.fields.Integer(metadata=_said("The most for one unit, net"))
    baseline_pence = ma.fields.Integer(allow_none=True, metadata=_said("Today's unit price, net"))
    note = ma.fields.String()
    state = ma.fields.Enum(RequestState, by_value=True)


class RequestsShown(NextAfter):
    """Open needs of every trust, newest first."""

    items = ma.fields.List(ma.fields.Nested(RequestShown))


class OwnRequestsShown(NextAfter):
    """The needs of your own trust, newest first."""

    items = ma.fields.List(ma.fields.Nested(OwnRequestShown))


class StandingShown(ma.Schema):
    """Where a pool stands, by the quantities that are firm."""

    volume = ma.fields.Integer(metadata=_said("Units committed firmly; after an award, units awarded"))
    current = ma.fields.Nested(TierShown, allow_none=True)
    next = ma.fields.Nested(TierShown, allow_none=True)
    units_to_go = ma.fields.Integer(metadata=_said("Units to the next tier; 0 at the last"))


class RoundCardShown(ma.Schema):
    """A round in a list."""

    id = ma.fields.UUID()
    reference = ma.fields.String()
    title = ma.fields.String()
    lead_name = ma.fields.String()
    unit = ma.fields.String()
    unit_plural = ma.fields.String()
    state = ma.fields.Enum(RoundState, by_value=True)
    is_open = ma.fields.Boolean(metadata=_said("Whether trusts can commit now"))
    closes_on = ma.fields.Date(metadata=_said("The last day, in London, on which trusts can commit"))
    award_price_pence = ma.fields.Integer(allow_none=True, metadata=_said("Unit price of the award, net"))
    own_quantity = ma.fields.Integer(allow_none=True, metadata=_said("What your trust has committed"))
    standing = ma.fields.Nested(StandingShown)


class RoundsShown(NextAfter):
    """Rounds, newest first."""

    items = ma.fields.List(ma.fields.Nested(RoundCardShown))


class MemberShown(ma.Schema):
    """A trust that was served; until a round is awarded your own alone."""

    trust_id = ma.fields.UUID()
    name = ma.fields.String()
    quantity = ma.fields.Integer()
    state = ma.fields.Enum(CommitmentState, by_value=True)


class OwnShown(ma.Schema):
    """Your trust's own commitment; nobody else is shown this."""

    id = ma.fields.UUID()
    quantity = ma.fields.Integer()
    ceiling_pence = ma.fields.Integer(metadata=_said("The most for one unit, net"))
    baseline_pence = ma.fields.Integer(allow_none=True, metadata=_said("Today's unit price, net"))
    po_number = ma.fields.String(allow_none=True)
    purchase_request_id = ma.fields.UUID(allow_none=True)
    state = ma.fields.Enum(CommitmentState, by_value=True)
    most_net_pence = ma.fields.Integer(metadata=_said("The most that it may cost, net"))
    written_by = ma.fields.List(
        ma.fields.String(),
        metadata=_said("Who wrote figures of it while it waits: none of them may approve it"),
    )
    may_approve = ma.fields.List(ma.fields.String(), metadata=_said("Who may approve it now, while it waits"))
    reason = ma.fields.String(allow_none=True, metadata=_said("Why it was served or not"))
    contract_id = ma.fields.UUID(allow_none=True)
    potential_pence = ma.fields.Integer(allow_none=True, metadata=_said("Saving against today's price"))
    realised_pence = ma.fields.Integer(allow_none=True, metadata=_said("Its part by what was invoiced"))


class TierStanding(TierShown):
    """A tier of a round and how far it is."""

    from_units = ma.fields.Integer(attribute="tier.from_units")
    unit_price_pence = ma.fields.Integer(attribute="tier.unit_price_pence")
    units_to_go = ma.fields.Integer(metadata=_said("0 when it is reached"))
    is_current = ma.fields.Boolean()


class RunShown(ma.Schema):
    """The working out of an award: its progress, then its proof."""

    state = ma.fields.Enum(RunState, by_value=True)
    closed_at = ma.fields.AwareDateTime()
    lots = ma.fields.Integer(metadata=_said("How many lots there are to solve"))
    lots_done = ma.fields.Integer()
    gap = ma.fields.Float(
        allow_none=True, metadata=_said("How much better an award may be at most, as a part of its value")
    )
    is_proven = ma.fields.Boolean(metadata=_said("Whether no award is better by more than a millionth"))
    value_pence = ma.fields.Integer(
        allow_none=True,
        metadata=_said("What lies under the ceilings so far, no saving; null of few trusts and afterwards"),
    )
    bound_pence = ma.fields.Integer(allow_none=True, metadata=_said("What no award exceeds; null likewise"))
    digest = ma.fields.String(metadata=_said("SHA-256 of the frozen figures, with a salt"))
    violations = ma.fields.Integer(allow_none=True, metadata=_said("What a second program found wrong"))
    started_at = ma.fields.AwareDateTime(allow_none=True)
    finished_at = ma.fields.AwareDateTime(allow_none=True)
    error = ma.fields.String(allow_none=True, metadata=_said("What went wrong, for the lead alone"))


class RoundShown(ma.Schema):
    """A round as your trust sees it."""

    id = ma.fields.UUID(attribute="round.id")
    reference = ma.fields.String(attribute="round.reference")
    title = ma.fields.String(attribute="round.title")
    specification = ma.fields.String(attribute="round.specification")
    category = ma.fields.Enum(Category, by_value=True, attribute="round.category")
    unit = ma.fields.String(attribute="round.unit")
    unit_plural = ma.fields.String(attribute="round.unit_plural")
    vat_treatment = ma.fields.Enum(VatTreatment, by_value=True, attribute="round.vat_treatment")
    source = ma.fields.String(attribute="round.source")
    lead_id = ma.fields.UUID(attribute="round.lead_id")
    lead_name = ma.fields.String()
    supplier_id = ma.fields.UUID(attribute="round.supplier_id")
    supplier_name = ma.fields.String()
    state = ma.fields.Enum(RoundState, by_value=True, attribute="round.state")
    is_open = ma.fields.Boolean(metadata=_said("Whether trusts can commit now"))
    closes_on = ma.fields.Date(attribute="round.closes_on")
    closes_at = ma.fields.AwareDateTime(attribute="round.closes_at")
    starts_on = ma.fields.Date(attribute="round.starts_on")
    ends_on = ma.fields.Date()
    months = ma.fields.Integer(attribute="round.months")
    minimum_units = ma.fields.Integer(attribute="round.minimum_units")
    award_price_pence = ma.fields.Integer(attribute="round.award_price_pence", allow_none=True)
    awarded_units = ma.fields.Integer(attribute="round.awarded_units", allow_none=True)
    reason = ma.fields.String(attribute="round.reason", allow_none=True)
    ended_at = ma.fields.AwareDateTime(
        attribute="round.ended_at", allow_none=True, metadata=_said("When it was decided or cancelled")
    )
    standing = ma.fields.Nested(StandingShown)
    tiers = ma.fields.List(ma.fields.Nested(TierStanding))
    trusts = ma.fields.Integer(metadata=_said("How many are in the pool, or were served"))
    members = ma.fields.List(ma.fields.Nested(MemberShown))
    own = ma.fields.Nested(OwnShown, allow_none=True)
    run = ma.fields.Nested(
        RunShown, allow_none=True, metadata=_said("The working out of the award, once the round is closed")
    )


class SavingShown(ma.Schema):
    """What one contract saves."""

    contract_id = ma.fields.UUID()
    contract_reference = ma.fields.String()
    round_id = ma.fields.UUID()
    title = ma.fields.String()
    quantity = ma.fields.Integer()
    baseline_pence = ma.fields.Integer(metadata=_said("Unit price before, net"))
    unit_price_pence = ma.fields.Integer(metadata=_said("Unit price of the award, net"))
    potential_pence = ma.fields.Integer(metadata=_said("(before - award) * quantity; may be negative"))
    invoiced_pence = ma.fields.Integer(metadata=_said("Invoiced so far, net"))
    realised_pence = ma.fields.Integer(metadata=_said("The potential's part by what was invoiced"))


class SavingsShown(ma.Schema):
    """The savings of your trust and their sums."""

    items = ma.fields.List(ma.fields.Nested(SavingShown), attribute="rows")
    potential_pence = ma.fields.Integer()
    realised_pence = ma.fields.Integer()
