"""A passkey made of software: makes "none" attestations and assertions as an authenticator and a browser do together."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


class Authenticator:
    """One credential. Each method takes the options' JSON, and whatever shall differ from what is right."""

    def __init__(self, origin: str, credential_id: bytes = b"") -> None:
        self.origin = origin
        self.credential_id = credential_id or token_bytes(32)
        self.user_handle = b""
        self.count = 0
        self.step = 1
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: str, **changes: Any) -> str:
        """Make the credential: RegistrationResponseJSON (section 5.1.8.1)."""
        asked = json.loads(options)
        self.user_handle = decode(asked["user"]["id"])
        head = self._head(asked["rp"]["id"], ATTESTED, **changes)
        key = self._key.public_key().public_numbers()
        public_key = {1: 2, 3: -7, -1: 1, -2: key.x.to_bytes(32, "big"), -3: key.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public_key)
        attestation = {"fmt": "none", "attStmt": {}, "authData": head + attested}
        response = {
            "clientDataJSON": encode(self._client_data("webauthn.create", asked["challenge"], **changes)),
            "attestationObject": encode(cbor2.dumps(attestation)),
            "transports": changes.get("transports", ["internal", "hybrid"]),
        }
        return self._credential(response)

    def get(self, options: str, **changes: Any) -> str:
        """Sign a challenge: AuthenticationResponseJSON (section 5.1.8.2)."""
        asked = json.loads(options)
        self.count += self.step
        head = self._head(asked["rpId"], 0, **changes)
        client_data = self._client_data("webauthn.get", asked["challenge"], **changes)
        signature = self._key.sign(head + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        handle = changes.get("user_handle", self.user_handle)
        response = {
            "clientDataJSON": encode(client_data),
            "authenticatorData": encode(head),
            "signature": encode(changes.get("signature", signature)),
            "userHandle": encode(handle) if handle is not None else None,
        }
        return self._credential(response)

    def _head(self, asked_rp_id: str, flags: int, /, **changes: Any) -> bytes:
        flags |= PRESENT if changes.get("present", True) else 0
        flags |= VERIFIED if changes.get("verified", True) else 0
        flags |= ELIGIBLE | BACKED_UP if changes.get("backed_up", False) else 0
        count = changes.get("count", self.count)
        return (
            hashlib.sha256(changes.get("rp_id", asked_rp_id).encode()).digest()
            + bytes([flags])
            + count.to_bytes(4, "big")
        )

    def _client_data(self, kind: str, asked_challenge: str, /, **changes: Any) -> bytes:
        return json.dumps(
            {
                "type": changes.get("type", kind),
                "challenge": changes.get("challenge", asked_challenge),
                "origin": changes.get("origin", self.origin),
                "crossOrigin": changes.get("cross_origin", False),
            }
        ).encode()

    def _credential(self, response: dict[str, Any]) -> str:
        name = encode(self.credential_id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )


def encode(value: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
