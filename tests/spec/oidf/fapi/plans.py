"""The certification plans of FAPI 2.0 (Security Profile Final, Message Signing Final) for `plain_fapi`: their modules, and their variants.

The names of the modules, their marks and their numbers are those of the suite's release 5.1.43. Clients are static, two of them.
"""

from dataclasses import dataclass, replace

PREFIX = "fapi2-security-profile-final-"
OPENID, DPOP, ASSERTION = "openid_connect", "dpop", "private_key_jwt"  # what a module is for alone
SECURITY: dict[str, tuple[str, ...]] = {
    "discovery-end-point-verification": (),
    "happy-flow": (),
    "user-rejects-authentication": (),
    "ensure-authorization-request-without-state-success": (),
    "ensure-authorization-request-without-nonce-success": (OPENID,),
    "ensure-authorization-request-with-64-char-nonce-success": (OPENID,),
    "ensure-other-scope-order-succeeds": (OPENID,),
    "test-claims-parameter-identity-claims": (OPENID,),
    "access-token-type-header-case-sensitivity": (),
    "check-dpop-proof-nbf-exp": (DPOP,),
    "ensure-dpopproof-with-iat-10seconds-before-succeeds": (DPOP,),
    "ensure-dpopproof-with-iat-10seconds-after-succeeds": (DPOP,),
    "ensure-mismatched-dpop-jkt-fails": (DPOP,),
    "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt": (DPOP,),
    "ensure-token-endpoint-fails-with-mismatched-dpop-jkt": (DPOP,),
    "ensure-dpopproof-at-par-endpoint-binding-success": (DPOP,),
    "ensure-dpop-auth-code-binding-success": (DPOP,),
    "ensure-different-nonce-inside-and-outside-request-object": (OPENID,),
    "ensure-different-state-inside-and-outside-request-object": (),
    "state-only-outside-request-object-not-used": (),
    "ensure-authorization-request-with-long-nonce": (OPENID,),
    "ensure-authorization-request-with-long-state": (),
    "ensure-request-object-without-redirect-uri-fails": (),
    "ensure-redirect-uri-in-authorization-request": (),
    "plain-fapi-tolerate-unregistered-redirect-uri": (),
    "ensure-unsigned-authorization-request-without-using-par-fails": (),
    "ensure-response-type-code-idtoken-fails": (),
    "ensure-response-type-token-fails": (),
    "ensure-client-id-in-token-endpoint": (),
    "ensure-holder-of-key-required": (),
    "ensure-authorization-code-is-bound-to-client": (),
    "attempt-reuse-authorization-code-after-one-second": (),
    "ensure-token-endpoint-fails-with-expired-auth-code": (),
    "ensure-signed-client-assertion-with-RS256-fails": (ASSERTION,),
    "ensure-client-assertion-in-token-endpoint": (ASSERTION,),
    "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails": (ASSERTION,),
    "ensure-client-assertion-with-wrong-aud-fails": (ASSERTION,),
    "ensure-client-assertion-with-no-sub-fails": (ASSERTION,),
    "dpop-negative-tests": (DPOP,),
    "refresh-token": (),
    "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": (),
    "par-attempt-reuse-request_uri": (),
    "par-attempt-to-use-expired-request_uri": (),
    "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": (ASSERTION,),
    "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": (ASSERTION,),
    "par-attempt-to-use-request_uri-for-different-client": (),
    "par-authorization-request-containing-request_uri-form-param": (),
    "par-attempt-invalid-http-method": (),
    "par-ensure-pkce-required": (),
    "ensure-pkce-code-verifier-required": (),
    "incorrect-pkce-code-verifier-rejected": (),
    "par-plain-pkce-rejected": (),
    "par-without-duplicate-parameters": (),
    "par-test-array-as-audience-fails": (ASSERTION,),
    "par-test-par-endpoint-url-as-audience-fails": (ASSERTION,),
    "par-test-token-endpoint-url-as-audience-fails": (ASSERTION,),
}
# What Message Signing adds, where requests are signed.
SIGNED = (
    "ensure-request-object-with-multiple-aud-succeeds",
    "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
    "ensure-request-object-without-exp-fails",
    "ensure-request-object-without-nbf-fails",
    "ensure-request-object-with-bad-aud-fails",
    "ensure-request-object-with-exp-over-60-fails",
    "ensure-request-object-with-nbf-over-60-fails",
    "ensure-request-object-signature-algorithm-is-not-none",
    "ensure-request-object-with-invalid-signature-fails",
    "ensure-expired-request-object-fails",
    "ensure-signed-request-object-with-RS256-fails",
    "ensure-matching-key-in-authorization-request",
    "ensure-unsigned-request-at-par-endpoint-fails",
    "par-authorization-request-containing-request_uri",
)


