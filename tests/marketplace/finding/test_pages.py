"""Finding services in the browser, without JavaScript; the downloads; comparing."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Category, ListingKind, ListingState
from marketplace.finding import counting, indexing, queries, ranking, sheets
from marketplace.kernel import clock
from tests.factories.catalogue import a_listing, a_plan, an_offer
from tests.factories.membership import browser_of, somebody
from tests.factories.partnerships import a_partnership
from tests.factories.trusts import an_actor, an_organisation, signed_in

EXETER: dict[str, Any] = {"town": "Exeter", "postcode": "EX1 1AA", "easting": 292_000, "northing": 92_500}


def titles(page: str) -> list[str]:
    return re.findall(r'app-result__title"><a[^>]*>([^<]*)</a>', page)


def test_every_word_must_occur_in_the_listing_or_its_sellers_name(
    session: Session, client: FlaskClient
) -> None:
    seller = an_organisation(session, "Harbour View Learning Trust")
    an_offer(session, seller, title="Payroll bureau", summary="Payslips", category=Category.FINANCE)
    an_offer(session, seller, title="Estates manager", summary="Payroll is not included")
    session.commit()

    def found(address: str) -> list[str]:
        return titles(client.get(address).text)

    assert found("/listings?words=PAYROLL+harbour") == ["Estates manager", "Payroll bureau"]
    assert found("/listings?words=payslip") == ["Payroll bureau"]
    assert found("/listings?words=harbour&category=finance") == ["Payroll bureau"]


@pytest.mark.parametrize(
    ("shown", "then", "order"),
    [
        ("", {"words": "payroll"}, ["Payroll bureau", "Estates manager"]),
        ("?sort=newest", {"words": "payroll"}, ["Payroll bureau", "Estates manager"]),
        ("?words=payroll&sort=newest", {}, ["Estates manager", "Payroll bureau"]),
        ("?words=payroll", {"words": ""}, ["Estates manager", "Payroll bureau"]),
    ],
)
def test_words_typed_into_a_list_of_the_newest_put_the_best_match_first(
    session: Session, client: FlaskClient, shown: str, then: dict[str, str], order: list[str]
) -> None:
    an_offer(session, title="Payroll bureau")
    an_offer(session, title="Estates manager", summary="Payroll is not included")
    session.commit()
    page = client.get(f"/listings{shown}").text
    chosen = re.search(r'<option value="(\w*)" selected', page.partition('id="sort"')[2])
    assert chosen
    words = re.search(r'name="words"[^>]* value="(\w*)"', page)
    sent = {"words": words[1] if words else "", "sort": chosen[1], **then}
    assert titles(client.get("/listings", query_string=sent).text) == order


@pytest.mark.parametrize("page", ["/listings/{0}", "/listings/compare?with={0}&with={1}"])
def test_who_leaves_a_search_finds_back_to_it(session: Session, client: FlaskClient, page: str) -> None:
    first, second = an_offer(session, title="Payroll bureau"), an_offer(session)
    session.commit()
    address, asked = page.format(first.id, second.id), "/listings?words=pay&place=Exeter&sort=price"
    shown = client.get(address, headers={"Referer": f"http://localhost{asked}"}).text
    assert f'href="{asked.replace("&", "&amp;")}" class="govuk-back-link">Back to the search<' in shown
    for elsewhere in ("http://elsewhere.example/listings?words=pay", "http://localhost/orders?words=pay", ""):
        plain = client.get(address, headers={"Referer": elsewhere}).text
        assert 'href="/listings" class="govuk-back-link">Find services<' in plain


def test_who_leaves_a_comparison_finds_back_to_it(session: Session, client: FlaskClient) -> None:
    listing, compared = an_offer(session), "/listings/compare?with=1&with=2"
    session.commit()
    page = client.get(f"/listings/{listing.id}", headers={"Referer": f"http://localhost{compared}"}).text
    back = f'href="{compared.replace("&", "&amp;")}" class="govuk-back-link">Back to the comparison<'
    assert back in page


@pytest.mark.parametrize(
    "named",
    [
        "https://elsewhere.example/?q",
        "//elsewhere.example/?q",
        "/orders?q",
        "/listings",
        "/listings?\n",
        "\\\\x?y",
    ],
)
def test_an_address_leads_back_to_a_search_or_nowhere(
    session: Session, client: FlaskClient, named: str
) -> None:
    listing = an_offer(session)
    session.commit()
    page = client.get(f"/listings/{listing.id}", query_string={"came_from": named}).text
    assert 'href="/listings" class="govuk-back-link">Find services<' in page


def test_the_price_calculator_carries_the_search_on(session: Session, client: FlaskClient) -> None:
    listing, asked = an_offer(session), "words=pay&sort=price"
    session.commit()
    address = f"/listings/{listing.id}"
    form = client.get(address, headers={"Referer": f"http://localhost/listings?{asked}"}).text
    carried = re.search(r'name="came_from" value="([^"]*)"', form)
    assert carried
    left = carried[1].replace("&amp;", "&")
    assert left == f"/listings?{asked}"
    worked_out = client.get(address, query_string={"came_from": left, "quantity": "1"}).text
    assert 'href="/listings?words=pay&amp;sort=price" class="govuk-back-link"' in worked_out


@pytest.mark.parametrize("wild", ["%", "_", "\\", "100%25", "/"])
def test_wildcards_are_only_letters(session: Session, client: FlaskClient, wild: str) -> None:
    an_offer(session, title="Plain words")
    session.commit()
    assert "Nothing was found" in client.get("/listings", query_string={"words": wild}).text


def test_no_result_offers_to_post_the_need_and_to_save_the_search(app: Flask, session: Session) -> None:
    an_offer(session)
    browser = signed_in(app, session, an_actor(session))
    shown = browser.get("/listings?words=zebra&category=hr").text
    assert 'role="status"' in shown
    assert "<strong>0 services</strong> for “zebra”" in shown
    need = re.search(r'href="(/purchase-requests/new[^"]*)"', shown)
    assert need
    form = browser.get(need[1].replace("&amp;", "&")).text
    assert 'value="zebra"' in form
    assert '<option value="hr" selected>' in form
    assert 'href="/listings/searches/new?words=zebra&amp;category=hr"' in shown
    assert 'href="/listings?words=zebra"' in shown


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("words=%00", "words"),
        ("words=" + "a+" * 11, "words"),
        ("words=" + "a" * 300, "words"),
        ("category=wrong", "category"),
        ("place=Atlantis", "place"),
        ("near=25", "place"),
        ("near=1000", "near"),
        ("phase=0", "phase"),
        ("first_month=2020-01", "first_month"),
        ("first_month=2099-13", "first_month"),
        ("units=3", "first_month"),
        ("units=-1", "units"),
        ("most_pence=cheap", "most_pence"),
        ("trial=maybe", "trial"),
        ("sort=random", "sort"),
        ("after=1", "after"),
        ("after=1-99999999999999999999", "after"),
    ],
)
def test_a_bad_search_is_refused_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, address: str, field: str
) -> None:
    answer = client.get(f"/listings?{address}&places=x&units_=1")
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    typed = address.partition("=")[2]
    if field in {"place", "units", "most_pence"} and address.startswith(field):
        assert f'value="{typed}"' in answer.text
    assert client.get(f"/listings.csv?{address}").status_code == 422


def test_what_else_stands_in_the_address_is_ignored(client: FlaskClient) -> None:
    assert client.get("/listings?utm_source=mail").status_code == 200


def test_results_go_on_over_pages_and_keep_the_search(session: Session, client: FlaskClient) -> None:
    for number in range(27):
        an_offer(session, title=f"Zither lessons {number}")
    session.commit()
    for address in ("words=zither&amp;trial=&amp;", "category=estates&amp;"):
        first = client.get(f"/listings?{address.replace('&amp;', '&')}").text
        assert "27 services" in first
        following = re.search(r'href="(/listings\?[^"]*after=[^"]+)"', first)
        assert following
        second = client.get(following[1].replace("&amp;", "&")).text
        assert titles(first + second) == [f"Zither lessons {number}" for number in reversed(range(27))]


def test_each_filter_can_be_taken_off_again(session: Session, client: FlaskClient) -> None:
    an_organisation(session, "Exe School", **EXETER)
    session.commit()
    page = client.get("/listings?words=pay&category=hr&place=exeter&near=25&trial=true&sort=price").text
    links = re.findall(r'app-tags__remove" href="([^"]*)"><span[^>]*>[^<]*</span>([^<]*)<', page)
    rest = {words: address.replace("&amp;", "&") for address, words in links}
    assert rest["Human resources"] == "/listings?words=pay&place=exeter&near=25&trial=true&sort=price"
    assert rest["A trial is offered"] == "/listings?words=pay&category=hr&place=exeter&near=25&sort=price"
    assert rest["Exeter"] == "/listings?words=pay&category=hr&trial=true&sort=price"


def test_who_takes_the_place_off_asks_for_the_nearest_no_more(session: Session, client: FlaskClient) -> None:
    an_organisation(session, "Exe School", **EXETER)
    session.commit()
    page = client.get("/listings?words=pay&place=Exeter&near=25&sort=nearest").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'app-tags__remove" href="([^"]*)"', page)]
    assert links == ["/listings?words=pay"] * 2
    assert client.get(links[0]).status_code == 200


def test_a_misspelt_search_says_what_it_shows(session: Session, client: FlaskClient) -> None:
    an_offer(session, title="Zither lessons")
    session.commit()
    page = client.get("/listings?words=zihter").text
    assert "Showing results for <strong>zither</strong>" in page
    instead = re.search(r'href="([^"]*exactly=true[^"]*)">Search instead for zihter', page)
    assert instead
    assert "Nothing was found" in client.get(instead[1].replace("&amp;", "&")).text


def test_what_is_typed_is_never_markup(client: FlaskClient) -> None:
    page = client.get("/listings", query_string={"words": "<script>alert(1)</script>"}).text
    assert "<script>alert(1)" not in page


def test_a_seller_sees_which_listings_are_theirs_and_everybody_the_places_served(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    seller = an_organisation(session)
    an_offer(session, seller, places_served="Bodmin and Truro")
    page = signed_in(app, session, an_actor(session, seller)).get("/listings").text
    assert (">Yours<" in page, "Bodmin and Truro" in page) == (True, True)
    page = client.get("/listings").text
    assert (">Yours<" in page, "Bodmin and Truro" in page) == (False, True)
    assert ">Yours<" not in signed_in(app, session, an_actor(session)).get("/listings").text


def test_an_empty_catalogue_says_so_and_a_search_without_a_find_says_something_else(
    session: Session, client: FlaskClient
) -> None:
    assert "Nobody lists a service yet" in client.get("/listings?words=&category=").text
    an_offer(session, state=ListingState.DRAFT)
    assert "Nobody lists a service yet" in client.get("/listings").text
    page = client.get("/listings?words=estates").text
    assert ("Nobody lists" in page, "Nothing was found" in page) == (False, True)
    assert "use other words" in " ".join(page.split()), "one word cannot be fewer"
    page = client.get("/listings?words=estates+zither").text
    assert "use fewer or other words" in " ".join(page.split())


def test_whoever_acts_for_nobody_is_led_to_joining_or_claiming(
    app: Flask, session: Session, client: FlaskClient
) -> None:
    newcomer = browser_of(app, session, somebody(session))
    member = signed_in(app, session, an_actor(session))
    for words in ("", "?words=nothing"):
        pages = [one.get(f"/listings{words}").text for one in (client, newcomer, member)]
        assert ["join</a> to post" in page for page in pages] == [True, False, False]
        assert ["claim your trust, school or firm" in page for page in pages] == [False, True, False]
        assert ["pooled rounds" in page for page in pages] == [False, False, True]
        assert [">list a service<" in page for page in pages] == [False, False, not words]


@pytest.mark.parametrize("address", ["words=zither", "sort=price", "words=zither&sort=price", ""])
def test_a_download_is_what_the_screen_shows(session: Session, client: FlaskClient, address: str) -> None:
    for number in range(30):
        an_offer(session, title=f"=Zither {number}")
    session.commit()
    shown, following = [], f"/listings?{address}"
    while following:
        page = client.get(following).text
        shown += titles(page)
        found = re.search(r'href="(/listings\?[^"]*after=[^"]+)"', page)
        following = found[1].replace("&amp;", "&") if found else ""
    assert len(shown) == 30
    rows = list(csv.reader(io.StringIO(client.get(f"/listings.csv?{address}").data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == sheets.COLUMNS
    assert [row[0].removeprefix("'") for row in rows[1:]] == shown
    book = client.get(f"/listings.xlsx?{address}").data
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == shown
    price = sheets.COLUMNS.index("Lowest price of one, pounds excluding VAT")
    assert {Decimal(str(row[price])) for row in sheet[1:]} == {Decimal("265.0")}


def a_file(client: FlaskClient, address: str) -> list[dict[str, str]]:
    """The rows of a CSV file, each by the names of its columns."""
    text = client.get(f"/listings.csv?{address}").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("address", ["category=estates", "words=zither", "words=zither&sort=price"])
def test_a_download_that_ends_before_the_last_result_says_so(
    session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    for module in (counting, queries, ranking):
        monkeypatch.setattr(module, "CAP", 3)
    made = [an_offer(session, title=f"Zither {number}").title for number in range(3)]
    session.commit()
    assert "Download: <a" in client.get(f"/listings?{address}").text
    assert [row["Service"] for row in a_file(client, address)] == made[::-1]
    made.append(an_offer(session, title="Zither 3").title)
    session.commit()
    page = client.get(f"/listings?{address}").text
    assert "Download the first 3: <a" in page
    goes_on = "sort" not in address
    assert len(titles(page)) == (4 if goes_on else 3)
    assert ("3 best matches are listed, in this order" in page) is not goes_on
    rows = a_file(client, address)
    assert [row["Service"] for row in rows] == [*made[:0:-1], sheets.AND_MORE]
    assert not any(value for name, value in rows[-1].items() if name != "Service")


def test_a_download_says_of_each_service_what_the_screen_says(app: Flask, session: Session) -> None:
    seller = an_organisation(session, "Exe Trust", **EXETER)
    actor = an_actor(session, seller)
    plain: dict[str, Any] = {"title": "Zither lessons"}
    unlimited: dict[str, Any] = {"kind": ListingKind.TEMPLATES, "is_unlimited": True}
    always = a_listing(session, seller, title="Zither hire", trial_months=3, **unlimited)
    a_plan(session, always)
    unpriced = a_listing(session, seller, title="Zither loan")
    for one in (always, unpriced):
        indexing.index_listing(session, one.id)
    an_offer(session, seller, partnership_id=a_partnership(session, actor).id, **plain)
    session.commit()
    browser = signed_in(app, session, actor)
    address = "words=zither+lessons&place=Exeter&sort=best"
    page = browser.get(f"/listings?{address}").text
    rows = {row["Service"]: row for row in a_file(browser, address)}
    assert list(rows) == titles(page)
    hire, loan, lessons = (rows[f"Zither {what}"] for what in ("hire", "loan", "lessons"))
    assert (hire["Free soonest"], hire["Left then"]) == ("Always", "")
    assert (loan["Free soonest"], loan["Left then"], loan["Price"]) == ("Nothing left", "", "Not set")
    assert date.fromisoformat(lessons["Free soonest"]) == clock.today().replace(day=1)
    assert (lessons["Left then"], lessons["Unit"]) == ("10", "day")
    assert lessons["Price"] == "£265.00 a day, charged each month"
    assert [one["Words found"] for one in (hire, loan, lessons)] == ["Some", "Some", "All"]
    assert [one["Who can buy"] for one in (hire, lessons)] == ["Everybody", "Members of a partnership"]
    assert (hire["Trial"], loan["Trial"]) == ("3 months, free", "None")
    assert lessons["Miles away"] == "Less than 1"
    for said in (
        "Always",
        "Nothing left",
        "Not set",
        "Members only",
        "less than 1 mile",
        "some of your words",
    ):
        assert said in page


def test_services_stand_side_by_side(session: Session, client: FlaskClient) -> None:
    made = [an_offer(session, title=f"Zither {number}", trial_months=3) for number in range(5)]
    session.commit()
    page = client.get("/listings/compare?" + "&".join(f"with={one.id}" for one in made[:4])).text
    for words in (
        "Zither 0",
        "Zither 3",
        "£3,180.00",
        "£636.00",
        "£3,816.00",
        "3 months, free",
    ):
        assert words in page
    assert page.count(">Devon<") == 4
    assert "All of England" not in page, "where buyers can be is said in one way"
    assert "Zither 4" not in page
    many = client.get("/listings/compare?" + "&".join(f"with={one.id}" for one in made))
    assert (many.status_code, "Compare up to 4 services" in many.text) == (422, True)
    assert client.get("/listings/compare?with=nonsense").status_code == 422
    assert "Tick two to four services" in client.get("/listings/compare").text


def test_whoever_ticked_too_many_still_has_their_ticks_and_takes_some_away(
    session: Session, client: FlaskClient
) -> None:
    made = [an_offer(session, title=f"Zither {number}") for number in range(5)]
    session.commit()
    ticked = [f"with={one.id}" for one in made]
    page = client.get("/listings/compare?" + "&".join([*ticked, "with=nonsense"]))
    assert page.status_code == 422
    boxes = re.findall(r'<input class="govuk-checkboxes__input"[^>]*value="([^"]+)"([^>]*)>', page.text)
    assert boxes == [(str(one.id), " checked") for one in made]
    assert 'action="/listings/compare"' in page.text
    assert client.get("/listings/compare?" + "&".join(ticked[:4])).status_code == 200


def test_what_is_offered_no_more_is_not_compared(session: Session, client: FlaskClient) -> None:
    made = [an_offer(session, title="Zither"), an_offer(session, title="Oboe", state=ListingState.DRAFT)]
    session.commit()
    page = client.get(f"/listings/compare?with={made[0].id}&with={made[1].id}").text
    assert ("Zither" in page, "Oboe" in page, "One of them is not offered" in page) == (True, False, True)
