"""Asking another site who somebody is (OpenID Connect): the code flow with PKCE, state and nonce.

These calls take seconds and are made outside any unit of work. They follow no redirect, and go to a private
network only when the operator's own address of the provider lies there.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.identity_providers import GOOGLE, IdentityProvider

SECONDS = (4, 8)
"""To connect, and for each answer."""
LARGEST = 300_000
READ = 16_384
"""Bytes of an answer at most, and at a time."""
KEPT = timedelta(hours=1)
SOONEST = timedelta(minutes=1)
"""Signing keys are asked for again at most so often when a token names an unknown one."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Public keys only: neither `none` nor a secret that both sides share."""
SCOPE = "openid email profile"
LONGEST_SUBJECT = 255
MULTI_FACTOR = {
    "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    "https://refeds.org/profile/mfa",
}


class ProviderAway(DomainError):
    """The other site did not answer as it should."""

    code = "provider-away"
    status = 503

    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__(
            f"{provider.name} could not be asked who you are. Try again in a few minutes, "
            "or sign in another way."
        )


class NotBelieved(DomainError):
    """What came back is not what was asked for: another's token, an old one, or a forged one."""

    code = "not-believed"
    status = 403

    def __init__(self, provider: IdentityProvider) -> None:
        super().__init__(f"What came from {provider.name} could not be checked. Start again.")


