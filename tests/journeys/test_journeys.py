"""The three journeys, as people make them: sell, buy with approval, join a round to its award.

Each runs at both widths with axe on every page, and once without JavaScript.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from marketplace.catalogue.pricing import add_months
from marketplace.kernel import clock
from tests.journeys.walker import Walker

pytestmark = pytest.mark.browser
SECONDS = {"Tom Whitlock": "Sana Iqbal", "Chris Yeo": "Bea Lund", "Ewa Kowalska": "Martin Sharpe"}
"""Who approves at the trusts of those who join rounds here."""


def test_a_trust_sells_what_it_has_to_spare(walker: Walker) -> None:
    sell(walker)


def test_a_trust_buys_with_approval_and_is_invoiced_and_pays(walker: Walker) -> None:
    buy_with_approval(walker)


def test_trusts_join_a_round_up_to_its_award(walker: Walker) -> None:
    pool(walker)


def test_everything_works_without_javascript(plain_walker: Walker) -> None:
    sell(plain_walker)
    buy_with_approval(plain_walker)
    pool(plain_walker)


def test_a_wrong_form_moves_the_focus_to_its_errors_and_each_error_to_its_field(walker: Walker) -> None:
    walker.sign_in_as("Priya Nair")
    walker.open("/listings")
    walker.follow("Network and device support")
    walker.press("Order this service")
    walker.type("How many hours do you need?", "several")
    walker.press("Continue")
    assert walker.page.title().startswith("Error: ")
    assert walker.page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    assert walker.page.get_by_label("How many hours do you need?", exact=True).input_value() == "several"
    walker.page.get_by_role("link", name="Enter a whole number").first.click()
    assert walker.page.evaluate("document.activeElement.id") == "quantity"


def sell(walker: Walker) -> str:
    """Describe, give capacity, price and publish; the title of the new listing."""
    title = f"Site inspections {uuid.uuid4().hex[:6]}"
    this_month = clock.today().replace(day=1)
    walker.sign_in_as("Amara Okafor")
    walker.open("/listings/own")
    walker.press("List something")
    walker.choose("A service: people's time, or places")
    walker.press("Continue")
    walker.select("Category", "Estates and capital")
    walker.type("Name", title)
    walker.type("Summary", "A termly inspection of every block.")
    walker.type("Description", "We walk the site with your caretaker and send a report.")
    walker.choose("At the buyer's schools")
    walker.choose("Days")
    walker.press("Save and continue")
    say_more(walker)
    walker.follow("Capacity and dates")
    walker.select("First month", month_words(this_month))
    walker.select("Last month", month_words(add_months(this_month, 14)))
    walker.type("Units in each month", "10")
    walker.press("Save capacity")
    walker.press("Continue")
    walker.follow("Price and VAT")
    walker.press("Add a price")
    walker.type("Price, excluding VAT", "250.00")
    walker.choose("Each month")
    walker.choose("Standard rate, 20%")
    walker.press("Save price")
    walker.press("Continue")
    walker.follow("Preview and publish")
    walker.press("Publish this listing")
    walker.sees("published")
    return title


def say_more(walker: Walker) -> None:
    """Where and for whom, who comes with which checks, a trial, and what the seller states."""
    walker.follow("Where and for whom")
    walker.choose("Within a distance of our schools")
    walker.type("How many miles from your nearest school?", "30")
    walker.press("Save and continue")
    walker.follow("People, checks and insurance")
    walker.type("Post", "building surveyor")
    walker.type("How many people", "2")
    walker.choose("Visiting schools, supervised whenever pupils are near")
    walker.press("Save and say what was checked")
    walker.type_date("Identity", clock.today())
    walker.press("Save")
    walker.press("Continue")
    walker.follow("Trial")
    walker.choose("Yes")
    walker.type("For how many months at most?", "3")
    walker.press("Save and continue")
    walker.follow("Evidence of effect")
    walker.open(walker.page.url.replace("/evidence", "/tasks"))


def buy_with_approval(walker: Walker) -> None:
    """Sell something, order it above the limit, approve, accept, invoice, PDF, receipt."""
    title = sell(walker)
    walker.sign_in_as("Priya Nair")
    walker.open("/listings")
    walker.type("What do you need?", title)
    walker.press("Search")
    walker.follow(title)
    walker.press("Order this service")
    walker.type("How many days do you need?", "2")
    walker.type_date("When should it start?", clock.today())
    walker.type("For how many months?", "12")
    walker.type("Purchase order number", "CB-1001")
    walker.press("Continue")
    walker.sees("£6,000.00")
    walker.sees("£7,200.00")
    walker.press("Send for approval")
    reference = walker.page.locator(".govuk-panel strong").inner_text()
    walker.sign_in_as("Helen Marsh")
    walker.follow(f"Approve {reference}")
    walker.press("Approve and place order")
    walker.sign_in_as("Amara Okafor")
    walker.follow(reference)
    walker.press("Accept order")
    invoice_is_sent_and_paid(walker)


def invoice_is_sent_and_paid(walker: Walker) -> None:
    """The first month is invoiced at once; the seller's finance records the receipt."""
    walker.sign_in_as("Helen Marsh")
    walker.open("/invoices")
    walker.page.get_by_role("row", name="Harbour Light Trust").first.get_by_role("link").first.click()
    walker.look()
    walker.sees("£600.00")
    walker.sees("CB-1001")
    pdf = walker.page.request.get(f"{walker.page.url.split('?')[0]}.pdf")
    assert pdf.body().startswith(b"%PDF")
    path = walker.page.url
    walker.sign_in_as("Gareth Pugh")
    walker.open(path)
    walker.press("Record a payment received")
    walker.type("Amount received", "600.00")
    walker.type_date("Date received", clock.today())
    walker.type("Reference on the bank statement", f"CB {uuid.uuid4().hex[:8]}")
    walker.press("Record the payment")
    walker.sees("Paid")


