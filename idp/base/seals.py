"""Signed values with their age, as browsers keep them: the session's cookie, and hidden fields that make a form work once.

A value that a node with a faster clock has signed is from the future for the others; the libraries take that for a forgery, and
whoever holds the cookie would be signed out at every second request.
"""

from typing import Any, cast

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from idp.base import clock


class PatientSigner(TimestampSigner):
    """Signs with the house's own clock, and takes what seems to be from the future: only a node of ours can have signed it."""

    def get_timestamp(self) -> int:
        """Return the present, in seconds since 1970."""
        return clock.timestamp()

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """Return what was signed, with its time if that is wanted.

        Raises:
            BadSignature: it was changed, or is older than `max_age` seconds.
        """
        value, signed_at = cast(Any, super().unsign(signed_value, return_timestamp=True))
        age = (clock.now() - signed_at).total_seconds()
        if max_age is not None and age > max_age:
            raise SignatureExpired(f"signed {age:.0f} s ago", payload=value, date_signed=signed_at)
        return (value, signed_at) if return_timestamp else value


class PatientSerializer(URLSafeTimedSerializer):
    """Serializes and signs with `PatientSigner`."""

    default_signer = PatientSigner


class PatientSessions(SecureCookieSessionInterface):
    """Flask's own sessions in a signed cookie, signed with `PatientSigner`."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what reads and writes the cookie; Flask's, but for the signer."""
        made = super().get_signing_serializer(app)
        if made is not None:
            made.signer = PatientSigner
        return made
