"""The two WebAuthn ceremonies, as the `webauthn` library makes them (Web Authentication Level 3, section 7).

The library is loaded when it is first needed: it takes a third of a second, and many servers never see a passkey.
"""

import binascii
import json
import logging
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

TRANSPORTS = {"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}
TIMEOUT = 300_000  # milliseconds; as long as a challenge lives
LONGEST_ID = 1023  # bytes of a credential identifier (section 7.1)
NAME = "Gatehouse"

Known = list[tuple[bytes, list[str]]]


@dataclass(frozen=True)
class Credential:
    """What a browser sent: the whole of it, and the parts that are needed before it is verified."""

    whole: dict[str, Any]
    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None
    transports: list[str]


@dataclass(frozen=True)
class Made:
    """A verified registration."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    backed_up: bool


@dataclass(frozen=True)
class Shown:
    """A verified assertion."""

    sign_count: int
    backed_up: bool


def read(text: str) -> Credential | None:
    """Return the parts of a credential's JSON, or None where it is malformed, or was made inside a page of somebody else's."""
    try:
        whole = json.loads(text)
        response = whole["response"]
        client_data = json.loads(_decode(response["clientDataJSON"]))
        if client_data.get("crossOrigin"):
            return None  # no page of ours stands in a frame
        handle = response.get("userHandle")
        return Credential(
            whole=whole,
            credential_id=_decode(whole["rawId"]),
            challenge=_decode(client_data["challenge"]),
            user_handle=_decode(handle) if handle else None,
            transports=sorted(TRANSPORTS.intersection(response.get("transports") or [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return None


def creation_options(
    *, rp_id: str, user_id: bytes, user_name: str, display_name: str, challenge: bytes, known: Known
) -> str:
    """Return `PublicKeyCredentialCreationOptions` as JSON: discoverable, with user verification, without attestation."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name=NAME,
        user_id=user_id,
        user_name=user_name,
        user_display_name=display_name,
        challenge=challenge,
        timeout=TIMEOUT,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options)


def request_options(*, rp_id: str, challenge: bytes, known: Known, alone: bool) -> str:
    """Return `PublicKeyCredentialRequestOptions` as JSON."""
    import webauthn
    from webauthn.helpers import structs

    verification = structs.UserVerificationRequirement
    options = webauthn.generate_authentication_options(
        rp_id=rp_id,
        challenge=challenge,
        timeout=TIMEOUT,
        allow_credentials=_descriptors(known),
        user_verification=verification.REQUIRED if alone else verification.PREFERRED,
    )
    return webauthn.options_to_json(options)


def verify_registration(credential: Credential, *, rp_id: str, origin: str) -> Made | None:
    """Verify a registration (section 7.1); the caller has spent its challenge. None when anything is wrong."""
    import webauthn

    try:
        made = webauthn.verify_registration_response(
            credential=credential.whole,
            expected_challenge=credential.challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except Exception as error:  # the library raises whatever its parsers raise, and the input is anybody's
        log.info("a passkey's registration was refused: %s", type(error).__name__)
        return None
    if len(made.credential_id) > LONGEST_ID:
        return None
    return Made(made.credential_id, made.credential_public_key, made.sign_count, made.aaguid, made.credential_backed_up)


def verify_assertion(
    credential: Credential, *, rp_id: str, origin: str, public_key: bytes, alone: bool
) -> Shown | None:
    """Verify an assertion (section 7.2) but for its counter, which is the caller's to compare. None when anything is wrong."""
    import webauthn

    try:
        shown = webauthn.verify_authentication_response(
            credential=credential.whole,
            expected_challenge=credential.challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=alone,
        )
    except Exception as error:  # the library raises whatever its parsers raise, and the input is anybody's
        log.info("a passkey's assertion was refused: %s", type(error).__name__)
        return None
    return Shown(shown.new_sign_count, shown.credential_backed_up)


def _descriptors(known: Known) -> list[Any]:
    from webauthn.helpers import structs

    return [
        structs.PublicKeyCredentialDescriptor(
            id=credential_id, transports=[structs.AuthenticatorTransport(name) for name in transports] or None
        )
        for credential_id, transports in known
    ]


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
