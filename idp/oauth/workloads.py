"""Programs that prove themselves by a token of the platform that they run on: a service account of Kubernetes, a job of GitHub Actions,
a JWT-SVID of SPIFFE. An administrator says which subject of which trusted issuer is which client; nobody keeps a secret.

The platform renews such a token while it runs, and hands it out more than once: it is good until it expires, for this server alone.
"""

from datetime import timedelta

from idp.base.extensions import settings
from idp.issuers import known, tokens
from idp.issuers.definition import Definition
from idp.issuers.tokens import Fault
from idp.keys import jose
from idp.oauth import assertions
from idp.oauth.refusals import Cause

# The second of them: draft-ietf-oauth-spiffe-client-auth.
ASSERTION_TYPES = (assertions.TYPE, "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe")
TYPES = frozenset({"jwt", "jose"})  # of SPIFFE's headers either (JWT-SVID, section 2.3)
LONGEST = timedelta(days=1)  # that a token may be valid for
CAUSES = {
    Fault.MALFORMED: Cause.ASSERTION_MALFORMED,
    Fault.ALGORITHM: Cause.ASSERTION_ALGORITHM,
    Fault.UNREACHABLE: Cause.WORKLOAD_ISSUER_UNREACHABLE,
    Fault.KEY_UNKNOWN: Cause.WORKLOAD_KEY_UNKNOWN,
    Fault.SIGNATURE: Cause.ASSERTION_SIGNATURE,
    Fault.AUDIENCE: Cause.ASSERTION_AUDIENCE,
    Fault.TIMES: Cause.WORKLOAD_UNTIMELY,
}


def find_issuer(assertion: str, assertion_type: str | None) -> Definition | None:
    """Return the issuer that an assertion names, proved or not, if its tokens stand for clients."""
    unproven = jose.read_unproven(assertion) if assertion_type in ASSERTION_TYPES else None
    found = known.find_of(unproven[1]) if unproven is not None else None
    return found if found is not None and found.workloads else None


def find_client(issuer: Definition, assertion: str, named: str | None) -> str | Cause:
    """Return the client that a good token of an issuer stands for, `named` where it may be several; else why it proves nothing.

    Fetches the issuer's keys where it must: call it before anything is written.
    """
    own = settings().issuer
    claims = tokens.verify(
        issuer,
        assertion,
        types=TYPES,
        audiences={own, own + assertions.PATHS["token"], *issuer.audiences},
        longest=LONGEST,
    )
    if isinstance(claims, Fault):
        return CAUSES[claims]
    meant = [one.client_id for one in issuer.workloads if one.sub == claims.get("sub")]
    if named is not None:
        meant = [client_id for client_id in meant if client_id == named]
    return meant[0] if len(meant) == 1 else Cause.WORKLOAD_UNKNOWN
