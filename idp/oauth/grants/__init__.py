"""The grants of the token endpoint, one module each, and the phases that all of them go through."""

from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.entitlement import Entitlement
from idp.oauth.grants.lives import idle_life, refresh_life
from idp.oauth.grants.minting import make_access_token
from idp.oauth.grants.phases import FOREIGN_PHASES, PHASES, Grant
from idp.oauth.grants.refresh_token import RefreshTokenGrant

__all__ = [
    "FOREIGN_PHASES",
    "PHASES",
    "AuthorizationCodeGrant",
    "ClientCredentialsGrant",
    "Entitlement",
    "Grant",
    "RefreshTokenGrant",
    "idle_life",
    "make_access_token",
    "refresh_life",
]
