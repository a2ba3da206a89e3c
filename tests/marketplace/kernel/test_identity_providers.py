"""Providers as an operator sets them."""

from __future__ import annotations

import pytest

from marketplace.kernel.identity_providers import read_providers

TENANT = "0a1b2c3d-1111-2222-3333-444455556666"
OTHER = "1a1b2c3d-1111-2222-3333-444455556666"
ADDRESS = "https://id.example/.well-known/openid-configuration"


def test_each_setting_makes_a_provider() -> None:
    values = {
        "OIDC_MICROSOFT": f"{TENANT.upper()} client secret Trust.example",
        "OIDC_GOOGLE": "client secret",
        "OIDC_OTHER": f"DfE_Sign-in {ADDRESS} client secret @a.example b.example",
    }
    providers, faults = read_providers(values)
    assert faults == []
    assert [(one.key, one.name, one.issuer, one.domains) for one in providers] == [
        ("microsoft", "Microsoft", f"https://login.microsoftonline.com/{TENANT}/v2.0", ("trust.example",)),
        ("google", "Google", "https://accounts.google.com", ()),
        ("other", "DfE Sign-in", "https://id.example", ("a.example", "b.example")),
    ]
    assert providers[2].discovery_address == ADDRESS


def test_several_tenants_are_told_apart() -> None:
    entries = f"{TENANT} c1 s1 one.example; {OTHER} c2 s2 two.example ;"
    providers, faults = read_providers({"OIDC_MICROSOFT": entries})
    assert faults == []
    assert [(one.key, one.name) for one in providers] == [
        ("microsoft", "Microsoft (one.example)"),
        ("microsoft-2", "Microsoft (two.example)"),
    ]


def test_nothing_set_is_no_provider() -> None:
    assert read_providers({"OIDC_GOOGLE": None, "OIDC_OTHER": " "}) == ((), [])


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("OIDC_MICROSOFT", "common client secret", "tenant identifier (a UUID)"),
        ("OIDC_MICROSOFT", "organizations client secret", "tenant identifier (a UUID)"),
        ("OIDC_MICROSOFT", f"{TENANT} client", "tenant identifier (a UUID)"),
        ("OIDC_GOOGLE", "client", "client id, secret and mail domains"),
        ("OIDC_GOOGLE", "client secret nodomain", "'nodomain' as a mail domain"),
        ("OIDC_OTHER", "Name https://id.example client secret", "address ending in"),
        ("OIDC_OTHER", f"Name {ADDRESS} client", "address ending in"),
        ("OIDC_OTHER", f"Name {ADDRESS.replace('https', 'http')} client secret", "https:// address"),
        ("OIDC_OTHER", f"Name {ADDRESS.replace('https', 'ftp')} client secret", "https:// address"),
    ],
)
def test_what_is_wrong_is_said(setting: str, value: str, said: str) -> None:
    providers, faults = read_providers({setting: value})
    assert providers == ()
    assert len(faults) == 1
    assert faults[0].startswith(setting)
    assert said in faults[0]


def test_ones_own_machine_may_be_asked_without_tls() -> None:
    address = "http://127.0.0.1:5000/.well-known/openid-configuration"
    providers, faults = read_providers({"OIDC_OTHER": f"Here {address} client secret"})
    assert (faults, providers[0].issuer) == ([], "http://127.0.0.1:5000")
