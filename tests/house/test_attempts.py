"""Everything on the list of attempts fails, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.people import services as people
from tests.house import attempts_on_accounts, attempts_on_requests, attempts_on_trusts
from tests.house.attempts import ATTEMPTS, World

LISTS = (attempts_on_accounts, attempts_on_trusts, attempts_on_requests)


@pytest.fixture
def world(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> World:
    """What an attempt is made upon."""

    def change(name: str, value: Any) -> None:
        if name == "hashing":
            monkeypatch.setattr(people, "_matches", value)
        else:
            monkeypatch.setitem(app.config, name, value)

    return World(app, session, change)


@pytest.mark.parametrize("name", sorted(ATTEMPTS))
def test_it_fails_that(world: World, name: str) -> None:
    ATTEMPTS[name](world)


def test_the_list_is_as_long_as_was_promised() -> None:
    assert len(LISTS) == 3
    assert len(ATTEMPTS) >= 60
