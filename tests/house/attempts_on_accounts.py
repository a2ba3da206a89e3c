"""Attempts to become somebody else, or to stay them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient
from freezegun import freeze_time

from marketplace.kernel import clock
from marketplace.kernel.outbox import OutboxJob
from marketplace.people import authenticators, challenges, passkeys, recovery
from marketplace.people import services as people
from marketplace.people.factor_models import Purpose
from marketplace.people.models import BrowserSession, Person
from marketplace.people.sites import Site
from marketplace.trusts.access import Actor
from tests.factories.devices import Device, app_code
from tests.factories.trusts import an_organisation
from tests.house.attempts import NEW, PASSWORD, World, attempt, for_each, is_in, words

NOON = "2027-03-01 12:00:00"
STEP = 1_803_902_400 // 30
OUTSIDE = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "\\/evil.example",
    " //evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "http://localhost@evil.example",
)


def sign_in_link(world: World, actor: Actor) -> str:
    assert world.stranger().post("/sign-in/link", data={"email": actor.email}).status_code == 200
    return world.mailed(actor.email)


def reset_link(world: World, actor: Actor) -> str:
    assert world.stranger().post("/reset-password", data={"email": actor.email}).status_code == 200
    return world.mailed(actor.email)


def sign_in(world: World, actor: Actor, client: FlaskClient | None = None, **more: str) -> FlaskClient:
    client = client or world.stranger()
    client.post("/sign-in", data={"email": actor.email, "password": PASSWORD, "next": "/", **more})
    return client


@attempt
def a_link_to_sign_in_is_used_twice(world: World) -> None:
    path = sign_in_link(world, world.somebody())
    world.stranger().post(path)
    thief = world.stranger()
    assert thief.post(path).status_code == 410
    assert not is_in(thief)


@attempt
def a_link_to_sign_in_is_used_after_its_time(world: World) -> None:
    path, thief = sign_in_link(world, world.somebody()), world.stranger()
    with freeze_time(clock.now() + timedelta(minutes=16)):
        assert thief.post(path).status_code == 410
        assert not is_in(thief)


@attempt
def an_older_link_to_sign_in_is_used_after_a_newer_one(world: World) -> None:
    actor = world.somebody()
    old, _ = sign_in_link(world, actor), sign_in_link(world, actor)
    assert world.stranger().post(old).status_code == 410


@attempt
def the_secret_of_a_link_to_sign_in_sets_a_password(world: World) -> None:
    actor = world.somebody()
    path = sign_in_link(world, actor).replace("/sign-in/link/", "/reset-password/").partition("?")[0]
    assert world.stranger().post(path, data={"new_password": NEW}).status_code == 410
    assert is_in(sign_in(world, actor))


@attempt
def the_secret_of_a_reset_signs_in(world: World) -> None:
    thief = world.stranger()
    path = reset_link(world, world.somebody()).replace("/reset-password/", "/sign-in/link/")
    assert thief.post(path).status_code == 410
    assert not is_in(thief)


@attempt
def a_reset_is_used_twice(world: World) -> None:
    path = reset_link(world, world.somebody())
    assert world.stranger().post(path, data={"new_password": NEW}).status_code == 302
    assert world.stranger().post(path, data={"new_password": "nine purple unicycles"}).status_code == 410


@attempt
def a_reset_is_used_after_the_password_was_changed(world: World) -> None:
    actor = world.somebody()
    path = reset_link(world, actor)
    people.set_password(world.session, world.session.get_one(Person, actor.person_id), NEW)
    world.session.commit()
    assert world.stranger().post(path, data={"new_password": PASSWORD}).status_code == 410


@attempt
def a_link_for_another_persons_change_of_address_is_used(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    world.browser(victim).post("/account/email", data={"email": "new@trust.example"})
    world.browser(thief).post(world.mailed("new@trust.example"))
    emails = [world.session.get_one(Person, one.person_id).email for one in (victim, thief)]
    assert emails == [victim.email, thief.email]


@attempt
def an_address_is_changed_by_a_link_from_before_a_new_password(world: World) -> None:
    actor = world.somebody()
    browser = world.browser(actor)
    browser.post("/account/email", data={"email": "new@trust.example"})
    browser.post("/account/password", data={"password": PASSWORD, "new_password": NEW})
    browser.post(world.mailed("new@trust.example"))
    assert world.session.get_one(Person, actor.person_id).email == actor.email


@attempt
def somebody_takes_the_address_of_another_account(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    world.browser(thief).post("/account/email", data={"email": victim.email})
    assert not [one for one in world.mails(victim.email) if "/account/email/" in (one.get("path") or "")]
    assert world.session.get_one(Person, thief.person_id).email == thief.email


@attempt
def wrong_passwords_tell_who_has_an_account(world: World) -> None:
    known = {"email": world.somebody().email, "password": "wrong wrong wrong wrong", "next": "/"}
    answers = [
        world.stranger().post("/sign-in", data=form)
        for form in (known, known | {"email": "no@trust.example"})
    ]
    assert answers[0].status_code == answers[1].status_code == 422
    assert words(answers[0].text) == words(answers[1].text)


@attempt
def the_work_of_a_wrong_password_tells_who_has_an_account(world: World) -> None:
    known, unknown = world.somebody().email, "no@trust.example"
    hashed: list[str] = []
    matches = people._matches

    def noting(known_hash: str, password: str) -> bool:
        hashed.append(known_hash)
        return matches(known_hash, password)

    world.settings("hashing", noting)
    for email in (known, unknown):
        world.stranger().post("/sign-in", data={"email": email, "password": "x" * 20, "next": "/"})
    assert len(hashed) == 2
    assert hashed[0].split("$")[:4] == hashed[1].split("$")[:4]  # the same algorithm at the same cost


@for_each("/sign-in/link", "/reset-password", "/join")
def asking_for_a_letter_tells_who_has_an_account(world: World, path: str) -> None:
    known, unknown = world.somebody().email, "no@trust.example"
    answers, owed = [], []
    for email in (known, unknown):
        answers.append(world.stranger().post(path, data={"email": email}))
        owed.append(world.session.scalar(sa.select(sa.func.count(OutboxJob.id))) or 0)
    assert answers[0].status_code == answers[1].status_code
    assert words(answers[0].text) == words(answers[1].text)
    assert owed[1] - owed[0] == 1  # a letter is owed either way


@attempt
def a_secret_is_planted_in_a_browser_before_its_owner_signs_in(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    planted = people.open_session(world.session, thief.person_id, "test")
    world.session.commit()
    browser = world.stranger()
    with browser.session_transaction() as cookie:
        cookie["session"] = planted
    sign_in(world, victim, browser)
    with browser.session_transaction() as cookie:
        assert cookie["session"] != planted
    assert victim.name in browser.get("/account").text
    assert people.person_of_session(world.session, planted) is None  # and the planted one ended


@attempt
def a_cookie_is_used_after_its_owner_signed_out(world: World) -> None:
    browser, thief = sign_in(world, world.somebody()), world.stranger()
    with browser.session_transaction() as cookie:
        stolen = dict(cookie)
    browser.post("/sign-out")
    with thief.session_transaction() as cookie:
        cookie.update(stolen)
    assert not is_in(thief)


@attempt
def a_cookie_is_made_up(world: World) -> None:
    thief = world.stranger()
    thief.set_cookie("session", "eyJzZXNzaW9uIjoiYWRtaW4ifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert not is_in(thief)


@attempt
def a_browser_is_used_after_twelve_hours(world: World) -> None:
    browser = sign_in(world, world.somebody())
    for hours in range(1, 12):
        with freeze_time(clock.now() + timedelta(hours=hours)):
            assert is_in(browser)
    with freeze_time(clock.now() + timedelta(hours=12, minutes=1)):
        assert not is_in(browser)


@attempt
def a_browser_is_used_after_it_was_left_for_two_hours(world: World) -> None:
    browser = sign_in(world, world.somebody())
    with freeze_time(clock.now() + timedelta(hours=2, minutes=6)):
        assert not is_in(browser)


@for_each("Host", "X-Forwarded-Host", "X-Original-Host", "Forwarded")
def a_header_names_the_host_of_a_mailed_link(world: World, header: str) -> None:
    actor = world.somebody()
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    answer = world.stranger().post("/reset-password", data={"email": actor.email}, headers={header: value})
    told = [str(job.payload) for job in world.session.scalars(sa.select(OutboxJob))]
    assert "evil.example" not in f"{answer.headers}{answer.text}{told}"


@for_each(*OUTSIDE)
def signing_in_leads_to_another_site(world: World, address: str) -> None:
    actor = world.somebody()
    answer = world.stranger().post(
        "/sign-in", data={"email": actor.email, "password": PASSWORD, "next": address}
    )
    assert (answer.status_code, answer.location) in {(302, "/"), (422, None)}


@for_each("//evil.example", "/\\evil.example", "%2F%2Fevil.example")
def a_link_to_sign_in_leads_to_another_site(world: World, address: str) -> None:
    path = sign_in_link(world, world.somebody()).partition("?")[0]
    answer = world.stranger().post(path, data={"next": address})
    assert (answer.status_code, answer.location) in {(302, "/"), (422, None)}


@for_each("//evil.example", "javascript:alert(1)")
def proving_who_one_is_leads_to_another_site(world: World, address: str) -> None:
    browser = world.browser(world.somebody())
    answer = browser.post("/confirm", data={"password": PASSWORD, "next": address})
    assert (answer.status_code, answer.location) in {(302, "/"), (422, None)}


@attempt
def passwords_are_guessed_one_after_the_other(world: World) -> None:
    world.settings("COUNT_TRIES", True)
    actor, thief = world.somebody(), world.stranger()
    form = {"email": actor.email, "password": "wrong wrong wrong wrong", "next": "/"}
    answers = [thief.post("/sign-in", data=form).status_code for _ in range(12)]
    assert answers[-1] == 429
    assert thief.post("/sign-in", data=form | {"password": PASSWORD}).status_code == 429


@attempt
def letters_are_asked_for_one_after_the_other(world: World) -> None:
    world.settings("COUNT_TRIES", True)
    actor, thief = world.somebody(), world.stranger()
    for _ in range(25):
        answer = thief.post("/reset-password", data={"email": actor.email})
    assert answer.status_code == 429
    assert len(world.mails(actor.email)) <= 20


@for_each("passwordpassword1", "harbourlighttrust1", "aaaaaaaaaaaaaaa", "qwertyuiopasdfg", "short")
def a_weak_password_is_set_by_a_reset(world: World, password: str) -> None:
    actor = world.somebody(an_organisation(world.session, "Harbour Light Trust"))
    path = reset_link(world, actor)
    assert world.stranger().post(path, data={"new_password": password}).status_code == 422
    assert is_in(sign_in(world, actor))


@attempt
def a_password_is_changed_without_knowing_it(world: World) -> None:
    actor = world.somebody()
    form = {"password": "wrong wrong wrong wrong", "new_password": NEW}
    assert world.browser(actor).post("/account/password", data=form).status_code == 422
    assert is_in(sign_in(world, actor))


@attempt
def a_real_person_is_chosen_among_the_demonstrations(world: World) -> None:
    victim, thief = world.somebody(), world.stranger()
    form = {"person_id": str(victim.person_id), "next": "/"}
    assert thief.post("/sign-in/demonstration", data=form).status_code == 404
    assert not is_in(thief)


def with_app(world: World) -> tuple[Actor, str]:
    """Somebody who set up an authenticator app a while ago, and its secret."""
    actor, key = world.somebody(), str(world.app.extensions["settings"].secret_key)
    authenticators.begin(world.session, actor.person_id, key)
    secret = authenticators.enrolment(world.session, actor.person_id, key).secret
    authenticators.confirm(world.session, actor.person_id, key, app_code(secret, STEP - 1))
    world.session.commit()
    return actor, secret


@for_each("/", "/trust", "/orders", "/account", "/account/password", "/account/security", "/billing/settings")
def a_password_alone_opens_a_page_while_the_code_is_owed(world: World, path: str) -> None:
    with freeze_time(NOON):
        actor, _ = with_app(world)
        half = sign_in(world, actor)
        answer = half.get(path)
        assert answer.location is None or answer.location.startswith("/sign-in/second")
        assert actor.name not in answer.text


@for_each("{}", "{} ", " {}", "{:.3} {:.3}", "\u00a0{}")
def a_code_of_an_app_is_used_again(world: World, written: str) -> None:
    with freeze_time(NOON):
        actor, secret = with_app(world)
        code = app_code(secret, STEP)
        first = sign_in(world, actor)
        assert first.post("/sign-in/second", data={"code": code, "next": "/"}).status_code == 302
        thief = sign_in(world, actor)
        again = written.format(code[:3], code[3:]) if "." in written else written.format(code)
        thief.post("/sign-in/second", data={"code": again, "next": "/"})
        assert (is_in(first), is_in(thief)) == (True, False)


@attempt
def codes_are_guessed_one_after_the_other(world: World) -> None:
    with freeze_time(NOON):
        actor, secret = with_app(world)
        thief = sign_in(world, actor)
        for guess in range(12):
            thief.post("/sign-in/second", data={"code": f"{guess:06}", "next": "/"})
        thief.post("/sign-in/second", data={"code": app_code(secret, STEP), "next": "/"})
        assert not is_in(thief)


@attempt
def a_recovery_code_is_used_twice(world: World) -> None:
    with freeze_time(NOON):
        actor, _ = with_app(world)
        code = recovery.make(world.session, actor.person_id)[0]
        world.session.commit()
        form = {"recovery_code": code, "next": "/"}
        assert sign_in(world, actor).post("/sign-in/second/recovery", data=form).status_code == 302
        thief = sign_in(world, actor)
        thief.post("/sign-in/second/recovery", data=form)
        assert not is_in(thief)


@attempt
def the_recovery_code_of_another_is_used(world: World) -> None:
    with freeze_time(NOON):
        victim, _ = with_app(world)
        thief, _ = with_app(world)
        code = recovery.make(world.session, thief.person_id)[0]
        world.session.commit()
        browser = sign_in(world, victim)
        browser.post("/sign-in/second/recovery", data={"recovery_code": code, "next": "/"})
        assert not is_in(browser)


@attempt
def an_answer_of_a_passkey_is_sent_again(world: World) -> None:
    actor, device, site = world.somebody(), Device(), Site.at(world.app.extensions["settings"].public_url)
    device.origin, device.domain = site.origin, site.domain
    asked = challenges.ask(world.session, Purpose.REGISTER, "browser", actor.person_id)
    made = device.makes(passkeys.registration_options(world.session, actor.person_id, site, asked))
    passkeys.register(world.session, actor.person_id, site, asked, made, "Laptop")
    world.session.commit()
    browser, thief = world.stranger(), world.stranger()
    options = browser.post("/sign-in/passkey/options").get_data(as_text=True)
    answer = {"credential": device.answers(options), "next": "/"}
    browser.post("/sign-in/passkey", data=answer)
    thief.post("/sign-in/passkey", data=answer)
    browser_again = world.stranger()
    browser_again.post("/sign-in/passkey", data=answer)
    assert (is_in(thief), is_in(browser_again)) == (False, False)


@attempt
def a_browser_of_another_is_signed_out(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    browser = world.browser(victim)
    owned = world.session.scalars(
        sa.select(BrowserSession.id).where(BrowserSession.person_id == victim.person_id)
    ).one()
    answer = world.browser(thief).post("/account/sessions/end", data={"session_id": str(owned)})
    assert answer.status_code == 404
    assert is_in(browser)


@attempt
def a_secret_of_a_passkey_of_nobody_signs_in(world: World) -> None:
    thief = world.stranger()
    answer = thief.post("/sign-in/passkey", data={"credential": str(uuid.uuid4()), "next": "/"})
    assert answer.status_code in {400, 403, 410, 422}
    assert not is_in(thief)


@for_each(
    "/account/email", "/account/password", "/account/tokens/new", "/billing/settings", "/trust/people/invite"
)
def a_browser_that_was_left_open_is_used_for_what_needs_a_proof(world: World, path: str) -> None:
    actor = world.somebody()
    browser = world.browser(actor)
    long_ago = clock.now() - timedelta(minutes=61)
    world.session.execute(sa.update(BrowserSession).values(confirmed_at=long_ago))
    world.session.commit()
    assert browser.get(path).location.startswith("/confirm?next=")
    answer = browser.post(path, data={"email": "new@trust.example", "new_password": NEW, "name": "token"})
    assert answer.status_code == 403
    assert world.session.get_one(Person, actor.person_id).email == actor.email
