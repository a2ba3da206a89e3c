"""`flask regulations`: its answers, its exit codes, and that it needs nothing to be set up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from marketplace.kernel.settings import ROOT
from marketplace.regulations.commands import add_to

DEAL = ["deal", "--kind", "goods", "--value-pence", "20772000", "--starts", "2026-01-01"]


def run(*arguments: str) -> Result:
    app = Flask("test")
    add_to(app)
    return app.test_cli_runner().invoke(args=["regulations", *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def changed(option: str, value: str) -> list[str]:
    place = DEAL.index(option) + 1
    return [*DEAL[:place], value, *DEAL[place + 1 :]]


def test_a_deal_in_json_has_the_published_keys() -> None:
    found = answer(*DEAL)
    assert (found["above_threshold"], found["threshold_pence"], found["route"]) == (
        True,
        207_720_00,
        "competition",
    )
    for one in found["findings"]:
        assert {"rule", "sentence", "source", "sure", "figure", "from_on", "to_on"} <= set(one)
        assert all(isinstance(one[key], str) and one[key] for key in ("rule", "sentence", "source"))
    assert found["note"].endswith("They are not legal advice.")


@pytest.mark.parametrize(
    ("pence", "starts", "is_above"),
    [
        ("20771999", "2025-12-31", False),
        ("20772000", "2025-12-31", False),
        ("20771999", "2026-01-01", False),
        ("20772000", "2026-01-01", True),
    ],
)
def test_the_edges_of_the_new_threshold(pence: str, starts: str, is_above: bool) -> None:
    found = answer("deal", "--kind", "services", "--value-pence", pence, "--starts", starts)
    assert found["above_threshold"] is is_above


def test_several_buyers_are_told_of_the_pool() -> None:
    assert "pooled-needs" not in {one["rule"] for one in answer(*DEAL)["findings"]}
    assert "pooled-needs" in {one["rule"] for one in answer(*DEAL, "--buyers", "2")["findings"]}


def test_a_standstill_in_json_has_the_published_keys() -> None:
    found = answer("standstill", "2026-12-21")
    assert (found["last_day"], found["first_signing_day"]) == ("2027-01-04", "2027-01-05")
    assert len(found["working_days"]) == 8


def test_without_json_the_answer_is_sentences_with_their_sources() -> None:
    deal, standstill = run(*DEAL).stdout, run("standstill", "2026-12-21").stdout
    assert deal.startswith("Public contract: a competitive tendering procedure")
    assert "  Procurement Act 2023, section 51. An official source says so, or several agree.\n" in deal
    assert standstill.startswith("Last day: 4 January 2027. First day to sign: 5 January 2027.\n")
    assert deal.endswith("They are not legal advice.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (changed("--kind", "rubbish"), "--kind: Select one of: goods, services, light-touch, works"),
        (changed("--value-pence", "-1"), "--value-pence: Enter a sum from £0.00"),
        (changed("--value-pence", "2077.20"), "--value-pence: Enter a whole number"),
        (changed("--value-pence", "9" * 5000), "--value-pence: Enter a whole number"),
        (changed("--starts", "2026-02-30"), "--starts: Enter a real date"),
        (changed("--starts", "1 January 2026"), "--starts: Enter a real date"),
        (changed("--starts", "2023-12-31"), "--starts: The rules here begin on 1 January 2024"),
        ([*DEAL, "--buyers", "0"], "--buyers: Enter a whole number from 1 to 10,000"),
        (["standstill", "tomorrow"], "DATE: Enter a real date"),
        (["standstill", "2099-01-01"], "DATE: Bank holidays are known here"),
        (["deal"], "Missing option"),
        (["standstill"], "Missing argument"),
    ],
)
def test_bad_input_is_named_and_ends_with_2(arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("command", "begins"),
    [
        (["regulations", "standstill", "2026-03-02", "--json"], "{"),
        (["regulations", *DEAL, "--json"], "{"),
        (["award", "tests/rounds/small-101.json", "--json"], "{"),
    ],
)
def test_what_touches_no_database_runs_in_an_empty_environment(command: list[str], begins: str) -> None:
    flask = Path(sys.executable).with_name("flask")
    result = subprocess.run(
        [flask, "--app", "app", *command], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(begins)
