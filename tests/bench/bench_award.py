"""The award engine beside its rivals: the same rounds, one after the other; the ratios count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REGIONAL = Path(__file__).parents[1] / "rounds/regional-101.json"
LOTS = os.environ.get("BENCH_LOTS", "0,1,2")
"""The national lots on which the model of bands and modes is tried."""
STRETCH = os.environ.get("BENCH_STRETCH", "max_suppliers=12").split()
"""Rules on the national round; `BENCH_STRETCH="max_suppliers=12 discounts"` takes many minutes."""

Answer = dict[str, Any]
Run = Callable[..., Answer]


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Runs a contestant in a process of its own, once; the table is shown at the end."""
    done: dict[tuple[str, ...], Answer] = {}

    def contestant(*arguments: str) -> Answer:
        if arguments not in done:
            command = [sys.executable, "-m", "tests.bench.contestants", *arguments]
            done[arguments] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return done[arguments]

    yield contestant
    for arguments, answer in done.items():
        name = " ".join(Path(argument).name for argument in arguments)
        gap = answer["bound"] / answer["value"] - 1 if answer["value"] else float("nan")
        sys.stderr.write(
            f"{name:45} {answer['seconds']:9.3f} s  gap {gap:8.1e}  {answer['peak_mb']:5.0f} MB\n"
        )


def told(what: str, ratio: float) -> float:
    sys.stderr.write(f"\n{what}: {ratio:.2f}\n")
    return ratio


def test_the_national_round_is_proven_20_times_faster_than_by_highs_on_the_same_matrices(run: Run) -> None:
    ours, mip, award = run("chain", "national"), run("mip", "national"), run("ours", "national")
    assert ours["bound"] - ours["value"] <= 1e-6 * ours["value"]
    assert (award["value"], award["violations"]) == (ours["value"], 0)
    assert mip["value"] <= ours["value"] + 1
    assert told("national, HiGHS MIP / ours", mip["seconds"] / ours["seconds"]) >= 20


def test_the_chain_is_300_times_faster_than_a_model_of_bands_and_modes(run: Run) -> None:
    ours, bands = run("chain", "national", LOTS), run("bands", "national", LOTS)
    assert bands["value"] <= ours["value"] + 1
    assert told("chain, band x mode / ours", bands["seconds"] / ours["seconds"]) >= 300


def test_whole_requests_are_certified_in_three_times_the_divisible_time(run: Run) -> None:
    ours, whole = run("ours", "national"), run("ours", "national", "whole")
    assert whole["violations"] == 0
    assert whole["bound"] - whole["value"] <= 1e-5 * whole["value"]
    assert told("national, whole / divisible", whole["seconds"] / ours["seconds"]) <= 3


def test_a_regional_round_is_150_times_faster_than_naive_and_never_worse(run: Run) -> None:
    ours, naive = run("ours", str(REGIONAL)), run("naive", str(REGIONAL))
    assert ours["value"] >= naive["value"] - 1
    assert told("regional, PuLP + HiGHS / ours", naive["seconds"] / ours["seconds"]) >= 150


def test_memory_stays_under_300_megabytes(run: Run) -> None:
    peak = max(run("ours", "national")["peak_mb"], run("ours", "national", "whole")["peak_mb"])
    assert told("national, peak MB", peak) < 300


@pytest.mark.parametrize("rule", STRETCH)
def test_the_stretch_figures_are_reported_whatever_they_come_to(run: Run, rule: str) -> None:
    found, ours = run("ours", "national", rule), run("ours", "national")
    assert found["violations"] == 0
    assert found["value"] <= found["bound"]
    told(f"national, {rule}, gap in percent", 100 * (found["bound"] / found["value"] - 1))
    told(f"national, {rule} / no rule", found["seconds"] / ours["seconds"])
