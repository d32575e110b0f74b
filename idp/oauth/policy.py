"""The request policy: one table of checks, each with its section, in the order in which they are made.

A check returns None or `(error, description)`. By the time it runs the client and the redirect URI are known to be good, so the answer
goes to the client.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from idp.clients.service import RegisteredClient
from idp.oauth.parameters import LONGEST, AuthorizationParameters

Problem = tuple[str, str]
CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST_ALTOGETHER = 8192
PROMPTS = {"none", "login", "consent", "select_account"}


class Check(NamedTuple):
    """One row of the table."""

    section: str
    run: Callable[[AuthorizationParameters, RegisteredClient], Problem | None]


def find_problem(parameters: AuthorizationParameters, client: RegisteredClient, repeated: list[str]) -> Problem | None:
    """Return the first thing that is wrong with an authorization request."""
    if repeated:
        return "invalid_request", f"The parameter {repeated[0]} is there more than once."
    for check in TABLE:
        problem = check.run(parameters, client)
        if problem is not None:
            return problem
    return None


def _lengths(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    for name, value in parameters.values.items():
        longest = 2000 if name == "nonce" else LONGEST
        if len(value) > longest or "\0" in value:
            return "invalid_request", f"The parameter {name} is too long or malformed."
    if sum(len(value) for value in parameters.values.values()) > LONGEST_ALTOGETHER:
        return "invalid_request", "The request is too long."
    return None


def _request_object(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if parameters.get("request"):
        return "request_not_supported", "Request objects are not supported."
    if parameters.get("request_uri"):
        return "request_uri_not_supported", "Request objects by reference are not supported."
    if parameters.get("registration"):
        return "registration_not_supported", "The registration parameter is not supported."
    return None


def _response_type(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    response_type = parameters.get("response_type")
    if response_type is None:
        return "invalid_request", "The parameter response_type is missing."
    if response_type != "code":
        return "unsupported_response_type", "Only the response type code is supported."
    if not client.check_response_type(response_type):
        return "unauthorized_client", "The client is not registered for this response type."
    return None


def _response_mode(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if parameters.get("response_mode") not in {None, "query"}:
        return "invalid_request", "Only the response mode query is supported."
    return None


def _scope(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    if not parameters.scopes:
        return "invalid_scope", "The parameter scope is missing."
    if not client.scopes.issuperset(parameters.scopes):
        return "invalid_scope", "The client is not registered for one of these scopes."
    return None


def _pkce(parameters: AuthorizationParameters, client: RegisteredClient) -> Problem | None:
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if challenge is None and method is None:
        if client.metadata.require_pkce:
            return "invalid_request", "The parameter code_challenge is missing: this client uses PKCE."
        return None
    if challenge is None:
        return "invalid_request", "The parameter code_challenge is missing."
    if method != "S256":
        return "invalid_request", "The parameter code_challenge_method must be S256."
    if not CODE_CHALLENGE.fullmatch(challenge):
        return "invalid_request", "The parameter code_challenge is malformed."
    return None


def _prompt(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    if not parameters.prompts <= PROMPTS:
        return "invalid_request", "The parameter prompt has an unknown value."
    if "none" in parameters.prompts and len(parameters.prompts) > 1:
        return "invalid_request", "The prompt none stands alone."
    return None


def _max_age(parameters: AuthorizationParameters, _client: RegisteredClient) -> Problem | None:
    value = parameters.get("max_age")
    if value is not None and not re.fullmatch(r"[0-9]{1,9}", value):
        return "invalid_request", "The parameter max_age must be a number of seconds."
    return None


TABLE = (
    Check("RFC 6749, 4.1.2.1", _lengths),
    Check("OpenID Connect Core, 6", _request_object),
    Check("RFC 6749, 3.1.1", _response_type),
    Check("OAuth 2.0 Multiple Response Types, 2.1", _response_mode),
    Check("RFC 6749, 3.3", _scope),
    Check("RFC 7636, 4.4.1; RFC 9700, 2.1.1", _pkce),
    Check("OpenID Connect Core, 3.1.2.1", _prompt),
    Check("OpenID Connect Core, 3.1.2.1", _max_age),
)
