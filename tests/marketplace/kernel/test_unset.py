"""Where nothing is set up, the commands that need no settings run and the others say what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.cli import FlaskGroup

import app as root
from marketplace.kernel import unset
from marketplace.kernel.settings import ROOT, SettingsFault


def bare() -> Flask:
    return unset.application(SettingsFault("SECRET_KEY is missing"), ["marketplace.regulations.commands"])


def test_a_command_that_needs_no_settings_is_found() -> None:
    result = bare().test_cli_runner().invoke(args=["regulations", "standstill", "2026-03-02"])
    assert (result.exit_code, result.stdout[:9]) == (0, "Last day:")


def test_any_other_command_says_what_is_wrong_with_the_settings() -> None:
    result = bare().test_cli_runner().invoke(args=["serve"])
    assert result.exit_code == 1
    assert "SECRET_KEY is missing" in result.stderr


def test_it_has_no_page() -> None:
    assert list(bare().url_map.iter_rules()) == []


@pytest.mark.parametrize(("kind", "is_sought"), [(FlaskGroup, True), (click.Command, False)])
def test_only_flask_looking_for_a_command_gets_it(kind: type[click.Command], is_sought: bool) -> None:
    with click.Context(kind("one")):
        assert unset.is_command_sought() is is_sought


def test_a_server_that_is_not_set_up_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEMO", "SECRET_KEY", "PUBLIC_URL", "SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsFault), click.Context(click.Command("run")):
        root.create_app()


def test_every_command_without_settings_is_one_of_those_with_them() -> None:
    assert set(root.COMMANDS_WITHOUT_SETTINGS) <= set(root.COMMANDS)


@pytest.mark.parametrize("command", ["serve", "run", "routes", "migrate", "nonsense"])
def test_what_needs_settings_still_asks_for_them(command: str) -> None:
    flask = Path(sys.executable).with_name("flask")
    result = subprocess.run(
        [flask, "--app", "app", command], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "SECRET_KEY must have at least 32 characters" in result.stderr
    assert "Traceback" not in result.stderr
