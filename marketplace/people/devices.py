"""What browsers and devices say about passkeys (WebAuthn), made and checked. Pure; slow to import."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace.people.sites import Site, WrongPasskey

NAME = "Sharewell"
LONGEST_ANSWER = 20_000
"""Characters of JSON: an answer of a real device has about a thousand."""
MALFORMED = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises about an answer that is wrong or none at all."""


@dataclass(frozen=True)
class Made:
    """A passkey that a device made: its identifier and public key as base64url, its count of signatures."""

    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True)
class Said:
    """Which passkey an answer names, and whose it says that is (None: it does not say)."""

    credential_id: str
    owner: bytes | None


def making_options(
    site: Site, challenge: str, owner: bytes, names: tuple[str, str], known: Sequence[str]
) -> str:
    """What the browser gives a device to make a passkey, as JSON; `names` are the address and the name."""
    return options_to_json(
        generate_registration_options(
            rp_id=site.domain,
            rp_name=NAME,
            user_id=owner,
            user_name=names[0],
            user_display_name=names[1],
            challenge=base64url_to_bytes(challenge),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(known),
        )
    )


def asking_options(site: Site, challenge: str, known: Sequence[str]) -> str:
    """What the browser asks a device, as JSON: for one of the known passkeys, without any for what it has."""
    return options_to_json(
        generate_authentication_options(
            rp_id=site.domain,
            challenge=base64url_to_bytes(challenge),
            allow_credentials=_descriptors(known) if known else None,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def challenge_in(answer: str) -> str:
    """The challenge that an answer says it answers, as base64url; WrongPasskey when it says none."""
    if len(answer) > LONGEST_ANSWER:
        raise WrongPasskey
    try:
        client_data = json.loads(answer)["response"]["clientDataJSON"]
        return bytes_to_base64url(parse_client_data_json(base64url_to_bytes(client_data)).challenge)
    except MALFORMED as error:
        raise WrongPasskey from error


def made(site: Site, challenge: str, answer: str) -> Made:
    """The passkey that a device made for a challenge of ours and for this site; WrongPasskey."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except MALFORMED as error:
        raise WrongPasskey from error
    return Made(
        bytes_to_base64url(verified.credential_id),
        bytes_to_base64url(verified.credential_public_key),
        verified.sign_count,
    )


def said(answer: str) -> Said:
    """What an answer says, unchecked; WrongPasskey when it says nothing."""
    try:
        given = parse_authentication_credential_json(answer)
        return Said(bytes_to_base64url(given.raw_id), given.response.user_handle or None)
    except MALFORMED as error:
        raise WrongPasskey from error


def count_after(site: Site, challenge: str, answer: str, public_key: str, sign_count: int) -> int:
    """The count of signatures that comes with a right answer; WrongPasskey for any other.

    It must rise where a device counts: so a copy of the key is noticed.
    """
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except MALFORMED as error:
        raise WrongPasskey from error
    return verified.new_sign_count


def _descriptors(known: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known]
