"""The engine and its rivals on the same round, each in a process of its own: prints what it came to as JSON.

Seconds are the processor's: all use one thread, and the machine may have other work.
python -m tests.bench.contestants NAME ROUND [ARGUMENT]. ROUND is a file, or `national`, which is made here.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from marketplace.aggregation.award.branch import award_lot, programme
from marketplace.aggregation.award.engine import award
from marketplace.aggregation.award.instance import Instance, read
from marketplace.aggregation.award.lot import Lot, lots
from marketplace.aggregation.award.verify import verify
from tests.factories.award_rounds import a_large_round

NATIONAL = (8_624, 50, 25, 9)
LIMIT = 120.0
"""Seconds a rival may take for one lot, or for a regional round; its time is then `at least`."""

Answer = dict[str, Any]


def ours(instance: Instance, argument: str) -> Answer:
    """The engine: `whole`, `max_suppliers=N` or `discounts`; its own account of time too."""
    if argument.startswith("max_suppliers="):
        limit = int(argument.partition("=")[2])
        instance = replace(instance, rules=replace(instance.rules, max_suppliers=limit))
    if "discounts" in argument:
        instance = replace(instance, spend_discounts=two_levels(instance))
    started = time.process_time()
    found = award(instance, whole="whole" in argument)
    seconds = time.process_time() - started
    return {
        "value": found.value_pence,
        "bound": found.bound_pence,
        "violations": len(verify(instance, found)),
        "seconds": seconds,
        "steps": found.seconds,
    }


def two_levels(instance: Instance) -> tuple[tuple[tuple[int, int], ...], ...]:
    """2% off from a fiftieth of what all ceilings sum to, 4% from a twentieth."""
    most = int(instance.qty @ instance.reserve)
    return (((most // 50, 9_800), (most // 20, 9_600)),) * instance.n_suppliers


def _prepared(instance: Instance, argument: str) -> list[Lot]:
    wanted = {int(number) for number in argument.split(",")} if argument else None
    return [lot for lot in lots(instance) if len(lot.chain.modes) and (not wanted or lot.number in wanted)]


def chain(instance: Instance, argument: str) -> Answer:
    """The engine's branch and bound alone, on some lots."""
    made = _prepared(instance, argument)
    award_lot(made[0].chain)  # what is loaded once is not counted
    return _timed(lambda: [(found.value, found.bound) for found in (award_lot(lot.chain) for lot in made)])


def mip(instance: Instance, argument: str) -> Answer:
    """HiGHS' own branch and cut on the very matrices of the chain model, lot by lot, at a gap of 1e-4."""
    import highspy

    def solved(lot: Lot) -> tuple[float, float]:
        model = programme(lot.chain)
        kinds = [highspy.HighsVarType.kContinuous] * lot.chain.first_y
        model.integrality_ = kinds + [highspy.HighsVarType.kInteger] * len(lot.chain.modes)
        return _highs(model)

    made = _prepared(instance, argument)
    return _timed(lambda: [solved(lot) for lot in made])


def bands(instance: Instance, argument: str) -> Answer:
    """HiGHS on the model with a column for each band and mode, strong links and all, at a gap of 1e-4."""
    made = _prepared(instance, argument)
    return _timed(lambda: [_highs(_band_by_mode(lot)) for lot in made])


