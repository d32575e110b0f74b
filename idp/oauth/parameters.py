"""Authorization request parameters (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1), read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from idp.clients.registered import RegisteredClient
from idp.oauth import claims_request, rich_requests
from idp.oauth.claims_request import PREFIX, ClaimsRequest
from idp.oauth.constraint.confirmation import JKT, Confirmation
from idp.oauth.scopes import RESOURCE, is_understood
from idp.resources import known as resources
from idp.resources import naming

KNOWN = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "login_hint",
    "ui_locales", "claims_locales", "acr_values", "id_token_hint", "code_challenge", "code_challenge_method",
    "response_mode", "display", "request", "request_uri", "claims", "registration",
    "dpop_jkt", naming.PARAMETER, rich_requests.PARAMETER,
)  # fmt: skip
LONGEST = 4096
PUSHED_URI = "urn:ietf:params:oauth:request_uri:"  # RFC 9126, section 2.2: before the secret of a pushed request
DEVICE = "device request"  # beside the parameters, like the next two: the number of the device request that this is
FOR_BROWSER = "for the browser"  # the answer is for the browser itself, which asked by FedCM, and for no redirect URI
LEFT_OUT = "left out"  # beside the parameters, and no name that one could have: what was asked for in vain


@dataclass(frozen=True)
class AuthorizationParameters:
    """The parameters that this server knows; others are ignored (RFC 6749, section 3.1)."""

    values: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """Return a parameter; one without a value counts as left out (RFC 6749, section 3.1)."""
        return self.values.get(name) or None

    @property
    def client_id(self) -> str:
        """The client identifier."""
        return self.values["client_id"]

    @property
    def redirect_uri(self) -> str:
        """The redirect URI, already compared with the client's."""
        return self.values["redirect_uri"]

    @cached_property
    def response_type(self) -> str | None:
        """The response type, its words in alphabetical order: their order does not matter (Multiple Response Types, section 3)."""
        value = self.get("response_type")
        return " ".join(sorted(value.split())) if value is not None else None

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """The asked scopes, each once, in order."""
        return tuple(dict.fromkeys((self.get("scope") or "").split()))

    @cached_property
    def prompts(self) -> frozenset[str]:
        """The values of `prompt`."""
        return frozenset((self.get("prompt") or "").split())

    @cached_property
    def claims(self) -> ClaimsRequest:
        """The single claims that are asked for; nothing where the parameter is malformed, which the policy refuses."""
        return claims_request.parse(self.get("claims")) or ClaimsRequest()

    @property
    def confirmation(self) -> Confirmation | None:
        """The key that the code is to be bound to (RFC 9449, section 10)."""
        jkt = self.get("dpop_jkt")
        return Confirmation(JKT, jkt) if jkt is not None else None

    @cached_property
    def single_claims(self) -> tuple[str, ...]:
        """The single claims that no asked scope brings anyway, as they stand on the consent page."""
        names = dict.fromkeys(name for place in claims_request.PLACES for name in self.claims.asked.get(place, {}))
        scopes = claims_request.SCOPE_OF
        return tuple(
            f"{PREFIX}{name}" for name in names if name in scopes and scopes[name] not in {"openid", *self.scopes}
        )

    @property
    def consent_items(self) -> tuple[str, ...]:
        """Everything that the person is asked to allow."""
        apis = (f"{RESOURCE}{resource}" for resource in self.resources)
        details = (rich_requests.item(self.details),) if self.details else ()
        return (*apis, *self.scopes, *self.single_claims, *details)

    @cached_property
    def details(self) -> list[dict[str, Any]]:
        """The authorization details (RFC 9396); none where the parameter is malformed, which the policy refuses."""
        return rich_requests.parse(self.get(rich_requests.PARAMETER)) or []

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """The APIs that are named (RFC 8707, section 2.1), each once, in order."""
        return naming.split(self.get(naming.PARAMETER))

    @cached_property
    def acr_values(self) -> tuple[str, ...]:
        """The wished authentication context classes, the dearest first."""
        return self.claims.acr_values or tuple((self.get("acr_values") or "").split())

    def granted_scope(self, client: RegisteredClient) -> str:
        """Return what can be granted of the asked scopes.

        What nobody here understands cannot (Core, 3.1.2.1); `offline_access` needs a code and a client that can refresh (Core, 11).
        """
        brings_code = self.device is not None or "code" in (self.response_type or "").split()
        can_refresh = brings_code and client.check_grant_type("refresh_token")
        understood = [scope for scope in self.scopes if is_understood(scope, client)]
        return " ".join(scope for scope in understood if scope != "offline_access" or can_refresh)

    @property
    def device(self) -> str | None:
        """The device request that a person has typed the code of (RFC 8628); None for a request that a browser brings."""
        return self.values.get(DEVICE)

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """The scopes that were asked for and cannot be granted, once the request is completed."""
        return tuple(self.values.get(LEFT_OUT, "").split())

    @property
    def is_for_browser(self) -> bool:
        """Whether the browser itself asked (FedCM), and takes the answer."""
        return FOR_BROWSER in self.values

    @property
    def max_age(self) -> int | None:
        """The longest time since the last sign-in, in seconds."""
        value = self.get("max_age")
        return int(value) if value is not None else None

    @property
    def pushed_secret(self) -> str | None:
        """The secret of the pushed request that `request_uri` names (RFC 9126, section 4); None for every other request."""
        reference = self.get("request_uri") or ""
        return reference.removeprefix(PUSHED_URI) if reference.startswith(PUSHED_URI) else None

    def amended(self, **values: str) -> "AuthorizationParameters":
        """Return the request with other values."""
        return AuthorizationParameters({**self.values, **values})

    def complete(self, client: RegisteredClient) -> "AuthorizationParameters":
        """Return the request with what the client's registration says of it (OpenID Connect Registration, section 2).

        What could not be granted is not asked for, on the consent page or later.
        """
        metadata = client.metadata
        usual = {
            "max_age": str(metadata.default_max_age) if metadata.default_max_age is not None else None,
            "acr_values": " ".join(metadata.default_acr_values),
        }
        said = {name: self.get(name) or value for name, value in usual.items()}
        said["claims"] = claims_request.narrow(self.get("claims"), client.scopes)
        if self.resources and not self.scopes:  # all of theirs that the client may have (RFC 6749, section 3.3)
            found = [resources.find(identifier) for identifier in self.resources]
            usual_scopes = [scope for one in found if one is not None for scope in one.keep(metadata.scope.split())]
            return self.amended(scope=" ".join(usual_scopes)).complete(client) if usual_scopes else self
        # The scope also where nothing is left of it: the policy refuses such a request.
        scope = self.granted_scope(client)
        lost = dict.fromkeys([*self.left_out, *(asked for asked in self.scopes if asked not in scope.split())])
        left = {name: value for name, value in said.items() if value} | {"scope": scope, LEFT_OUT: " ".join(lost)}
        return AuthorizationParameters({**self.values, **left})


def read(pairs: Mapping[str, list[str]]) -> tuple[AuthorizationParameters, list[str]]:
    """Return the known parameters and the names of those that came more than once; `resource` may (RFC 8707, section 2)."""
    repeated = [name for name in KNOWN if len(pairs.get(name, ())) > 1 and name != naming.PARAMETER]
    values = {name: pairs[name][0] for name in KNOWN if pairs.get(name)}
    if naming.PARAMETER in values:
        values[naming.PARAMETER] = naming.join(pairs[naming.PARAMETER])
    return AuthorizationParameters(values), repeated
