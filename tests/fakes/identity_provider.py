"""A real OpenID provider on this machine: discovery, signing keys, codes bound to PKCE, signed tokens.

What is changed on it makes it lie in that one way.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug import Request, Response
from werkzeug.serving import make_server

from marketplace.kernel.identity_providers import IdentityProvider

CLIENT, SECRET = "sharewell", "a secret between two sites"


@functools.cache
def _first_key() -> RSAKey:
    return _key()


def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "kid": secrets.token_hex(4)}, private=True)


@dataclass
class Provider:
    """One provider; `claims` are added to each token, None takes one away."""

    address: str = ""
    keys: list[RSAKey] = field(default_factory=lambda: [_first_key()])
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, Response] = field(default_factory=dict)
    """What to answer at a path instead."""

    @property
    def settings(self) -> IdentityProvider:
        """How an operator would set it."""
        return IdentityProvider("other", "Example ID", self.address, CLIENT, SECRET, ("trust.example",))

    def signs_in(self, there: str) -> str:
        """The query with which a browser sent `there` comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"code={code}&state={asked['state']}"

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.asked.append(request.path)
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path in self.answers:
            return self.answers[request.path]
        if request.path == "/.well-known/openid-configuration":
            return _json(self._about())
        if request.path == "/keys":
            return _json({"keys": [key.as_dict(private=False) for key in self.keys]})
        return self._token(request)

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorise",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
        } | self.metadata

    def _token(self, request: Request) -> Response:
        """A code works once, with the secret of the client and the verifier of its challenge."""
        asked = self.codes.pop(request.form["code"], None)
        verifier = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        signed = request.authorization
        is_client = signed is not None and (signed.username, signed.password) == (CLIENT, SECRET)
        if asked is None or not is_client or asked["code_challenge"] != challenge:
            return _json({"error": "invalid_grant"}, 400)
        if asked["redirect_uri"] != request.form["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        token = self.token(asked["nonce"])
        return _json({"access_token": "unused", "token_type": "Bearer", "id_token": token})

    def token(self, nonce: str) -> str:
        """A signed token for whoever signed in."""
        now = int(time.time())
        told = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "sam-at-the-provider",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "sam@trust.example",
            "email_verified": True,
        } | self.claims
        claims = {name: value for name, value in told.items() if value is not None}
        if self.algorithm == "none":
            return f"{_encoded({'alg': 'none'})}.{_encoded(claims)}."
        if self.algorithm == "HS256":  # signed with what everybody can read
            signed = f"{_encoded({'alg': 'HS256', 'kid': self.keys[0].kid})}.{_encoded(claims)}"
            made = hmac.digest(self.keys[0].as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
        return jwt.encode({"alg": self.algorithm, "kid": self.keys[-1].kid}, claims, self.keys[-1])


def another_key() -> RSAKey:
    """A signing key that was not published yet."""
    return _key()


@contextmanager
def running() -> Iterator[Provider]:
    """A provider at an address of its own."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