def _band_by_mode(lot: Lot) -> Any:
    """Columns x (band, mode) and y; rows: units of a band, least and most of a mode, links, groups."""
    import highspy

    found, modes = lot.chain.demand, lot.chain.modes
    band, mode = np.nonzero(
        found.eligible[found.band_cell][:, modes.offer] & (found.band_ceiling[:, None] >= modes.price)
    )
    n, n_bands, n_modes = len(band), len(found.band_cell), len(modes)
    x, y = np.arange(n), n + np.arange(n_modes)
    least = n_bands + np.arange(n_modes)
    link = n_bands + 2 * n_modes + np.arange(n)
    most_units = np.minimum(found.band_units[band], modes.high[mode])
    one = n_bands + 2 * n_modes + n + modes.group
    terms: list[tuple[Any, Any, Any]] = [
        (band, x, 1.0), (least[mode], x, 1.0), (least, y, -modes.low), (least[mode] + n_modes, x, 1.0),
        (least + n_modes, y, -modes.high), (link, x, 1.0), (link, y[mode], -most_units), (one, y, 1.0),
    ]  # fmt: skip
    rows = np.concatenate([row for row, _, _ in terms])
    columns = np.concatenate([column for _, column, _ in terms])
    values = np.concatenate([np.broadcast_to(np.asarray(v, dtype=float), r.shape) for r, _, v in terms])
    order = np.argsort(columns, kind="stable")
    n_groups = int(modes.group.max()) + 1
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n + n_modes, n_bands + 2 * n_modes + n + n_groups
    model.col_cost_ = np.concatenate([modes.cost[mode] - found.band_ceiling[band], np.zeros(n_modes)])
    model.col_lower_ = np.zeros(n + n_modes)
    model.col_upper_ = np.concatenate([most_units.astype(float), np.ones(n_modes)])
    free = np.full(n_bands + 2 * n_modes + n + n_groups, -np.inf)
    free[least] = 0.0
    model.row_lower_ = free
    model.row_upper_ = np.concatenate(
        [found.band_units, np.full(n_modes, np.inf), np.zeros(n_modes + n), np.ones(n_groups)]
    )
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(columns[order], np.arange(n + n_modes + 1))
    model.a_matrix_.index_, model.a_matrix_.value_ = rows[order], values[order]
    kinds = [highspy.HighsVarType.kContinuous] * n + [highspy.HighsVarType.kInteger] * n_modes
    model.integrality_ = kinds
    return model


def _highs(model: Any) -> tuple[float, float]:
    """Value and bound, one thread, a gap of 1e-4, within the limit of seconds."""
    import highspy

    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", 1e-4)
    highs.setOptionValue("time_limit", LIMIT)
    highs.passModel(model)
    highs.run()
    return -highs.getInfo().objective_function_value, -highs.getInfo().mip_dual_bound


def naive(instance: Instance, argument: str) -> Answer:
    """The round as a person would write it: PuLP, a variable for each request and tier; HiGHS."""
    import pulp

    def solved() -> list[tuple[float, float]]:
        model = pulp.LpProblem("round", pulp.LpMaximize)
        saving: list[Any] = []
        taken: dict[int | str, list[Any]] = {}
        for number, offer in enumerate(instance.offers):
            for tier, (threshold, price) in enumerate(offer.tiers):
                opened = pulp.LpVariable(f"y_{number}_{tier}", cat="Binary")
                may = (instance.lot == offer.lot) & (instance.reserve >= price)
                may &= instance.coverage[offer.supplier][instance.region]
                may &= instance.qmin <= instance.quality[offer.supplier]
                units = []
                for request in np.flatnonzero(may).tolist():
                    qty = int(instance.qty[request])
                    x = pulp.LpVariable(f"x_{request}_{number}_{tier}", 0, qty)
                    model += x <= qty * opened
                    saving.append((int(instance.reserve[request]) - price) * x)
                    taken.setdefault(request, []).append(x)
                    units.append(x)
                model += pulp.lpSum(units) >= threshold * opened
                model += pulp.lpSum(units) <= offer.capacity * opened
                taken.setdefault(f"offer {number}", []).append(opened)
        for key, columns in taken.items():
            model += pulp.lpSum(columns) <= (int(instance.qty[key]) if isinstance(key, int) else 1)
        model.setObjective(pulp.lpSum(saving))
        model.solve(pulp.HiGHS(msg=False, threads=1, gapRel=1e-4, timeLimit=LIMIT))
        value = pulp.value(model.objective)
        return [(0.0 if value is None else value, float("nan"))]

    return _timed(solved)


def _timed(solve: Callable[[], list[tuple[float, float]]]) -> Answer:
    started = time.process_time()
    found = solve()
    seconds = time.process_time() - started
    return {"value": sum(v for v, _ in found), "bound": sum(b for _, b in found), "seconds": seconds}


def load(name: str) -> Instance:
    """The national round, or one from a file."""
    return a_large_round(1, *NATIONAL) if name == "national" else read(Path(name))


def main() -> None:
    """Run one contestant."""
    name, round_, argument = (*sys.argv[1:], "")[:3]
    contestant = {"ours": ours, "chain": chain, "mip": mip, "bands": bands, "naive": naive}[name]
    answer = contestant(load(round_), argument)
    answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
