"""Pages that everybody may read."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

HEADINGS = {
    "/help": "Help",
    "/accessibility": "Accessibility statement",
    "/privacy": "Privacy",
    "/terms": "Terms",
}


@pytest.mark.parametrize(("path", "heading"), HEADINGS.items())
def test_everybody_may_read_it(client: FlaskClient, path: str, heading: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert f">{heading}</h1>" in answer.text
    assert f"<title>{heading} - Sharewell</title>" in " ".join(answer.text.split()).replace("> ", ">")


def test_every_page_links_to_them(app: Flask, client: FlaskClient) -> None:
    page = client.get("/").text
    for path in HEADINGS:
        assert f'href="{path}"' in page
