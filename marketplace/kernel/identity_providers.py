"""Which other sites may say who somebody is, as the operator set them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

WELL_KNOWN = "/.well-known/openid-configuration"
GOOGLE = "https://accounts.google.com"
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
NAMES = ("OIDC_MICROSOFT", "OIDC_GOOGLE", "OIDC_OTHER")


@dataclass(frozen=True)
class IdentityProvider:
    """One issuer of OpenID Connect; `domains` are those whose mail it may vouch for."""

    key: str
    """Its part of our addresses: microsoft, google, other, then microsoft-2 and so on."""
    name: str
    issuer: str
    client_id: str
    client_secret: str
    domains: tuple[str, ...]

    @property
    def discovery_address(self) -> str:
        """Where it says where everything is."""
        return self.issuer + WELL_KNOWN


def read_providers(values: Mapping[str, str | None]) -> tuple[tuple[IdentityProvider, ...], list[str]]:
    """The providers in the settings, and a sentence for each thing that is wrong."""
    providers: list[IdentityProvider] = []
    faults: list[str] = []
    for setting in NAMES:
        for number, words in enumerate(_entries(values.get(setting) or ""), 1):
            key = setting.removeprefix("OIDC_").lower() + (f"-{number}" if number > 1 else "")
            provider = _READERS[setting](key, words)
            found = [WANTED[setting]] if provider is None else list(_faults(setting, provider))
            faults += [f"{setting} {sentence}" for sentence in found]
            if provider is not None and not found:
                providers.append(provider)
    return tuple(_told_apart(providers)), faults


def _entries(value: str) -> list[list[str]]:
    return [entry.split() for entry in value.split(";") if entry.strip()]


def _microsoft(key: str, words: list[str]) -> IdentityProvider | None:
    """Of one tenant: the addresses `common` and `organizations` would let in whoever has any account."""
    if len(words) < 3 or not TENANT.fullmatch(words[0].lower()):  # noqa: PLR2004  tenant, client, secret
        return None
    issuer = f"https://login.microsoftonline.com/{words[0].lower()}/v2.0"
    return IdentityProvider(key, "Microsoft", issuer, words[1], words[2], _domains(words[3:]))


def _google(key: str, words: list[str]) -> IdentityProvider | None:
    if len(words) < 2:  # noqa: PLR2004  client, secret
        return None
    return IdentityProvider(key, "Google", GOOGLE, words[0], words[1], _domains(words[2:]))


def _other(key: str, words: list[str]) -> IdentityProvider | None:
    if len(words) < 4 or not words[1].endswith(WELL_KNOWN):  # noqa: PLR2004  name, address, client, secret
        return None
    issuer = words[1].removesuffix(WELL_KNOWN)
    name = words[0].replace("_", " ")
    return IdentityProvider(key, name, issuer, words[2], words[3], _domains(words[4:]))


_READERS = {"OIDC_MICROSOFT": _microsoft, "OIDC_GOOGLE": _google, "OIDC_OTHER": _other}
WANTED = {
    "OIDC_MICROSOFT": "must be: tenant identifier (a UUID), client id, secret and mail domains.",
    "OIDC_GOOGLE": "must be: client id, secret and mail domains.",
    "OIDC_OTHER": (
        f"must be: name (with _ for spaces), address ending in {WELL_KNOWN}, client id, secret, mail domains."
    ),
}


def _domains(words: list[str]) -> tuple[str, ...]:
    return tuple(word.lower().removeprefix("@") for word in words)


def _faults(setting: str, provider: IdentityProvider) -> Iterator[str]:
    parts = urlsplit(provider.issuer)
    is_own = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    if not (parts.hostname and (parts.scheme == "https" or is_own)):
        yield "must name an https:// address."
    for domain in provider.domains:
        if not DOMAIN.fullmatch(domain):
            yield f"names {domain!r} as a mail domain; one looks like trust.example."


def _told_apart(providers: list[IdentityProvider]) -> Iterator[IdentityProvider]:
    """Several of one name are called by their first domain too, so that people know theirs."""
    names = [provider.name for provider in providers]
    for one in providers:
        if names.count(one.name) > 1 and one.domains:
            name = f"{one.name} ({one.domains[0]})"
            yield IdentityProvider(one.key, name, one.issuer, one.client_id, one.client_secret, one.domains)
        else:
            yield one
