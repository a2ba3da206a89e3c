"""Signing in, approving and correcting an upload with the keyboard alone, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.factories.sheets import as_file
from tests.journeys.walker import Walker

pytestmark = pytest.mark.browser
WRONG = [
    ["Name", "Post", "Interest", "Organisation", "Company number"],
    ["Jane Smith", "King", "Directorship", "Quay Ltd", "12-34"],
]
FOCUSED = """() => {
    const one = document.activeElement;
    const drawn = ['radio', 'checkbox'].includes(one.type) ? one.nextElementSibling : one;
    const style = getComputedStyle(drawn, drawn === one ? null : '::before');
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
        && style.outlineColor !== 'rgba(0, 0, 0, 0)';
    return {
        is_page: one === document.body,
        words: one.id || (one.innerText || one.value || '').trim(),
        shows: outlined || style.boxShadow !== 'none',
    };
}"""
REACHABLE = """() => [...document.querySelectorAll('main a[href], main button, main input, main textarea')]
    .filter(one => one.offsetParent !== null && one.type !== 'hidden' && one.type !== 'radio')
    .map(one => one.id || (one.innerText || one.value || '').trim())"""


def tab(page: Page) -> dict[str, Any]:
    """One press of Tab; what has the focus then."""
    page.keyboard.press("Tab")
    found: dict[str, Any] = page.evaluate(FOCUSED)
    return found


def tab_to(page: Page, words: str) -> None:
    """Tab until what has these words or this id has the focus."""
    for _ in range(100):
        if tab(page)["words"] == words:
            return
    raise AssertionError(f"{page.url}: {words} cannot be reached with the keyboard")


def check_every_control(page: Page) -> None:
    """Tab reaches every control of the page's content, and each shows that it has the focus."""
    wanted, reached = page.evaluate(REACHABLE), []
    page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges(); }")
    for _ in range(len(wanted) + 60):
        focused = tab(page)
        if focused["is_page"]:
            break
        reached.append(focused["words"])
        assert focused["shows"], f"{page.url}: nobody sees that {focused['words']} has the focus"
    assert set(wanted) <= set(reached), f"{page.url}: {set(wanted) - set(reached)}"


def test_somebody_signs_in_and_decides_with_the_keyboard_alone(walker: Walker) -> None:
    page = walker.page
    walker.open("/sign-in")
    check_every_control(page)
    walker.open("/sign-in")
    tab_to(page, "Dev Acharya")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Waiting for you").wait_for()
    check_every_control(page)
    approval = page.locator("main a[href$='/approval']").first
    tab_to(page, approval.inner_text())
    page.keyboard.press("Enter")
    page.wait_for_url("**/approval")
    check_every_control(page)
    tab_to(page, "Send back")
    page.keyboard.press("Enter")
    page.wait_for_url("**/send-back")
    walker.look()
    check_every_control(page)


def test_a_wrong_upload_takes_the_focus_to_its_faults_and_is_corrected_with_the_keyboard(
    walker: Walker,
) -> None:
    page = walker.page
    walker.sign_in_as("Helen Marsh")
    walker.open("/interests/uploads/new")
    check_every_control(page)
    file = {"name": "interests.csv", "mimeType": "text/csv", "buffer": as_file("csv", WRONG)}
    page.set_input_files("#file", file)  # type: ignore[arg-type]
    tab_to(page, "Upload and check")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Correct the rows").wait_for()
    page.wait_for_function("() => document.activeElement.classList.contains('govuk-error-summary')")
    walker.look()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED)["words"] == "r2-post"
    page.reload()
    check_every_control(page)
    page.locator("#r2-post").fill("Member")
    tab_to(page, "r2-left_out")
    page.keyboard.press("Space")
    assert page.locator("#r2-left_out").is_checked()
    tab_to(page, "Throw this upload away")
    page.keyboard.press("Enter")
    page.wait_for_url("**/interests")
