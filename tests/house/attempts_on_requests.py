"""Attempts with tokens, headers, bodies, files and forms that are not as they should be."""

from __future__ import annotations

import io
import uuid
import zipfile
from datetime import timedelta

import sqlalchemy as sa
from freezegun import freeze_time

from marketplace.catalogue.models import Listing
from marketplace.interests.models import InterestUpload
from marketplace.kernel import clock
from marketplace.kernel.idempotency import IdempotencyKey
from marketplace.kernel.spreadsheets import STARTS_FORMULA
from marketplace.ordering.models import Order
from marketplace.people import services as people
from marketplace.people.models import ApiToken, Person
from marketplace.people.scopes import Scope
from marketplace.people.services import NewToken
from marketplace.trusts.access import Actor
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Organisation
from tests.factories.billing import an_invoice
from tests.factories.catalogue import a_listing
from tests.factories.ordering import a_market, next_month
from tests.house.attempts import World, attempt, for_each, is_in

ORDER = {"quantity": 1, "starts_on": next_month().isoformat(), "periods": 1}


def token(world: World, actor: Actor, *scopes: Scope, days: int = 30) -> dict[str, str]:
    new = NewToken("test", frozenset(scopes), timedelta(days=days), actor.organisation_id)
    secret = people.issue_token(world.session, actor.person_id, new)
    world.session.commit()
    return {"Authorization": f"Bearer {secret}"}


@attempt
def a_token_is_used_after_it_was_revoked(world: World) -> None:
    actor = world.somebody()
    headers = world.program(actor)
    people.revoke_tokens(world.session, actor.person_id)
    world.session.commit()
    assert world.stranger().get("/api/me", headers=headers).status_code == 401


@attempt
def a_token_is_used_after_its_last_day(world: World) -> None:
    headers = token(world, world.somebody(), Scope.READ, days=1)
    with freeze_time(clock.now() + timedelta(days=1, seconds=1)):
        assert world.stranger().get("/api/me", headers=headers).status_code == 401


@attempt
def a_token_for_reading_writes(world: World) -> None:
    market = a_market(world.session)
    headers = token(world, market.buyer, Scope.READ)
    sent = ORDER | {"listing_id": str(market.listing_id)}
    answer = world.stranger().post("/api/orders", json=sent, headers=headers)
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert world.session.scalars(sa.select(Order)).all() == []


@attempt
def a_token_for_writing_approves(world: World) -> None:
    market = a_market(world.session, limit_pence=0)
    headers = token(world, market.approver, Scope.READ, Scope.WRITE)
    answer = world.stranger().post(
        f"/api/orders/{uuid.uuid4()}/approve", json={"version": 1}, headers=headers
    )
    assert answer.status_code == 403


@attempt
def a_token_for_writing_moves_money(world: World) -> None:
    owed = an_invoice(world.session)
    headers = token(world, owed.seller, Scope.READ, Scope.WRITE, Scope.APPROVE)
    sent = {"amount_pence": 30_000, "received_on": clock.today().isoformat(), "bank_reference": "X"}
    path = f"/api/invoices/{owed.invoice.id}/receipts"
    assert world.stranger().post(path, json=sent, headers=headers).status_code == 403


