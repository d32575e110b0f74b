"""Presets: what a new client of a usual kind asks for where nothing else is said. Pages and commands fill in from here alike."""

from collections.abc import Mapping
from typing import Any

from idp.clients.metadata import DEFAULT_GRANTS, DEFAULT_SCOPE, DEVICE_CODE
from idp.clients.metadata.profiles import FAPI2

WEB, SPA, NATIVE, SERVICE, MCP, FAPI = "web", "spa", "native", "service", "mcp", "fapi"
DEVICE = "device"
# Whoever listens there does so at a port of the moment (RFC 8252, section 7.3).
LOOPBACK = "http://127.0.0.1/callback"

_PEOPLE = {"grant_types": list(DEFAULT_GRANTS), "scope": DEFAULT_SCOPE}
_WITH_SECRET, _WITHOUT = ({"token_endpoint_auth_method": method} for method in ("client_secret_basic", "none"))

PRESETS: Mapping[str, Mapping[str, Any]] = {
    WEB: _PEOPLE | _WITH_SECRET,
    SPA: _PEOPLE | _WITHOUT,
    NATIVE: _PEOPLE | _WITHOUT | {"application_type": "native"},
    SERVICE: {"grant_types": ["client_credentials"], "scope": ""} | _WITH_SECRET,
    # An agent that speaks the Model Context Protocol: a public client with PKCE, as the protocol's chapter on authorization asks for.
    MCP: _PEOPLE | _WITHOUT | {"application_type": "native", "redirect_uris": [LOOPBACK]},
    # What else the profile asks for it switches on itself; its keys the application has to tell.
    FAPI: _PEOPLE | {"token_endpoint_auth_method": "private_key_jwt", "profile": FAPI2},
    # A television, a printer, a program in a terminal: what is installed on it anybody can read (RFC 8628, section 5.6).
    DEVICE: {"grant_types": [DEVICE_CODE, "refresh_token"], "scope": DEFAULT_SCOPE}
    | _WITHOUT
    | {"application_type": "native"},
}
