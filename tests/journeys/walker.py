"""Somebody who uses Sharewell in a browser, and checks each page on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

# The back link stands outside main, as in GOV.UK's own template, which this rule does not expect.
AXE_OPTIONS = {"rules": {"region": {"enabled": False}}}
IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PATIENCE = 60
"""Seconds: a busy machine is no fault of the code, and what fails waits so long only once."""
expect.set_options(timeout=1_000 * PATIENCE)
WITHOUT_SCROLL = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
NAMELESS_GROUPS = """[...document.querySelectorAll('fieldset')]
    .filter(one => !(one.querySelector('legend')?.textContent ?? '').trim()).length"""


@dataclass
class Walker:
    """A person at a browser: does what people do and looks at every page as it comes."""

    context: BrowserContext
    axe: Axe | None
    known_good: set[tuple[int, str, str]]
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(1_000 * PATIENCE)

    def _hear(self, message: ConsoleMessage) -> None:
        """The browser itself reports a 422 as an error; that is a page which says what is wrong."""
        if message.type == "error" and "422" not in message.text:
            self.complaints.append(message.text)

    def sign_in_as(self, name: str) -> None:
        """Become one of the demonstration's people, whoever was signed in before."""
        self.context.clear_cookies()
        self.open("/sign-in")
        self.press(name)

    def open(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(path)
        self.look()

    def follow(self, text: str) -> None:
        """Follow the first link with this text."""
        self.page.get_by_role("link", name=text).first.click()
        self.look()

    def press(self, text: str) -> None:
        """Press the first button with this text."""
        self.page.get_by_role("button", name=text).first.click()
        self.look()

    def type(self, label: str, text: str) -> None:
        """Fill the field with this label."""
        self.page.get_by_label(label, exact=True).first.fill(text)

    def choose(self, label: str) -> None:
        """Choose the radio or tick the box with this label."""
        self.page.get_by_label(label, exact=True).first.check()

    def select(self, label: str, option: str) -> None:
        """Select an option of the list with this label."""
        self.page.get_by_label(label, exact=True).first.select_option(label=option)

    def type_date(self, question: str, day: date) -> None:
        """Fill the three parts of a date."""
        group = self.page.get_by_role("group", name=question)
        for part, number in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            group.get_by_label(part, exact=True).fill(str(number))

    def sees(self, text: str) -> None:
        """The page's content says this."""
        expect(self.main).to_contain_text(text)

    def sees_heading(self, text: str) -> None:
        """The page's first heading says this."""
        expect(self.page.locator("h1").first).to_contain_text(text)

    @property
    def main(self) -> Locator:
        """The page's content."""
        return self.page.locator("main")

    def look(self) -> None:
        """The page answers, has one heading, names its groups, does not scroll sideways, passes axe.

        axe reads each kind of page (its address without identifiers, its title) once at each width.
        """
        expect(self.page.locator("h1")).to_have_count(1)
        assert self.complaints == [], f"{self.page.url}: {self.complaints}"
        if self.axe is None:
            return
        assert self.page.evaluate(NAMELESS_GROUPS) == 0, f"{self.page.url} has a group without a name"
        assert self.page.evaluate(WITHOUT_SCROLL), f"{self.page.url} scrolls sideways"
        kind = (self.width, IDENTIFIER.sub("-", urlsplit(self.page.url).path), self.page.title())
        if kind not in self.known_good:
            found = self.axe.run(self.page, options=AXE_OPTIONS)
            assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
            self.known_good.add(kind)

    @property
    def width(self) -> int:
        """How wide the window is, in pixels."""
        size = self.page.viewport_size
        assert size is not None
        return size["width"]