@attempt
def a_token_is_sent_in_the_address(world: World) -> None:
    secret = world.program(world.somebody())["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "api_key"):
        assert world.stranger().get(f"/api/me?{name}={secret}").status_code == 401


@attempt
def a_token_is_sent_as_a_cookie(world: World) -> None:
    secret, client = (
        world.program(world.somebody())["Authorization"].removeprefix("Bearer "),
        world.stranger(),
    )
    with client.session_transaction() as cookie:
        cookie["session"] = secret
    assert not is_in(client)
    assert client.get("/api/me").status_code == 401


@attempt
def the_cookie_of_a_browser_opens_the_api(world: World) -> None:
    assert world.browser(world.somebody()).get("/api/me").status_code == 401


@attempt
def a_token_opens_a_page(world: World) -> None:
    assert world.stranger().get("/account", headers=world.program(world.somebody())).status_code == 302


@attempt
def a_token_of_another_is_revoked(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    headers = world.program(victim)
    kept = world.session.scalars(sa.select(ApiToken.id).where(ApiToken.person_id == victim.person_id)).one()
    form = {"token_id": str(kept)}
    assert world.browser(thief).post("/account/tokens/end", data=form).status_code == 404
    assert world.stranger().get("/api/me", headers=headers).status_code == 200


@attempt
def tokens_are_guessed_one_after_the_other(world: World) -> None:
    world.settings("COUNT_TRIES", True)
    headers = {"Authorization": "Bearer sharewell_guessed"}
    answers = [world.stranger().get("/api/me", headers=headers).status_code for _ in range(32)]
    assert answers[-1] == 429


@attempt
def the_answer_to_another_is_fetched_with_their_key(world: World) -> None:
    market = a_market(world.session)
    sent, key = ORDER | {"listing_id": str(market.listing_id)}, {"Idempotency-Key": "the same key"}
    first = world.stranger().post("/api/orders", json=sent, headers=world.program(market.buyer) | key)
    again = world.stranger().post("/api/orders", json=sent, headers=world.program(market.stranger) | key)
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in again.headers
    assert first.get_json()["id"] not in again.text


@attempt
def one_key_is_used_for_two_commands(world: World) -> None:
    market = a_market(world.session)
    headers = world.program(market.buyer) | {"Idempotency-Key": "one key"}
    sent = ORDER | {"listing_id": str(market.listing_id)}
    world.stranger().post("/api/orders", json=sent, headers=headers)
    answer = world.stranger().post("/api/orders", json=sent | {"quantity": 2}, headers=headers)
    assert answer.status_code == 422
    assert len(world.session.scalars(sa.select(Order)).all()) == 1


@attempt
def a_key_without_end_is_kept(world: World) -> None:
    headers = world.program(world.somebody()) | {"Idempotency-Key": "k" * 10_000}
    assert world.stranger().post("/api/orders", json=ORDER, headers=headers).status_code == 422
    assert world.session.scalars(sa.select(IdempotencyKey)).all() == []


@for_each("/api/orders", "/api/contracts", "/api/invoices")
def a_page_begins_after_a_row_of_another_trust(world: World, path: str) -> None:
    owed, thief = an_invoice(world.session), world.somebody()
    headers = world.program(thief)
    for after in (owed.invoice.id, owed.contract.id, uuid.UUID(int=2**128 - 1)):
        answer = world.stranger().get(f"{path}?after={after}", headers=headers)
        assert answer.status_code in {200, 404, 422}
        assert owed.invoice.number not in answer.text
        assert owed.contract.reference not in answer.text


@for_each("' OR 1=1--", "00000000", "-1", "null", "../../etc/passwd", "{}")
def a_place_in_a_list_is_made_up(world: World, after: str) -> None:
    answer = world.stranger().get(
        "/api/orders", query_string={"after": after}, headers=world.program(world.somebody())
    )
    assert answer.status_code == 422


@attempt
def a_body_without_end_is_sent(world: World) -> None:
    headers = world.program(world.somebody())
    sent = {"title": "x" * 1_500_000}
    assert world.stranger().post("/api/listings", json=sent, headers=headers).status_code == 413
    answer = world.browser(world.somebody()).post("/listings/new", data={"title": "x" * 1_500_000})
    assert answer.status_code == 413


@attempt
def a_body_of_a_hundred_thousand_brackets_is_sent(world: World) -> None:
    answer = world.stranger().post(
        "/api/orders",
        data=b"[" * 100_000,
        headers=world.program(world.somebody()),
        content_type="application/json",
    )
    assert answer.status_code in {400, 422}


@attempt
def a_list_of_ten_thousand_rows_is_sent(world: World) -> None:
    actor = world.somebody()
    organisation = world.session.get_one(Organisation, actor.organisation_id)
    organisation.kind = type(organisation.kind).SUPPLIER
    headers = world.program(actor)
    tiers = [{"from_units": number, "unit_price_pence": 100_000 - number} for number in range(1, 10_001)]
    answer = world.stranger().post(
        "/api/price-lists", json={"title": "Paper", "tiers": tiers}, headers=headers
    )
    assert answer.status_code == 422


@for_each("is_operator", "person_id", "id", "created_at", "password_hash")
def a_column_is_set_by_a_field_that_no_form_has(world: World, name: str) -> None:
    actor = world.somebody()
    value = "1" if name == "is_operator" else str(uuid.UUID(int=1))
    form = {"email": "new@trust.example", name: value}
    assert world.browser(actor).post("/account/email", data=form).status_code == 422
    person = world.session.get_one(Person, actor.person_id)
    assert (person.is_operator, person.email) == (False, actor.email)


@for_each("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
def a_header_makes_another_method_of_a_get(world: World, header: str) -> None:
    market = a_market(world.session)
    listing = world.session.get_one(Listing, market.listing_id)
    before = listing.state
    seller = world.browser(market.seller)
    seller.get(f"/listings/{listing.id}/withdraw", headers={header: "POST"})
    seller.get(f"/listings/{listing.id}/withdraw?_method=POST")
    assert world.again(listing).state == before


@for_each("TRACE", "CONNECT", "PROPFIND")
def an_odd_method_is_tried(world: World, method: str) -> None:
    answer = world.browser(world.somebody()).open("/account", method=method)
    assert answer.status_code == 405


@for_each("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
def a_form_of_another_site_calls_the_api(world: World, content_type: str) -> None:
    market = a_market(world.session)
    body = f'{{"listing_id": "{market.listing_id}", "quantity": 1, "starts_on": "2035-09-01", "periods": 1}}'
    answer = world.browser(market.buyer).post("/api/orders", data=body, content_type=content_type)
    assert answer.status_code == 401
    assert world.session.scalars(sa.select(Order)).all() == []


@for_each("/account/password", "/trust/people/invite", "/listings/new", "/sign-out", "/billing/settings")
def a_form_of_another_site_is_posted(world: World, path: str) -> None:
    browser = world.browser(world.somebody())
    world.settings("WTF_CSRF_ENABLED", True)
    answer = browser.post(path, data={}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 400
    assert is_in(browser)


@attempt
def a_forms_token_of_another_browser_is_posted(world: World) -> None:
    victim, thief = world.browser(world.somebody()), world.browser(world.somebody())
    world.settings("WTF_CSRF_ENABLED", True)
    page = thief.get("/account").text
    stolen = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert stolen
    assert victim.post("/sign-out", data={"csrf_token": stolen}).status_code == 400
    assert is_in(victim)


@attempt
def a_page_is_put_into_a_frame_or_runs_a_strangers_script(world: World) -> None:
    answer = world.browser(world.somebody()).get("/account")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@for_each("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "';alert(1)//")
def a_script_is_put_into_a_listing(world: World, text: str) -> None:
    listing = a_listing(world.session, title=text, summary=text, description=text)
    world.session.commit()
    for path in ("/listings", f"/listings/{listing.id}"):
        page = world.stranger().get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.replace(str(listing.id), "") or text != "{{7*7}}"


@for_each("../../app.py", "..%2f..%2fapp.py", "/etc/passwd", "%00", "....//....//app.py")
def a_file_outside_the_folder_is_fetched(world: World, path: str) -> None:
    answer = world.stranger().get(f"/static/{path}")
    assert answer.status_code in {301, 308, 404}
    assert "create_app" not in answer.text


@for_each(*(repr(start)[1:-1] for start in STARTS_FORMULA))
def a_formula_is_put_into_a_spreadsheet(world: World, start: str) -> None:
    first = start.encode().decode("unicode_escape")
    formula = f'{first}HYPERLINK("https://evil.example")'
    owed = an_invoice(world.session)
    organisation = world.session.get_one(Organisation, owed.buyer.organisation_id)
    organisation.name = formula
    world.session.commit()
    file = world.browser(owed.seller).get("/invoices.csv?side=issued").get_data().decode("utf-8-sig")
    assert "evil.example" in file
    cells = [cell.strip('"') for line in file.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if "HYPERLINK" in cell and cell.startswith(STARTS_FORMULA)]


def a_bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to a hundred megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/workbook.xml", b"0" * 50_000_000)
    return out.getvalue()


def a_zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return out.getvalue()


FILES = {
    "register.html as a page": b"<html><script>alert(1)</script></html>",
    "register.svg with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "register.csv that is a program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "register.csv that is a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "register.xlsm with macros": a_zip("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
    "register.xlsx that is empty of sheets": a_zip("[Content_Types].xml"),
    "register.xlsx that is no zip": b"PK\x03\x04 not really",
    "register.xls of long ago": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "register.xlsx that unpacks without end": b"",
    "../../register.csv of nothing": b"",
}


@for_each(*FILES)
def a_file_is_uploaded_that_is_no_register(world: World, name: str) -> None:
    actor = world.somebody(None, Role.ADMINISTRATOR)
    content = a_bomb() if "without end" in name else FILES[name]
    file = (io.BytesIO(content), name.partition(" ")[0])
    answer = world.browser(actor).post("/interests/uploads/new", data={"file": file})
    assert answer.status_code == 422
    assert "alert(1)" not in answer.text
    assert world.session.scalars(sa.select(InterestUpload)).all() == []