@dataclass(frozen=True)
class Variant:
    """How the suite plays its relying party: by the suite's own names, each with its two values."""

    client_auth_type: str = ASSERTION  # or `mtls`
    sender_constrain: str = DPOP  # or `mtls`
    openid: str = OPENID  # or `plain_oauth`
    fapi_request_method: str = "unsigned"  # or `signed_non_repudiation`
    fapi_response_mode: str = "plain_response"  # or `jarm`

    def __str__(self) -> str:
        """A short name for test identifiers: what differs from the first variant."""
        usual = vars(Variant())
        return "+".join([self.client_auth_type, self.sender_constrain, *(
            value for name, value in vars(self).items() if name not in {"client_auth_type", "sender_constrain"} and value != usual[name]
        )])  # fmt: skip

    @property
    def is_openid(self) -> bool:
        """Whether there are ID tokens."""
        return self.openid == OPENID

    @property
    def is_signed(self) -> bool:
        """Whether requests are signed."""
        return self.fapi_request_method == "signed_non_repudiation"

    @property
    def is_jarm(self) -> bool:
        """Whether answers are signed."""
        return self.fapi_response_mode == "jarm"

    @property
    def is_dpop(self) -> bool:
        """Whether tokens are bound by DPoP, not by a certificate."""
        return self.sender_constrain == DPOP

    @property
    def has_assertions(self) -> bool:
        """Whether clients prove themselves with their key, not with a certificate."""
        return self.client_auth_type == ASSERTION

    def runs(self, marks: tuple[str, ...]) -> bool:
        """Return whether a module with these marks is for this variant."""
        return {*marks} <= {self.openid, self.sender_constrain, self.client_auth_type}


@dataclass(frozen=True)
class Run:
    """One module of one plan in one variant; `is_slow` where other runs have shown most of it."""

    plan: str
    variant: Variant
    module: str
    is_slow: bool

    def __str__(self) -> str:
        """What the test is called."""
        return f"{self.plan}[{self.variant}] {self.module.removeprefix(PREFIX)}"


FIRST = Variant()
SIGNING = replace(FIRST, fapi_request_method="signed_non_repudiation", fapi_response_mode="jarm")
_PROVING = (
    *("discovery-end-point-verification", "happy-flow", "refresh-token", "ensure-holder-of-key-required"),
    *("ensure-client-id-in-token-endpoint", "ensure-authorization-code-is-bound-to-client", "dpop-negative-tests"),
    *("access-token-type-header-case-sensitivity", "ensure-dpopproof-at-par-endpoint-binding-success"),
)
_ANSWERS = (
    *("discovery-end-point-verification", "happy-flow", "user-rejects-authentication"),
    *("ensure-authorization-request-without-state-success", "state-only-outside-request-object-not-used"),
    *("ensure-authorization-request-with-long-state", "par-attempt-to-use-expired-request_uri"),
    *("par-authorization-request-containing-request_uri-form-param", "ensure-response-type-token-fails"),
)
# The variants of each plan, and the modules for which a variant matters so much that it is run every time; None for all.
PLANS: dict[str, dict[Variant, tuple[str, ...] | None]] = {
    "fapi2-security-profile-final": {
        FIRST: None,
        replace(FIRST, sender_constrain="mtls"): _PROVING,
        replace(FIRST, client_auth_type="mtls"): _PROVING,
        replace(FIRST, client_auth_type="mtls", sender_constrain="mtls"): _PROVING,
        replace(FIRST, openid="plain_oauth"): ("happy-flow", "refresh-token"),
    },
    "fapi2-message-signing-final": {
        SIGNING: (*SIGNED, *_ANSWERS),
        replace(SIGNING, fapi_response_mode="plain_response"): (*SIGNED, "happy-flow"),
        replace(SIGNING, fapi_request_method="unsigned"): ("happy-flow", "user-rejects-authentication"),
        replace(SIGNING, client_auth_type="mtls", sender_constrain="mtls"): ("happy-flow",),
        replace(SIGNING, client_auth_type="mtls"): ("happy-flow",),
        replace(SIGNING, sender_constrain="mtls"): ("happy-flow",),
    },
}


def modules(variant: Variant) -> list[str]:
    """Return the modules of a variant, without their prefix."""
    return [*(name for name, marks in SECURITY.items() if variant.runs(marks)), *(SIGNED if variant.is_signed else ())]


def runs() -> list[Run]:
    """Return every module of both plans, in every variant."""
    return [
        Run(plan, variant, PREFIX + name, quick is not None and name not in quick)
        for plan, variants in PLANS.items()
        for variant, quick in variants.items()
        for name in modules(variant)
    ]
