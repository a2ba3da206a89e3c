"""`flask award`: its answer, its files and its exit codes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from marketplace.aggregation.commands import add_to

ROUNDS = Path(__file__).parents[2] / "rounds"
HEAD = ["name", "digest", "requests"]
KEYS = [*HEAD, "value_pence", "bound_pence", "gap", "proven", "violations", "seconds", "awards"]


def run(*arguments: object) -> Result:
    app = Flask("test")
    add_to(app)
    return app.test_cli_runner().invoke(args=["award", *map(str, arguments)])


def test_the_answer_in_json_has_the_published_keys() -> None:
    result = run(ROUNDS / "small-101.json", "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(answer) == KEYS
    assert (answer["name"], answer["requests"]) == ("small-101", 49)
    assert answer["value_pence"] == answer["bound_pence"] == 4245256
    assert (answer["gap"], answer["proven"], answer["violations"]) == (0.0, True, [])
    assert list(answer["seconds"]) == ["read", "build", "solve", "place"]
    assert set(answer["awards"][0]) == {"lot", "supplier", "tier", "unit_price_pence", "units"}
    assert len(answer["digest"]) == 64


def test_whole_requests_and_a_limit_on_suppliers_are_options() -> None:
    whole = json.loads(run(ROUNDS / "small-101.json", "--json", "--whole").stdout)
    limited = json.loads(run(ROUNDS / "small-101.json", "--json", "--max-suppliers", 2).stdout)
    assert whole["value_pence"] == 4070971
    assert limited["value_pence"] == 3845720
    assert len({row["supplier"] for row in limited["awards"]}) == 2


def test_the_assignment_says_who_supplies_what_at_which_price(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    result = run(ROUNDS / "small-102.json", "--whole", "--json", "--assignment", path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    document = json.loads((ROUNDS / "small-102.json").read_text())
    requests = document["requests"]
    assert list(rows[0]) == ["request", "supplier", "units", "unit_price_pence"]
    assert len({row["request"] for row in rows}) == len(rows)
    saved = sum(
        int(row["units"]) * (requests["reserve"][int(row["request"])] - int(row["unit_price_pence"]))
        for row in rows
    )
    assert saved == json.loads(result.stdout)["value_pence"] == 937619


def test_progress_goes_to_standard_error_and_words_to_standard_output() -> None:
    result = run(ROUNDS / "small-101.json")
    assert "5 of 5 lots" in result.stderr
    assert "lots" not in result.stdout
    assert result.stdout.startswith(
        "small-101: 49 requests\nsaving £42,452.56, proven best, verified\nlot 0: "
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"name": 3}', ""])
def test_a_wrong_file_ends_with_code_2_and_its_faults(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content)
    result = run(path, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert all(line.startswith(f"{path}: ") for line in result.stderr.splitlines())
    assert isinstance(result.exception, SystemExit)


def test_a_missing_file_a_wrong_limit_and_an_unwritable_assignment_end_with_code_2(tmp_path: Path) -> None:
    small = ROUNDS / "small-101.json"
    assert run(tmp_path / "none.json").exit_code == 2
    assert run(small, "--max-suppliers", 0).exit_code == 2
    assert run(small, "--assignment", tmp_path / "none" / "out.csv").exit_code == 2


def test_an_assignment_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    own = tmp_path / "round.json"
    own.write_bytes((ROUNDS / "small-101.json").read_bytes())
    before = own.read_bytes()
    for place in (tmp_path, tmp_path / "none" / "out.csv", own):
        result = run(own, "--assignment", place)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"{place}: cannot be written (")
    assert own.read_bytes() == before


def test_the_command_is_one_of_the_application(app: Flask) -> None:
    result = CliRunner().invoke(app.cli, ["award", "--help"])
    assert "--max-suppliers" in result.output
