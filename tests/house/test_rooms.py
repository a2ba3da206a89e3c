"""The rooms are where they should be, of a size to know by heart, and import one way."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.kernel.settings import ROOT

CODE = sorted([*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "billing").rglob("*.py")])
NO_NAMES = {
    "utils",
    "util",
    "helpers",
    "common",
    "misc",
    "base",
    "core",
    "manager",
    "managers",
    "handlers",
    "lib",
}
LONGEST_MODULE = {"marketplace": 450, "billing": 450, "tests": 600}


def test_imports_run_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-3000:]


def test_no_room_has_a_name_that_says_nothing() -> None:
    everything = [*CODE, *(ROOT / "tests").rglob("*.py")]
    assert [path for path in everything if {path.stem, path.parent.name} & NO_NAMES] == []


@pytest.mark.parametrize("place", sorted(LONGEST_MODULE))
def test_no_module_outgrows_its_reader(place: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / place).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE[place]
    }
    assert long == {}


def test_only_the_edge_commits() -> None:
    edge = {ROOT / "marketplace/kernel/session.py", ROOT / "marketplace/kernel/units.py"}
    assert [path for path in CODE if path not in edge and ".commit()" in path.read_text()] == []


def test_nothing_is_left_for_later() -> None:
    promise = re.compile(r"#\s*TODO|FIXME|XXX|NotImplementedError")
    left = [path for path in [*CODE, ROOT / "app.py"] if promise.search(path.read_text())]
    assert left == []


def test_every_password_is_called_one_so_that_no_form_is_kept_with_it() -> None:
    named = re.compile(r"(\w+) = Password\(")
    found = {name for path in CODE for name in named.findall(path.read_text())}
    assert found
    assert [name for name in found if "password" not in name] == []


@pytest.mark.parametrize("place", ["marketplace", "billing"])
def test_every_folder_of_tests_mirrors_one_of_the_code(place: str) -> None:
    tests = ROOT / "tests" / place
    folders = [
        path.relative_to(tests) for path in tests.rglob("*") if path.is_dir() and path.name != "__pycache__"
    ]
    assert [folder for folder in folders if not (ROOT / place / folder).is_dir()] == []
