"""Signed values with their age, as browsers keep them: the session's cookie, and hidden fields that make a form work once.

A value that a node with a faster clock has signed is from the future for the others; the libraries take that for a forgery, and
whoever holds the cookie would be signed out at every second request.
"""

import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

from flask import Flask, current_app, g, session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer
from werkzeug.sansio.http import parse_cookie

from idp.base import clock

CSRF = "csrf_token"  # in `g`, in the session and in forms: as Flask-WTF names it


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
    """Flask's own sessions in a signed cookie, signed with `PatientSigner`; of one application, whose serializer is made once."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what reads and writes the cookie; Flask's, but for the signer."""
        return self._serializer

    def read(self, environ: dict[str, Any]) -> Mapping[str, Any]:
        """Return what a request's cookie holds, where no request of Flask's is open; nothing where `open_session` would find nothing."""
        kept = parse_cookie(environ.get("HTTP_COOKIE", "")).get(self.get_cookie_name(self._app))
        serializer = self._serializer
        if not kept or serializer is None:
            return {}
        try:
            max_age = int(self._app.permanent_session_lifetime.total_seconds())
            return cast(Mapping[str, Any], serializer.loads(kept, max_age=max_age))
        except BadSignature:
            return {}

    @cached_property
    def _serializer(self) -> URLSafeTimedSerializer | None:
        made = super().get_signing_serializer(self._app)
        if made is not None:
            made.signer = PatientSigner
        return made


def csrf_serializer() -> URLSafeTimedSerializer:
    """Return what signs the CSRF tokens of forms: Flask-WTF's own, made once and not for each token."""
    extensions = current_app.extensions
    if "idp.csrf" not in extensions:
        extensions["idp.csrf"] = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    return cast(URLSafeTimedSerializer, extensions["idp.csrf"])


def csrf_token() -> str:
    """Return the CSRF token of this browser, which Flask-WTF's forms then find made, and check as one of their own."""
    if CSRF not in g:
        known = session.setdefault(CSRF, secrets.token_hex(20))
        setattr(g, CSRF, csrf_serializer().dumps(known))
    return cast(str, g.get(CSRF))
