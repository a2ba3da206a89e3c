"""The award of a round: lot by lot where no rule couples the lots, by rules.py where one does."""

from __future__ import annotations

from marketplace.aggregation.award import rules, separate
from marketplace.aggregation.award.instance import Instance
from marketplace.aggregation.award.outcome import Award, Report


def award(instance: Instance, *, whole: bool = False, report: Report | None = None) -> Award:
    """The award with the greatest saving; `whole` serves each request whole by one supplier, or not at all.

    `report` is told after each lot. The same round gives the same award, whatever the order of its requests
    and offers. Ties go to fewer suppliers in a lot, then to more units served, then to the suppliers'
    order. SolverFailed when HiGHS answers nonsense.
    """
    if rules.couple(instance):
        return rules.award(instance, whole=whole, report=report)
    return separate.award(instance, whole=whole, report=report)