def pool(walker: Walker) -> None:
    """Start a round, join it, close it early: contracts, savings, and a no with its reason."""
    title = f"Paper {uuid.uuid4().hex[:6]}"
    closes_on = clock.today() + timedelta(days=10)
    walker.sign_in_as("Tom Whitlock")
    walker.open("/rounds")
    walker.press("Start a round")
    walker.type("Search price lists", "ridgeway recycled")
    walker.press("Search")
    walker.follow("Start a round on A4 paper, recycled, Ridgeway Paper and Print")
    walker.type("Name of the round", title)
    walker.type("What every trust gets", "Delivered to each school within five working days.")
    walker.type_date("Closing date", closes_on)
    walker.type_date("Contracts start on", closes_on + timedelta(days=20))
    walker.type("Length of the contracts, in months", "12")
    walker.type("Fewest units worth buying", "100")
    walker.press("Start the round")
    join(walker, "Tom Whitlock", title, 150, "18.00", "20.50")
    join(walker, "Chris Yeo", title, 90, "19.00", "19.90")
    join(walker, "Ewa Kowalska", title, 20, "16.50", "19.00")
    walker.sign_in_as("Tom Whitlock")
    walker.open("/rounds")
    walker.follow(title)
    walker.sees("260")
    walker.follow("Close the round early")
    walker.type("Why the round closes early", "Everybody we invited has joined")
    award_is_worked_out(walker)
    walker.sees("£17.40")
    walker.sees("£465.00")
    walker.sees("Proven: no other award is better")
    walker.sign_in_as("Ewa Kowalska")
    walker.open("/rounds")
    walker.follow(title)
    walker.sees("The awarded price, £17.40, is £0.90 above your ceiling of £16.50.")
    walker.sees(
        "No price within your ceiling of £16.50 had the quantity that it needs from trusts that accept it."
    )
    walker.sign_in_as("Chris Yeo")
    walker.open("/rounds")
    walker.follow(title)
    walker.press("Read our contract")
    walker.sees("£1,566.00")


def award_is_worked_out(walker: Walker) -> None:
    """Close, see the progress, leave, come back, and find the award without asking for it."""
    progress = walker.page.get_by_role("heading", name="Working out the award")
    award = walker.page.get_by_text("awarded at £17.40")
    walker.page.get_by_role("button", name="Close the round now").click()
    expect(progress.or_(award)).to_be_visible()
    address = walker.page.url
    walker.open(f"{address}?still=1")
    walker.open("/rounds")
    walker.page.goto(address)
    expect(award).to_be_visible()
    walker.look()


def join(walker: Walker, person: str, title: str, quantity: int, ceiling: str, today: str) -> None:
    """Commit somebody's trust to the round."""
    walker.sign_in_as(person)
    walker.open("/rounds")
    walker.follow(title)
    walker.press("Commit a quantity")
    walker.type("How many you commit to", str(quantity))
    walker.type("The most you would pay for one, excluding VAT", ceiling)
    walker.type("What you pay for one today, excluding VAT (optional)", today)
    walker.type("Purchase order number (optional)", "PO-77")
    walker.press("Continue")
    walker.sees("Check your commitment")
    if walker.page.get_by_role("button", name="Commit our trust").count():
        walker.press("Commit our trust")
    else:  # with what the trust has bought there lately it is above the limit
        walker.press("Send for approval")
        walker.sign_in_as(SECONDS[person])
        walker.open("/")
        walker.follow(f"Approve the commitment to {title}")
        walker.press("Approve")


def month_words(month: date) -> str:
    """April 2027, as the lists of months have it."""
    return f"{month:%B %Y}"
