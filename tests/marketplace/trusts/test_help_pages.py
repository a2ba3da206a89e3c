"""Pages that everybody may read."""

from __future__ import annotations

from dataclasses import replace

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


@pytest.mark.parametrize("path", HEADINGS)
@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("help@trust.example", 'href="mailto:help@trust.example"'),
        ("<i>Ann</i> @ the desk", "&lt;i&gt;Ann&lt;/i&gt; @ the desk"),
    ],
)
def test_whom_to_ask_is_as_the_operator_set_it(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, path: str, contact: str, shown: str
) -> None:
    unset = "the person who runs this Sharewell"
    assert unset in client.get(path).text
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], contact=contact))
    page = client.get(path).text
    assert page.count(shown) >= 2  # on the page and in the footer
    assert unset not in page
    assert ("mailto:" in page) == ("mailto:" in shown)
