"""A passkey and an authenticator app in a real browser, with the device that the browser itself plays."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.journeys.walker import Walker

pytestmark = pytest.mark.browser
SOMEBODY = "Bea Lund"
SECURITY = re.compile(r"^[^?]*/account/security$")
"""The page itself, and not one that leads to it afterwards."""
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def walker(
    browser: Browser, address: str, width: int, known_good: set[tuple[int, str, str]]
) -> Iterator[Walker]:
    """Somebody with a device that knows them; browsers make no passkey for an IP address."""
    local = address.replace("127.0.0.1", "localhost")
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=local)
    walker = Walker(context, Axe(), known_good)
    devices = context.new_cdp_session(walker.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield walker
    context.close()


def test_somebody_secures_their_account_and_signs_in_with_it(walker: Walker) -> None:
    page = walker.page
    walker.sign_in_as(SOMEBODY)
    walker.open("/account/security")
    walker.press("Add a passkey")
    page.get_by_label("Name of this passkey").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("heading", name="Keep your recovery codes").wait_for()
    walker.look()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download them").click()
    codes = kept.value.path().read_text().split()[-10:]
    assert codes == page.locator("code").all_inner_texts()
    walker.press("I have kept them")
    walker.press("Set up an app")
    secret = page.locator(".app-key").inner_text().replace(" ", "")
    page.get_by_label("6-digit code").fill("000000")
    walker.press("Confirm")
    page.get_by_label("6-digit code").fill(pyotp.TOTP(secret).at(int(time.time()) - 30))
    walker.press("Confirm")
    signs_in_with_the_passkey_alone(walker)
    signs_in_with_a_code(walker, secret)
    removes_both(walker)
    assert walker.complaints == []


def signs_in_with_the_passkey_alone(walker: Walker) -> None:
    walker.context.clear_cookies()
    walker.open("/sign-in?next=/account/security")
    walker.page.get_by_role("button", name="Sign in with a passkey").click()
    walker.page.wait_for_url(SECURITY)
    walker.look()


def signs_in_with_a_code(walker: Walker, secret: str) -> None:
    walker.context.clear_cookies()
    walker.open("/sign-in?next=/account/security")
    walker.press(SOMEBODY)
    walker.page.get_by_role("heading", name="Prove that it is you").wait_for()
    walker.page.get_by_label("6-digit code").fill(pyotp.TOTP(secret).now())
    walker.press("Continue")
    walker.page.wait_for_url(SECURITY)


def removes_both(walker: Walker) -> None:
    walker.follow("Remove the passkey Work laptop")
    walker.press("Remove it")
    walker.follow("Remove your authenticator app")
    walker.press("Remove it")
    walker.page.get_by_text("Whoever learns your password").wait_for()
