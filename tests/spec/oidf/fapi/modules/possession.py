"""Modules about DPoP: what proofs may say, what codes are bound to, and some thirty wrong proofs at the resource."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from idp.base import clock
from tests.keys.strangers import b64, jwk
from tests.spec.oidf import checks
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.party import rsa_key
from tests.spec.oidf.fapi.suite import Outcome, Suite
from tests.spec.rfc9449 import proving

HOUR = 3600
TOKEN_ERRORS = ("invalid_request", "invalid_grant", "invalid_dpop_proof")


@module(
    "check-dpop-proof-nbf-exp",
    "ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "ensure-dpopproof-with-iat-10seconds-after-succeeds",
)
def times(suite: Suite) -> None:
    """fapi2-security-profile-final-check-dpop-proof-nbf-exp, -ensure-dpopproof-with-iat-10seconds-{before,after}-succeeds: other times
    beside `iat` do no harm, nor do clocks that differ by ten seconds, at any endpoint.
    """
    now = clock.timestamp()
    if "nbf-exp" in suite.module:
        suite.proof_claims = {"nbf": now, "exp": now + 300}
    else:
        suite.proof_claims, suite.binds_codes = {"iat": now + (8 if "after" in suite.module else -10)}, True
    suite.log_in()


@module("ensure-mismatched-dpop-jkt-fails")
def other_jkt(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails: dpop_jkt has to be that of the proof which is pushed with it."""
    suite.binds_codes = True
    asked = suite.request(suite.first, dpop_jkt=strange_thumbprint())
    answers.not_pushed(suite.push(suite.first, asked), "invalid_request", "invalid_dpop_proof")


@module(
    "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
)
def other_key(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-{proof-jkt,jkt}: the code is good with its key."""
    suite.binds_codes = "proof-jkt" in suite.module
    asked = suite.request(suite.first, dpop_jkt=None if suite.binds_codes else strange_thumbprint())
    answer = suite.read(suite.open(suite.first, suite.push(suite.first, asked)), suite.first, asked)
    suite.possessions[suite.first.client_id] = ec.generate_private_key(ec.SECP256R1())
    checks.token_error(suite.redeem(suite.first, answer["code"]), *TOKEN_ERRORS)


@module("ensure-dpopproof-at-par-endpoint-binding-success", "ensure-dpop-auth-code-binding-success")
def bound(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success, -ensure-dpop-auth-code-binding-success: with the same
    key a code is good that was bound by a proof, or by a proof and dpop_jkt.
    """
    suite.binds_codes = True
    thumbprint = proving.thumbprint("ES256", suite.possessions[suite.first.client_id])
    suite.log_in(dpop_jkt=thumbprint if "auth-code" in suite.module else None)


def strange_thumbprint() -> str:
    """Return the thumbprint of a key that nobody has."""
    return proving.thumbprint("ES256", ec.generate_private_key(ec.SECP256R1()))


BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "without a type": {"header": {"typ": None}},
    "of another type": {"header": {"typ": "jwt"}},
    "without a key": {"header": {"jwk": None}},
    "without jti": {"jti": None},
    "without htm": {"htm": None},
    "without htu": {"htu": None},
    "without iat": {"iat": None},
    "without ath": {"ath": None},
    "with another ath": {"ath": proving.ath("another")},
    "for another method": {"htm": "PUT"},
    "for another address": {"htu": "https://www.certification.openid.net/"},
}


@module("dpop-negative-tests")
def wrong_proofs(suite: Suite) -> None:
    """fapi2-security-profile-final-dpop-negative-tests: wrong proofs are refused at the resource, and odd but good ones are taken."""
    outcome = suite.log_in()
    key = suite.possessions[suite.first.client_id]

    def prove(**changes: Any) -> str:
        return suite.prove(suite.resource, suite.first, "GET", outcome.access_token, **changes)

    now = clock.timestamp()
    wrong = {name: prove(**changes) for name, changes in BAD_CLAIMS.items()}
    wrong |= {"an hour early": prove(iat=now - HOUR), "an hour late": prove(iat=now + HOUR)}
    wrong |= {"no JWT": f"{prove()}.x", "by another key": prove(key=ec.generate_private_key(ec.SECP256R1()))}
    wrong |= {"with a private key": prove(header={"jwk": jwk("ES256", key, kid=None) | {"d": b64(b"d" * 32)}})}
    wrong |= {"signed with RS256": prove(alg="RS256", key=rsa_key(1)), "unsigned": unsigned(prove())}
    wrong |= {"without alg": without_alg(prove()), "with a broken signature": broken(prove())}
    for name, proof in wrong.items():
        refused = suite.ask(outcome, proof=proof)
        assert refused.status_code in {400, 401}, name
        assert refused.headers["WWW-Authenticate"].startswith("DPoP "), name
    twice = [("DPoP", prove()), ("DPoP", prove())]
    answers.no_resource(suite.ask(outcome, proof=None, headers=twice))
    answers.no_resource(suite.ask(outcome, proof=None))
    answers.no_resource(suite.ask(outcome, "Bearer", proof=None))
    odd_proofs(suite, outcome, prove)


def odd_proofs(suite: Suite, outcome: Outcome, prove: Callable[..., str]) -> None:
    """Check that what is unusual, but right, is taken: addresses in their other spellings, and members that nobody knows."""
    address = suite.at(suite.resource)
    parts = urlsplit(address)
    loud = urlunsplit((parts.scheme.upper(), parts.netloc.upper(), *parts[2:]))
    with_port = urlunsplit((parts.scheme, f"{parts.netloc}:443", *parts[2:]))
    good = [prove(htu=htu) for htu in (f"{address}?first=1&second=2#fragment", loud, with_port)]
    good.append(prove(header={"unknown": "x"}, more="y", other=["z"]))
    for proof in good:
        answers.resource(suite.ask(outcome, proof=proof))
    answers.resource(suite.ask(outcome, query="?first=1"))
    answers.resource(suite.ask(outcome, proof=None, headers=[("DPOP", prove())]))
    used = prove()
    answers.resource(suite.ask(outcome, proof=used))
    answers.no_resource(suite.ask(outcome, proof=used))
    answers.resource(suite.ask(outcome))


def unsigned(proof: str) -> str:
    """Return a proof with the algorithm `none`."""
    return f"{reheaded(proof, alg='none')}."


def without_alg(proof: str) -> str:
    """Return a proof whose header names no algorithm."""
    return f"{reheaded(proof, alg=None)}.{proof.rpartition('.')[2]}"


def reheaded(proof: str, **changes: Any) -> str:
    """Return the first two parts of a proof, with another header."""
    header = jwt.get_unverified_header(proof) | changes
    return f"{b64({name: value for name, value in header.items() if value is not None})}.{proof.split('.')[1]}"


def broken(token: str) -> str:
    """Return a JWT whose signature is another's."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{signature[::-1]}"