@dataclass(frozen=True)
class Secrets:
    """What this browser's sign-in was begun with, and nobody else knows."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Claim:
    """Who somebody is, as the provider signed it."""

    issuer: str
    subject: str
    email: str | None
    is_email_sure: bool
    """The provider says that it checked the address itself."""
    has_two_factors: bool


@dataclass
class _Known:
    """What a provider said about itself."""

    metadata: Mapping[str, Any]
    keys: Mapping[str, Any]
    at: datetime


_known: dict[str, _Known] = {}


def forget_all() -> None:
    """Ask every provider anew."""
    _known.clear()


def begin(provider: IdentityProvider, secrets: Secrets, return_address: str) -> str:
    """The address at the provider to which the browser goes; ProviderAway."""
    known = _discover(provider)
    client = _client(provider, known, return_address)
    address, _ = client.create_authorization_url(
        known.metadata["authorization_endpoint"],
        state=secrets.state,
        nonce=secrets.nonce,
        code_verifier=secrets.verifier,
    )
    return str(address)


def finish(provider: IdentityProvider, secrets: Secrets, return_address: str, code: str) -> Claim:
    """Exchange the code that the browser brought back, and check the token; ProviderAway or NotBelieved."""
    from authlib.integrations.base_client import OAuthError
    from requests import RequestException

    known = _discover(provider)
    client = _client(provider, known, return_address)
    try:
        answer = client.fetch_token(
            _allowed(provider, str(known.metadata["token_endpoint"])),
            grant_type="authorization_code",
            code=code,
            code_verifier=secrets.verifier,
            timeout=SECONDS,
            allow_redirects=False,
        )
    except OAuthError as error:  # the code is another's, used or made up
        raise NotBelieved(provider) from error
    except (RequestException, ValueError) as error:
        raise ProviderAway(provider) from error
    token = answer.get("id_token")
    if not isinstance(token, str) or len(token) > LARGEST:
        raise NotBelieved(provider)
    return _claim(provider, _checked(provider, token, secrets.nonce))


def _client(provider: IdentityProvider, known: _Known, return_address: str) -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    methods = known.metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    basic = "client_secret_basic" in methods or "client_secret_post" not in methods
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope=SCOPE,
        redirect_uri=return_address,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
    )


def _checked(provider: IdentityProvider, token: str, nonce: str) -> dict[str, Any]:
    """The claims of a token that the provider signed, for us, for this sign-in, and that is in its time."""
    from joserfc.errors import InvalidKeyIdError, JoseError
    from joserfc.jwt import JWTClaimsRegistry

    try:
        try:
            claims = _decoded(token, _discover(provider))
        except InvalidKeyIdError:  # the provider has new keys
            claims = _decoded(token, _discover(provider, older_than=SOONEST))
        JWTClaimsRegistry(
            now=int(clock.now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(provider) from error
    is_for_another = claims.get("azp", provider.client_id) != provider.client_id
    if is_for_another or len(claims["sub"]) > LONGEST_SUBJECT or not claims["sub"].isprintable():
        raise NotBelieved(provider)
    return claims


def _decoded(token: str, known: _Known) -> dict[str, Any]:
    from joserfc import jwt
    from joserfc.jwk import KeySet

    found = jwt.decode(token, KeySet.import_key_set({"keys": known.keys["keys"]}), algorithms=ALGORITHMS)
    return dict(found.claims)


def _claim(provider: IdentityProvider, claims: Mapping[str, Any]) -> Claim:
    email = claims.get("email")
    is_address = isinstance(email, str) and email.isascii() and email.count("@") == 1
    methods, level = claims.get("amr"), str(claims.get("acr"))
    return Claim(
        issuer=provider.issuer,
        subject=claims["sub"],
        email=str(email).lower() if is_address else None,
        is_email_sure=is_address and _is_sure(provider, claims),
        has_two_factors=(isinstance(methods, list) and "mfa" in methods) or level in MULTI_FACTOR,
    )


def _is_sure(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    """Google vouches for the domains that it hosts (`hd`), Entra for those of the tenant (`xms_edov`)."""
    if provider.issuer == GOOGLE:
        hosted = str(claims.get("hd", "")).lower() == str(claims["email"]).lower().rpartition("@")[2]
        return claims.get("email_verified") is True and hosted
    return claims.get("email_verified") is True or str(claims.get("xms_edov")).lower() in {"1", "true"}


def _discover(provider: IdentityProvider, older_than: timedelta = KEPT) -> _Known:
    """What the provider says about itself, kept for an hour; it must be the issuer that was set."""
    kept = _known.get(provider.issuer)
    if kept is not None and clock.now() - kept.at < older_than:
        return kept
    metadata = _fetch(provider, provider.discovery_address)
    endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if metadata.get("issuer") != provider.issuer or not all(
        isinstance(metadata.get(name), str) for name in endpoints
    ):
        raise ProviderAway(provider)
    keys = _fetch(provider, metadata["jwks_uri"])
    if not isinstance(keys.get("keys"), list):
        raise ProviderAway(provider)
    _known[provider.issuer] = _Known(metadata, {"keys": _understood(keys["keys"])}, clock.now())
    return _known[provider.issuer]


def _understood(keys: list[Any]) -> list[Any]:
    """The public signing keys of kinds that we know; a provider may publish others beside them."""
    kinds = {"RSA", "EC", "OKP"}
    return [
        key
        for key in keys
        if isinstance(key, dict) and key.get("kty") in kinds and key.get("use", "sig") == "sig"
    ]


def _fetch(provider: IdentityProvider, address: str) -> dict[str, Any]:
    import requests

    try:
        with requests.get(
            _allowed(provider, address), timeout=SECONDS, allow_redirects=False, stream=True
        ) as answer:
            body = b"".join(_limited(answer.iter_content(READ)))
            found = json.loads(body) if answer.status_code == requests.codes.ok else None
    except (requests.RequestException, ValueError, RecursionError) as error:
        raise ProviderAway(provider) from error
    if not isinstance(found, dict):
        raise ProviderAway(provider)
    return found


def _limited(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of an answer; ValueError when it does not end."""
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST:
            raise ValueError("too large")
        yield part


def _allowed(provider: IdentityProvider, address: str) -> str:
    """The address, when it may be called; the operator chose the provider's own host, not those it names."""
    own, asked = urlsplit(provider.issuer), urlsplit(address)
    if (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
        return address
    if asked.scheme != "https" or not asked.hostname or not is_public(asked.hostname):
        raise ProviderAway(provider)
    return address


def is_public(host: str) -> bool:
    """Whether every address of a host lies in the public network; an IPv4 address inside an IPv6 one too."""
    try:
        found = socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    addresses = [ipaddress.ip_address(str(one[4][0])) for one in found]
    return all((getattr(one, "ipv4_mapped", None) or one).is_global for one in addresses)
