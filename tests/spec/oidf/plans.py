"""The OpenID Foundation's certification plans: every plan, its variants, and the modules that it runs for each of them.

The numbers of modules are those of the suite's release 5.1.43. A module that wants dynamic registration is left out for static clients,
as the suite does.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """How the suite plays its relying party in a plan."""

    response_type: str = "code"
    response_mode: str | None = None
    auth: str = "client_secret_basic"
    is_dynamic: bool = True

    def __str__(self) -> str:
        """A short name for test identifiers."""
        registered = "dynamic" if self.is_dynamic else "static"
        words = [self.response_type.replace(" ", "+"), registered, self.response_mode, self.auth]
        return "-".join(word for word in words if word and word != "client_secret_basic")


@dataclass(frozen=True)
class Run:
    """One module of one plan in one variant."""

    plan: str
    variant: Variant
    module: str

    def __str__(self) -> str:
        """What the test is called."""
        return f"{self.plan}[{self.variant}] {self.module}"


OBJECT_MODULES = (
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-ensure-request-object-with-redirect-uri",
)
USERINFO_MODULES = ("oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body")
BASIC = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    *USERINFO_MODULES,
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    *OBJECT_MODULES,
    "oidcc-claims-essential",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)
CONFIG = ("oidcc-discovery-endpoint-verification",)
DYNAMIC = (
    "oidcc-server",
    "oidcc-idtoken-unsigned",
    "oidcc-discovery-endpoint-verification",
    "oidcc-refresh-token",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-idtoken-rs256",
    "oidcc-userinfo-rs256",
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-redirect-uri-query-OK",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-regfrag",
    "oidcc-registration-logo-uri",
    "oidcc-registration-policy-uri",
    "oidcc-registration-tos-uri",
    "oidcc-registration-jwks-uri",
    "oidcc-registration-sector-uri",
    "oidcc-registration-sector-bad",
    "oidcc-server-rotate-keys",
    "oidcc-refresh-token-rp-key-rotation",
    "oidcc-request-uri-unsigned",
    "oidcc-request-uri-signed-rs256",
    "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
)
_RP_LOGOUT = "oidcc-rp-initiated-logout"
RP_LOGOUT = (
    f"{_RP_LOGOUT}-discovery-endpoint-verification",
    _RP_LOGOUT,
    f"{_RP_LOGOUT}-no-state",
    f"{_RP_LOGOUT}-bad-post-logout-redirect-uri",
    f"{_RP_LOGOUT}-query-added-to-post-logout-redirect-uri",
    f"{_RP_LOGOUT}-modified-id-token-hint",
    f"{_RP_LOGOUT}-bad-id-token-hint",
    f"{_RP_LOGOUT}-no-id-token-hint",
    f"{_RP_LOGOUT}-no-params",
    f"{_RP_LOGOUT}-no-post-logout-redirect-uri",
    f"{_RP_LOGOUT}-only-state",
)
BACKCHANNEL = ("oidcc-backchannel-logout-discovery-endpoint-verification", "oidcc-backchannel-rp-initiated-logout")
INITIATION = ("oidcc-3rd_party-init-login", "oidcc-3rd_party-init-login-nohttps")

# What the plans of the front channel leave out of the basic one, and add to it.
DYNAMIC_ONLY = {
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
}
CODE_ONLY = {
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-server-client-secret-post",
    "oidcc-idtoken-unsigned",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
}
NOT_HYBRID = {"oidcc-idtoken-unsigned", "oidcc-ensure-post-request-succeeds"}
FIRST_HYBRID_ONLY = {
    "oidcc-alternate-happy-flow",
    "oidcc-response-type-missing",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
}
WITHOUT_NONCE_SUCCEEDS = "oidcc-ensure-request-without-nonce-succeeds-for-code-flow"
WITHOUT_NONCE_FAILS = "oidcc-ensure-request-without-nonce-fails"
IMPLICIT_TYPES = ("id_token", "id_token token")
HYBRID_TYPES = ("code id_token", "code token", "code id_token token")


def basic_modules(variant: Variant) -> list[str]:
    """Return the modules of the basic plans: the whole list, with dynamic registration."""
    return [name for name in BASIC if variant.is_dynamic or name not in DYNAMIC_ONLY]


def implicit_modules(variant: Variant) -> list[str]:
    """Return the modules of the implicit plans: without an access token there is no userinfo to look at."""
    left_out = CODE_ONLY | (
        {*USERINFO_MODULES, "oidcc-response-type-missing"} if "token" not in words(variant) else set()
    )
    return [*(name for name in BASIC if name not in left_out), WITHOUT_NONCE_FAILS]


def hybrid_modules(variant: Variant) -> list[str]:
    """Return the modules of the hybrid plans: a few of them run for the first response type alone."""
    left_out = NOT_HYBRID | (set() if variant.response_type == HYBRID_TYPES[0] else FIRST_HYBRID_ONLY)
    if "id_token" not in words(variant):
        return [name for name in BASIC if name not in left_out]
    return [*(name for name in BASIC if name not in {*left_out, WITHOUT_NONCE_SUCCEEDS}), WITHOUT_NONCE_FAILS]


def words(variant: Variant) -> set[str]:
    """Return what a variant's response type brings."""
    return set(variant.response_type.split())


_FORM_POST = "form_post"
PLANS: dict[str, list[tuple[Variant, list[str]]]] = {
    "config": [(Variant(), [*CONFIG])],
    "basic": [(variant, basic_modules(variant)) for variant in (Variant(is_dynamic=False), Variant())],
    "formpost-basic": [(variant, basic_modules(variant)) for variant in (Variant(response_mode=_FORM_POST),)],
    "dynamic": [(Variant(auth="private_key_jwt"), [*DYNAMIC])],
    "rp-initiated-logout": [(Variant(), [*RP_LOGOUT])],
    "backchannel-rp-initiated-logout": [(Variant(), [*BACKCHANNEL])],
    "3rdparty-init-login": [(Variant(), [*INITIATION])],
    **{
        f"{prefix}implicit": [(variant, implicit_modules(variant)) for variant in variants]
        for prefix, mode in (("", None), ("formpost-", _FORM_POST))
        for variants in [[Variant(kind, mode) for kind in IMPLICIT_TYPES]]
    },
    **{
        f"{prefix}hybrid": [(variant, hybrid_modules(variant)) for variant in variants]
        for prefix, mode in (("", None), ("formpost-", _FORM_POST))
        for variants in [[Variant(kind, mode) for kind in HYBRID_TYPES]]
    },
}
ORDINARY = (
    "config",
    "basic",
    "formpost-basic",
    "rp-initiated-logout",
    "backchannel-rp-initiated-logout",
    "3rdparty-init-login",
)
LEGACY = ("config", "dynamic", "implicit", "formpost-implicit", "hybrid", "formpost-hybrid")


def runs(names: tuple[str, ...]) -> list[Run]:
    """Return every module of these plans, in every variant."""
    return [Run(name, variant, module) for name in names for variant, modules in PLANS[name] for module in modules]
