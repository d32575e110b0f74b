"""The members of what tokens are for, and of whose tokens count here: APIs, types of authorization details, trusted issuers."""

from idp.applying.kinds import Choice, Flag, Many, Number, Text
from idp.applying.members import TEXTS
from idp.applying.shapes import Json, Member, Members
from idp.issuers.definition import ACCOUNT_MEMBERS, GRANT_PROFILES
from idp.keys import ACCESS_TOKEN_ALGORITHM
from idp.keys.jose import SIGNATURES
from idp.resources.definition import FORMATS, LONGEST_LIFE, SHORTEST_LIFE, USUAL_LIFE

SCOPE_OF_RESOURCE = Members(
    (
        Member("scope", Text(), "The name of the scope, which belongs to this API alone.", is_needed=True),
        Member("title", Text(), "What the consent page says of it; its name, unless said otherwise."),
        Member("about", Text(), "A second sentence there."),
    )
)
RESOURCE = (
    Member(
        "resource",
        Text(),
        "The identifier: an absolute URI without a fragment, such as https://api.example/, compared exactly.",
        is_needed=True,
    ),
    Member("resource_name", Text(), "What people read; the host, unless said otherwise."),
    Member("scopes", Many(SCOPE_OF_RESOURCE), "Its scopes. Clients ask for it that have one of them.", is_needed=True),
    Member("access_token_signing_alg", Choice(SIGNATURES), f"{ACCESS_TOKEN_ALGORITHM}, unless said otherwise."),
    Member("access_token_format", Choice(FORMATS), "jwt, or opaque: the API asks about them (RFC 7662)."),
    Member("access_token_life", Number(SHORTEST_LIFE, LONGEST_LIFE), f"Seconds; {USUAL_LIFE}, unless said otherwise."),
    Member(
        "self_registration", Flag(), "Clients that register themselves get its scopes; false unless said otherwise."
    ),
)

DETAILS_TYPE = (
    Member("type", Text(), "The type, as clients name it.", is_needed=True),
    Member("title", Text(), "What people read above; the type, unless said otherwise."),
    Member("words", Text(), "What people read, such as “{amount} to {creditor.name}”."),
    Member("json_schema", Json(), "What its objects have to look like: a JSON Schema.", is_needed=True),
)

WORKLOAD = Members(
    (
        Member("client_id", Text(), "The client that whoever shows such a token is.", is_needed=True),
        Member("sub", Text(), "The subject of its tokens, compared exactly.", is_needed=True),
    )
)
ISSUER = (
    Member(
        "issuer",
        Text(),
        "As its tokens have it in iss, compared exactly; of SPIFFE the trust domain, such as spiffe://example.org.",
        is_needed=True,
    ),
    Member("issuer_name", Text(), "What administrators read; the host, unless said otherwise."),
    Member("jwks_uri", Text(), "Where its public keys are; without them here either its metadata say where."),
    Member("jwks", Json(), "Its public keys, where this server cannot reach their address."),
    Member("audiences", TEXTS, "What its tokens may have in aud beside the address of this server."),
    Member("workloads", Many(WORKLOAD), "Which clients prove themselves by its tokens (federated_jwt)."),
    Member("grant_profiles", Many(Choice(GRANT_PROFILES)), "What its tokens about people are taken as; none."),
    Member("clients", TEXTS, "The clients that may show them."),
    Member("scope", Text(), "The scopes that they bring at most, with spaces between."),
    Member("account_claim", Text(), "The claim that names the person; sub, unless said otherwise."),
    Member("account_member", Choice(ACCOUNT_MEMBERS), "What of an account it says; identity, unless said otherwise."),
    Member("provider", Text(), "Of identity: the key of the provider at which people have it."),
    Member("email_domains", TEXTS, "The domains about whose addresses it may speak; all, unless said otherwise."),
)
