"""Asking a real provider on this machine: what it signed is believed, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from werkzeug import Response

from marketplace.kernel import clock
from marketplace.kernel.identity_providers import IdentityProvider
from marketplace.people import providers
from marketplace.people.providers import Claim, NotBelieved, ProviderAway, Secrets
from tests.fakes.identity_provider import Provider, another_key, running

TOLD = Secrets("the state", "the nonce", "v" * 50)
RETURN = "https://sharewell.example/sign-in/with/other/return"


@pytest.fixture
def provider() -> Iterator[Provider]:
    providers.forget_all()
    with running() as found:
        yield found


def code_of(provider: Provider, told: Secrets = TOLD) -> str:
    there = providers.begin(provider.settings, told, RETURN)
    return provider.signs_in(there).removeprefix("code=").partition("&")[0]


def claim(provider: Provider) -> Claim:
    return providers.finish(provider.settings, TOLD, RETURN, code_of(provider))


def test_a_right_answer_names_who_signed_in(provider: Provider) -> None:
    assert claim(provider) == Claim(provider.address, "sam-at-the-provider", "sam@trust.example", True, False)


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(provider: Provider) -> None:
    there = providers.begin(provider.settings, TOLD, RETURN)
    assert there.startswith(f"{provider.address}/authorise?")
    for part in ("state=the+state", "nonce=the+nonce", "code_challenge_method=S256", "scope=openid+email"):
        assert part in there
    assert TOLD.verifier not in there


NOW = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another-site"},
    "no audience": {"aud": None},
    "several audiences, made for another": {"aud": ["sharewell", "other"], "azp": "other"},
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "expired": {"iat": NOW - 4000, "exp": NOW - 3600},
    "no end": {"exp": None},
    "from the future": {"iat": NOW + 3600},
    "not yet": {"nbf": NOW + 3600},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "a name that is none": {"sub": ["sam"]},
    "an endless name": {"sub": "x" * 256},
    "a name with NUL": {"sub": "sam\x00"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_not_for_this_sign_in_is_not_believed(provider: Provider, lie: str) -> None:
    provider.claims = LIES[lie]
    with pytest.raises(NotBelieved):
        claim(provider)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_the_providers_key_did_not_sign_is_not_believed(
    provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    with pytest.raises(NotBelieved):
        claim(provider)


def test_a_token_of_an_unknown_key_is_not_believed(provider: Provider) -> None:
    code = code_of(provider)
    published = {"keys": [key.as_dict(private=False) for key in provider.keys]}
    provider.answers["/keys"] = Response(json.dumps(published), mimetype="application/json")
    provider.keys.append(another_key())  # it signs with the last
    with clock.standing_at(clock.now() + timedelta(seconds=90)), pytest.raises(NotBelieved):
        providers.finish(provider.settings, TOLD, RETURN, code)
    assert provider.asked.count("/keys") == 2


def test_a_new_key_of_the_provider_is_asked_for_after_a_minute(provider: Provider) -> None:
    claim(provider)
    provider.keys.append(another_key())
    with pytest.raises(NotBelieved):  # so soon it is not asked again
        claim(provider)
    with clock.standing_at(clock.now() + timedelta(seconds=90)):
        provider.claims = {"iat": int(clock.now().timestamp()), "exp": int(clock.now().timestamp()) + 300}
        assert claim(provider).subject == "sam-at-the-provider"


def test_a_code_works_once(provider: Provider) -> None:
    code = code_of(provider)
    providers.finish(provider.settings, TOLD, RETURN, code)
    with pytest.raises(NotBelieved):
        providers.finish(provider.settings, TOLD, RETURN, code)


def test_a_stolen_code_is_of_no_use_without_the_verifier(provider: Provider) -> None:
    code = code_of(provider)
    with pytest.raises(NotBelieved):
        providers.finish(provider.settings, replace(TOLD, verifier="w" * 50), RETURN, code)


def test_the_provider_is_asked_about_itself_once_an_hour(provider: Provider) -> None:
    with freeze_time("2027-03-01 12:00:00") as told:
        for _ in range(3):
            providers.begin(provider.settings, TOLD, RETURN)
        assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
        told.move_to("2027-03-01 13:00:01")
        providers.begin(provider.settings, TOLD, RETURN)
    assert len(provider.asked) == 4


AWAY: dict[str, Response] = {
    "an error": Response("no", 500),
    "a page": Response("<html>", mimetype="text/html"),
    "a list": Response("[]", mimetype="application/json"),
    "too much": Response("[" + "1," * 200_000 + "1]", mimetype="application/json"),
    "too deep": Response("[" * 100_000, mimetype="application/json"),
    "a redirect": Response("", 302, {"Location": "/keys"}),
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys"])
@pytest.mark.parametrize("answer", AWAY)
def test_a_provider_that_answers_oddly_is_away(provider: Provider, path: str, answer: str) -> None:
    provider.answers[path] = AWAY[answer]
    with pytest.raises(ProviderAway):
        providers.begin(provider.settings, TOLD, RETURN)


@pytest.mark.parametrize("answer", ["an error", "a page", "a list", "a redirect"])
def test_a_provider_whose_codes_fail_lets_nobody_in(provider: Provider, answer: str) -> None:
    code = code_of(provider)
    provider.answers["/token"] = AWAY[answer]
    with pytest.raises((ProviderAway, NotBelieved)):
        providers.finish(provider.settings, TOLD, RETURN, code)


def test_a_provider_that_calls_itself_another_is_not_asked(provider: Provider) -> None:
    provider.metadata = {"issuer": "https://evil.example"}
    with pytest.raises(ProviderAway):
        providers.begin(provider.settings, TOLD, RETURN)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/keys",
        "https://169.254.169.254/keys",
        "https://127.0.0.1/keys",
        "https://10.1.2.3/keys",
        "https://[::1]/keys",
        "https://localhost/keys",
        "file:///etc/passwd",
        "https://",
        "http://example.com/keys",
    ],
)
def test_no_provider_sends_us_into_a_private_network(provider: Provider, address: str) -> None:
    provider.metadata = {"jwks_uri": address}
    with pytest.raises(ProviderAway):
        providers.begin(provider.settings, TOLD, RETURN)
    provider.metadata = {"token_endpoint": address}
    with pytest.raises(ProviderAway):
        providers.finish(provider.settings, TOLD, RETURN, code_of(provider))


def test_another_server_of_our_own_network_is_never_asked(provider: Provider) -> None:
    with running() as inner:
        provider.metadata = {"jwks_uri": f"{inner.address}/keys"}
        with pytest.raises(ProviderAway):
            providers.begin(provider.settings, TOLD, RETURN)
        provider.metadata = {"token_endpoint": f"{inner.address}/token"}
        with pytest.raises(ProviderAway):
            providers.finish(provider.settings, TOLD, RETURN, code_of(provider))
        assert inner.asked == []


@pytest.mark.parametrize(
    ("host", "is_public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  as an address to call, not to listen on
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:10.1.2.3", False),
        ("localhost", False),
        ("nobody.invalid", False),
    ],
)
def test_only_public_addresses_are_public(host: str, is_public: bool) -> None:
    assert providers.is_public(host) is is_public


def test_a_provider_that_is_not_there_is_away() -> None:
    providers.forget_all()
    gone = IdentityProvider("other", "Example ID", "http://127.0.0.1:9", "c", "s", ())
    with pytest.raises(ProviderAway, match="Example ID could not be asked"):
        providers.begin(gone, TOLD, RETURN)


@pytest.mark.parametrize(
    ("claims", "is_twice"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": "mfa"}, False),
        ({"acr": "1"}, False),
        ({"acr": ["https://refeds.org/profile/mfa"]}, False),
        ({}, False),
    ],
)
def test_the_provider_says_when_it_asked_for_two_proofs(
    provider: Provider, claims: dict[str, Any], is_twice: bool
) -> None:
    provider.claims = claims
    assert claim(provider).has_two_factors is is_twice


@pytest.mark.parametrize(
    ("claims", "email", "is_sure"),
    [
        ({}, "sam@trust.example", True),
        ({"email": "Sam@Trust.example"}, "sam@trust.example", True),
        ({"email_verified": False}, "sam@trust.example", False),
        ({"email_verified": "true"}, "sam@trust.example", False),
        ({"email_verified": None}, "sam@trust.example", False),
        ({"email_verified": None, "xms_edov": True}, "sam@trust.example", True),
        ({"email_verified": None, "xms_edov": ["1"]}, "sam@trust.example", False),
        ({"email": None}, None, False),
        ({"email": "none"}, None, False),
        ({"email": ["sam@trust.example"]}, None, False),
        ({"email": "ѕam@trust.example"}, None, False),
    ],
)
def test_an_address_is_sure_only_when_the_provider_says_so(
    provider: Provider, claims: dict[str, Any], email: str | None, is_sure: bool
) -> None:
    provider.claims = claims
    found = claim(provider)
    assert (found.email, found.is_email_sure) == (email, is_sure)


@pytest.mark.parametrize(
    ("hosted", "is_sure"), [("trust.example", True), ("other.example", False), (None, False)]
)
def test_google_vouches_only_for_the_domains_that_it_hosts(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, hosted: str | None, is_sure: bool
) -> None:
    monkeypatch.setattr(providers, "GOOGLE", provider.address)
    provider.claims = {"hd": hosted}
    assert claim(provider).is_email_sure is is_sure
