"""README tells the truth: settings, commands, folders and pictures are as it says."""

from __future__ import annotations

import re

import click
import pytest
from flask import Flask

from marketplace.kernel.settings import ROOT, SETTINGS

README = (ROOT / "README.md").read_text()


def table() -> dict[str, tuple[str, str]]:
    """The settings as README gives them: name to default and meaning."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    return {name: (default, meaning) for name, default, meaning in rows}


def test_every_setting_stands_in_readme_with_its_default_and_meaning() -> None:
    settings = {
        one.name: (f"`{one.default}`" if one.default is not None else "(none)", one.meaning)
        for one in SETTINGS
    }
    assert table() == settings


def test_every_make_target_that_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|[A-Z]+=\S+ )make ([a-z]+)", README, re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def commands(text: str) -> list[list[str]]:
    """The words of each flask command in a text, up to its first argument or option."""
    found = re.findall(r"flask (?:--app app )?((?:[a-z]+(?:-[a-z]+)* ?)+)", text)
    return [line.split() for line in found]


def test_every_flask_command_that_readme_names_exists(house: Flask) -> None:
    named = [words for words in commands(README) if words]
    assert len(named) >= 4
    for words in named:
        assert exists(house.cli, words), words


def exists(group: click.Group, words: list[str]) -> bool:
    command: click.Command | None = group
    for word in words:
        if not isinstance(command, click.Group):
            return True  # what follows a command is its arguments
        command = command.get_command(click.Context(command), word)
    return command is not None and not isinstance(command, click.Group)


def test_a_command_that_is_not_there_would_be_found(house: Flask) -> None:
    assert not exists(house.cli, ["people", "vanish"])
    assert not exists(house.cli, ["people"])


@pytest.mark.parametrize("room", ["marketplace", "billing"])
def test_every_floor_stands_in_readmes_map(room: str) -> None:
    floors = [path.name for path in (ROOT / room).iterdir() if (path / "__init__.py").exists()]
    missing = [floor for floor in floors if not re.search(rf"^  {floor}/ ", README, re.MULTILINE)]
    assert missing == []


def test_every_file_that_readme_shows_or_links_exists() -> None:
    for address in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in address:
            assert (ROOT / address).exists(), address
