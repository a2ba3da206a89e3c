"""Small integer programmes for HiGHS: the placing of a few whole requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from marketplace.aggregation.award.instance import Integers
from marketplace.aggregation.award.model import Floats

if TYPE_CHECKING:
    import highspy


@dataclass(frozen=True, eq=False)
class Choice:
    """Pairs of a request and a mode that may serve it whole: its units and worth in pence.

    The units chosen of mode m lie between low[m] and high[m].
    """

    request: Integers
    mode: Integers
    units: Integers
    worth: Floats
    low: Integers
    high: Integers


def choose(choice: Choice, gap: float, nodes: int) -> Integers | None:
    """The pairs to take; None when no choice meets the least units, or none was found in so many nodes."""
    import highspy

    n = len(choice.request)
    requests, request = np.unique(choice.request, return_inverse=True)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, len(requests) + len(choice.low)
    model.col_cost_, model.col_lower_, model.col_upper_ = -choice.worth, np.zeros(n), np.ones(n)
    model.row_lower_ = np.concatenate([np.full(len(requests), -np.inf), choice.low])
    model.row_upper_ = np.concatenate([np.ones(len(requests)), choice.high])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = 2 * np.arange(n + 1)
    model.a_matrix_.index_ = np.stack([request, len(requests) + choice.mode], axis=1).reshape(-1)
    model.a_matrix_.value_ = np.stack([np.ones(n), choice.units], axis=1).reshape(-1)
    model.integrality_ = [highspy.HighsVarType.kInteger] * n
    solution = optimise(model, gap, nodes).columns
    return None if solution is None else np.flatnonzero(solution > 0.5)  # noqa: PLR2004 zero or one


@dataclass(frozen=True, eq=False)
class Found:
    """The best columns found, the least that the objective can be, and whether that is reached."""

    columns: Floats | None
    bound: float
    is_optimal: bool


def optimise(model: highspy.HighsLp, gap: float, nodes: int) -> Found:
    """Minimise within a relative gap or so many nodes."""
    import highspy

    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": gap,
        "mip_max_nodes": nodes,
        "mip_feasibility_tolerance": 1e-9,
    }.items():
        highs.setOptionValue(option, value)
    highs.passModel(model)
    highs.run()
    info = highs.getInfo()
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    columns = np.array(highs.getSolution().col_value) if feasible else None
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return Found(columns, float(info.mip_dual_bound), optimal)
