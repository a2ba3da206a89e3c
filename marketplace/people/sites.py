"""For which site a passkey is made. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from marketplace.kernel.errors import DomainError


class WrongPasskey(DomainError):
    """The device's answer does not prove anything; how is not said."""

    code = "wrong-passkey"

    def __init__(self) -> None:
        super().__init__("This passkey could not be checked. Try again, or prove who you are another way.")


@dataclass(frozen=True)
class Site:
    """A domain (WebAuthn's relying party id) and the origin of its pages."""

    domain: str
    origin: str

    @classmethod
    def at(cls, public_url: str) -> Site:
        """The site at an address; a browser makes no passkey for an IP address, so one's own is localhost."""
        parts = urlsplit(public_url)
        host = parts.hostname or ""
        domain = "localhost" if _is_loopback(host) else host
        port = f":{parts.port}" if parts.port else ""
        return cls(domain, f"{parts.scheme}://{domain}{port}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
