"""Every template is used, every name that code gives exists, every posting form carries its token."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

from flask import Flask
from jinja2 import meta

from marketplace.kernel.settings import ROOT

TEMPLATES = ROOT / "templates"
CODE = [ROOT / "app.py", *(ROOT / "marketplace").rglob("*.py"), *(ROOT / "billing").rglob("*.py")]
SUFFIXES = (".html", ".typ")


def templates() -> set[str]:
    return {str(path.relative_to(TEMPLATES)) for suffix in SUFFIXES for path in TEMPLATES.rglob(f"*{suffix}")}


def named_in(path: Path) -> set[str]:
    """The names that a module gives; a part that is filled in at run time is a star."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values]
            found.add("".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return {
        name for name in found if re.fullmatch(r"[\w/*-]+\.(html|typ)", name) and not name.startswith("*.")
    }


def named_by_code() -> set[str]:
    return {name for path in CODE for name in named_in(path)}


def named_by_templates(app: Flask) -> set[str]:
    found: set[str] = set()
    for path in TEMPLATES.rglob("*.html"):
        tree = app.jinja_env.parse(path.read_text())
        found |= {name for name in meta.find_referenced_templates(tree) if name}
    return found


def test_every_template_is_used(house: Flask) -> None:
    patterns = named_by_code() | named_by_templates(house)
    unused = [
        name
        for name in sorted(templates())
        if not any(fnmatch(name, pattern) or Path(name).name == pattern for pattern in patterns)
    ]
    assert unused == []


def test_every_template_that_is_named_exists(house: Flask) -> None:
    own = {
        name
        for name in named_by_code() | named_by_templates(house)
        if not name.startswith("govuk_frontend_jinja/")
    }
    known = templates()
    missing = [
        name for name in sorted(own) if not any(fnmatch(one, name) or Path(one).name == name for one in known)
    ]
    assert missing == []


def test_every_template_compiles(house: Flask) -> None:
    for name in sorted(templates()):
        if name.endswith(".html"):
            house.jinja_env.get_template(name)


def test_every_form_that_posts_carries_its_token() -> None:
    for path in TEMPLATES.rglob("*.html"):
        for opening in re.split(r"(?=<form\b)", path.read_text())[1:]:
            form = opening.split("</form>")[0]
            if re.search(r'method="post"', form, re.IGNORECASE):
                assert "csrf_token()" in form, path


def test_every_form_that_posts_names_the_organisation_that_it_was_opened_for() -> None:
    """All but the one that signs out, which is for everybody: so a switch in another tab misleads nobody."""
    for path in TEMPLATES.rglob("*.html"):
        for opening in re.split(r"(?=<form\b)", path.read_text())[1:]:
            form = opening.split("</form>")[0]
            if re.search(r'method="post"', form, re.IGNORECASE) and 'action="/sign-out"' not in form:
                assert 'name="acts_for" value="{{ acts_for() }}"' in form, path


def test_no_page_has_a_style_or_a_handler_that_the_policy_refuses() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"\son\w+=[\"']|\sstyle=[\"']|<style|javascript:", text), path
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "nonce=" in script, path


def test_every_page_has_a_title() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        if '{% extends "_layout.html" %}' in text:
            assert "{% block page_title %}" in text, path
