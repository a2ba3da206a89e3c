"""What JSON shows of schemes, rulings and budgets."""

from __future__ import annotations

import marshmallow as ma

from marketplace.delegation.kinds import UndertakingState
from marketplace.kernel.fields import Day
from marketplace.trusts.kinds import Role


class RowBody(ma.Schema):
    """A row: a role or a person (neither: nobody needs to approve) and a limit in pence (null: any sum)."""

    up_to_pence = ma.fields.Integer(allow_none=True)
    role = ma.fields.Enum(Role, by_value=True, allow_none=True)
    person_id = ma.fields.UUID(allow_none=True)
    cost_centre_id = ma.fields.UUID(allow_none=True)
    quotes = ma.fields.Integer()
    body = ma.fields.String()
    sentence = ma.fields.String()


class SchemeBody(ma.Schema):
    """A scheme of delegation; sums net, over the whole life of what is bought."""

    id = ma.fields.UUID(allow_none=True)
    approval_limit_pence = ma.fields.Integer()
    second_above_pence = ma.fields.Integer(allow_none=True)
    requires_po_number = ma.fields.Boolean()
    stops_over_budget = ma.fields.Boolean()
    rows = ma.fields.List(ma.fields.Nested(RowBody))


class WaitingBody(SchemeBody):
    """A looser scheme that holds when a second person confirms it."""

    proposed_by = ma.fields.String()
    proposed_at = ma.fields.DateTime()
    confirmers = ma.fields.List(ma.fields.String())


class SchemeNow(SchemeBody):
    """The scheme in force, and what waits."""

    waiting = ma.fields.Nested(WaitingBody, allow_none=True)


class ShortfallBody(ma.Schema):
    """A financial year in which the budget does not reach."""

    year_starts_on = ma.fields.Date()
    left_pence = ma.fields.Integer()
    asked_pence = ma.fields.Integer()


class RulingBody(ma.Schema):
    """What the scheme says about a sum."""

    net_pence = ma.fields.Integer()
    counted_pence = ma.fields.Integer(
        metadata={"description": "What the limits are compared with: more than the net when added up."}
    )
    approvals = ma.fields.Integer(metadata={"description": "How many different people must approve."})
    quotes = ma.fields.Integer()
    is_beyond = ma.fields.Boolean(metadata={"description": "Nobody may approve it."})
    is_split = ma.fields.Boolean()
    over = ma.fields.List(ma.fields.Nested(ShortfallBody))
    sentences = ma.fields.List(ma.fields.String())


class CostCentreBody(ma.Schema):
    """A cost centre."""

    id = ma.fields.UUID()
    code = ma.fields.String()
    name = ma.fields.String()
    is_closed = ma.fields.Boolean()


class CostCentreList(ma.Schema):
    """Every cost centre of the organisation, by code."""

    items = ma.fields.List(ma.fields.Nested(CostCentreBody))


class FiguresBody(ma.Schema):
    """One cost centre in one financial year, net pence; null without a budget or a cost centre."""

    cost_centre_id = ma.fields.UUID(allow_none=True)
    code = ma.fields.String()
    name = ma.fields.String()
    budget_pence = ma.fields.Integer(allow_none=True)
    committed_pence = ma.fields.Integer()
    invoiced_pence = ma.fields.Integer()
    left_pence = ma.fields.Integer(allow_none=True)


class BudgetYearBody(ma.Schema):
    """The budgets of one financial year."""

    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()
    rows = ma.fields.List(ma.fields.Nested(FiguresBody))


class BudgetQuery(ma.Schema):
    """The financial year in which a day lies; today's unless one is given."""

    on = Day(load_default=None)


class UndertakingBody(ma.Schema):
    """One order or commitment in one financial year, net pence."""

    title = ma.fields.String()
    path = ma.fields.String()
    supplier_name = ma.fields.String()
    state = ma.fields.Enum(UndertakingState, by_value=True)
    asked_on = ma.fields.Date()
    net_pence = ma.fields.Integer()
    committed_pence = ma.fields.Integer()
    invoiced_pence = ma.fields.Integer()


class BehindBody(FiguresBody):
    """What a cost centre's figures are made of."""

    items = ma.fields.List(ma.fields.Nested(UndertakingBody))


class StandInBody(ma.Schema):
    """Who stands in for whom, both days included."""

    id = ma.fields.UUID()
    absent = ma.fields.String()
    stand_in = ma.fields.String()
    starts_on = ma.fields.Date()
    ends_on = ma.fields.Date()


class StandInList(ma.Schema):
    """Who stands in at the organisation, now and later."""

    items = ma.fields.List(ma.fields.Nested(StandInBody))
