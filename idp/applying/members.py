"""The members of each section's entries, named as the protocol and the house name them, with a sentence each for editors.

A test compares those of clients and providers with `clients.metadata` and `federation.definition`.
"""

from idp.accounts.admission.rules import Mode
from idp.applying.client_parts import ACCESS, EXCHANGE, ID_JAG
from idp.applying.kinds import Choice, Day, Flag, Many, Number, Text
from idp.applying.references import Picture, Secret
from idp.applying.shapes import Json, Member, Members, Tagged
from idp.attributes.definition import FURTHEST as FURTHEST_OF_ATTRIBUTES
from idp.attributes.definition import KINDS as KINDS_OF_ATTRIBUTES
from idp.attributes.definition import WHO as WHO_OF_ATTRIBUTES
from idp.clients.mapping import FIELDS as ACCOUNT_FIELDS
from idp.clients.mapping import SOURCES
from idp.clients.metadata import APPLICATION_TYPES, AUTH_METHODS, GRANT_TYPES, SUBJECT_TYPES
from idp.clients.metadata.members import LEGACY_GRANT_TYPES
from idp.clients.metadata.profiles import PROFILES
from idp.clients.metadata.rules import LONGEST_AGE
from idp.factors.policy import Required
from idp.federation.definition import FIELDS, FURTHEST, KINDS, METHODS
from idp.federation.icons import BUILT_IN, OWN
from idp.federation.policy import WHO
from idp.keys.jose import SIGNATURES
from idp.roles.service import Default
from idp.trail.retention import LEAST, MOST

TEXTS = Many(Text())

MAPPER = Members(
    (
        Member("claim", Text(), "The name of the claim.", is_needed=True),
        Member("source", Choice(SOURCES), "Where its value comes from.", is_needed=True),
        Member(
            "value",
            Text(),
            f"Of account: one of {', '.join(ACCOUNT_FIELDS)}; of attribute: its name; of groups: paths or names; of roles: all,"
            " server or client; of constant: the text itself.",
            is_needed=True,
        ),
        Member("id_token", Flag(), "Told in ID tokens; true unless said otherwise."),
        Member("userinfo", Flag(), "Told at userinfo; true unless said otherwise."),
        Member("access_token", Flag(), "Told in access tokens; false unless said otherwise."),
    )
)
GIVEN = Members(
    (
        Member("path", Text(), "The path of the group.", is_needed=True),
        Member("until", Day(), "The last day on which its members have the role."),
    )
)

GROUP = (
    Member(
        "path",
        Text(),
        "The path, such as /eng/backend; groups above it that are not there are made, too.",
        is_needed=True,
    ),
    Member("description", Text(), "What the group is for."),
)

CLIENT = (
    Member("client_id", Text(), "The identifier: letters, digits and . _ ~ -", is_needed=True),
    Member("client_name", Text(), "The name that people see.", is_needed=True),
    Member(
        "client_secret", Secret(), "Where its secret is found. One that is there already stays where this is left away."
    ),
    Member("disabled", Flag(), "It gets no tokens. Stays as it is where this is left away."),
    Member("redirect_uris", TEXTS, "Where answers may go, compared exactly."),
    Member("post_logout_redirect_uris", TEXTS, "Where the browser may go after a sign-out."),
    Member("grant_types", Many(Choice((*GRANT_TYPES, *LEGACY_GRANT_TYPES))), "Which grants it may use."),
    Member("response_types", TEXTS, "Which response types; code, unless said otherwise."),
    Member("scope", Text(), "The scopes that it may ask for, with spaces between."),
    Member("token_endpoint_auth_method", Choice(AUTH_METHODS), "How it proves itself; none for a public client."),
    Member("token_endpoint_auth_signing_alg", Choice((*SIGNATURES, "HS256")), "The one algorithm of its proofs."),
    Member("id_token_signed_response_alg", Choice(SIGNATURES), "RS256, unless said otherwise."),
    Member("userinfo_signed_response_alg", Choice(SIGNATURES), "Sign what userinfo answers."),
    Member("request_object_signing_alg", Choice((*SIGNATURES, "none")), "The one of its request objects."),
    Member("require_signed_request_object", Flag(), "Its requests are signed (RFC 9101)."),
    Member(
        "authorization_signed_response_alg", Choice(SIGNATURES), "What signs its answers (JARM); RS256 unless said."
    ),
    Member("introspection_signed_response_alg", Choice(SIGNATURES), "What signs introspections for it (RFC 9701)."),
    Member("tls_client_auth_subject_dn", Text(), "The subject of its certificate (RFC 8705)."),
    Member("tls_client_auth_san_dns", Text(), "Or a host name in it."),
    Member("tls_client_auth_san_uri", Text(), "Or a URI in it."),
    Member("tls_client_auth_san_ip", Text(), "Or a network address in it."),
    Member("tls_client_auth_san_email", Text(), "Or an e-mail address in it."),
    Member("tls_client_certificate_bound_access_tokens", Flag(), "Its tokens are bound to its certificate (RFC 8705)."),
    Member("profile", Choice(PROFILES), "All rules of FAPI 2.0, of its security profile or with message signing."),
    Member("application_type", Choice(APPLICATION_TYPES), "web, or native: installed on devices."),
    Member("subject_type", Choice(SUBJECT_TYPES), "public, or pairwise: another sub for each sector."),
    Member("sector_identifier_uri", Text(), "The document that lists the redirect URIs of one sector."),
    Member("require_pkce", Flag(), "PKCE is required; true unless said otherwise."),
    Member("require_pushed_authorization_requests", Flag(), "It sends its requests here first (RFC 9126)."),
    Member("dpop_bound_access_tokens", Flag(), "Its access tokens are bound to a key that it proves (RFC 9449)."),
    Member("dpop_nonce_required", Flag(), "Its proofs need a nonce of this server."),
    Member("first_party", Flag(), "Nobody is asked for consent."),
    Member("require_second_factor", Flag(), "Only people with a second factor go on to it."),
    Member("fedcm_enabled", Flag(), "The browser itself signs people in to it (FedCM)."),
    Member("claims_in_id_token", Flag(), "The claims of its scopes stand in ID tokens, too."),
    Member("default_max_age", Number(0, LONGEST_AGE), "Seconds after which people sign in again."),
    Member("require_auth_time", Flag(), "ID tokens always tell when people signed in."),
    Member("default_acr_values", TEXTS, "What it wishes for, the best first."),
    Member("client_uri", Text(), "The home page."),
    Member("logo_uri", Text(), "https: a PNG, JPEG or GIF of at most 200 kB."),
    Member("accent_color", Text(), "A colour such as #0b5a52, in which text is legible on the page."),
    Member("policy_uri", Text(), "The privacy policy."),
    Member("tos_uri", Text(), "The terms of service."),
    Member("initiate_login_uri", Text(), "Where a sign-in begins that begins here."),
    Member("request_uris", TEXTS, "Where its request objects may lie."),
    Member("jwks", Json(), "Its public keys."),
    Member("jwks_uri", Text(), "Where its public keys are."),
    Member("backchannel_logout_uri", Text(), "Where it hears of sign-outs."),
    Member("backchannel_logout_session_required", Flag(), "Notices must name the session."),
    Member("authorization_details_types", TEXTS, "Types of authorization details that it may ask for."),
    Member("contacts", TEXTS, "E-mail addresses of those who run it."),
    Member("software_id", Text(), "What all installations of the app have in common."),
    Member("software_version", Text(), "The version of the app."),
    Member("access", ACCESS, "For whom it is. Stays as it is where this is left away."),
    Member("claim_mappers", Many(MAPPER), "Claims that it is told beside those of its scopes."),
    Member("token_exchanges", Many(EXCHANGE), "Whose tokens it may exchange, for whom and for what (RFC 8693)."),
    Member("id_jags", Many(ID_JAG), "For which other authorization servers it gets identity assertions (ID-JAG)."),
)

ATTRIBUTE = (
    Member(
        "name",
        Text(),
        "Its name, by which mappers and files know it; of kind standard: that of the field.",
        is_needed=True,
    ),
    Member(
        "kind", Choice(KINDS_OF_ATTRIBUTES), "What may stand in it; standard: a field of the profile.", is_needed=True
    ),
    Member("label", Text(), "What people read; the name, unless said otherwise."),
    Member("about", Text(), "What people are told beside the field."),
    Member("choices", TEXTS, "Of kind choice: what there is to choose from, in this order."),
    Member("minimum", Text(), "In quotes: the smallest number, the first day, or the fewest characters of a text."),
    Member("maximum", Text(), "In quotes: the largest number, the last day, or the most characters of a text."),
    Member("required", Flag(), "Everybody must have it; whoever edits it is asked. False unless said otherwise."),
    Member("seen_by", Choice(WHO_OF_ATTRIBUTES), "Whether the person sees it; person, unless said otherwise."),
    Member("edited_by", Choice(WHO_OF_ATTRIBUTES), "Who edits it; person, unless said otherwise."),
    Member("at_sign_up", Flag(), "Whoever signs up is asked for it; false unless said otherwise."),
    Member(
        "position", Number(-FURTHEST_OF_ATTRIBUTES, FURTHEST_OF_ATTRIBUTES), "Among the fields, the smallest first."
    ),
)

SCOPE = (
    Member("scope", Text(), "The name of the scope.", is_needed=True),
    Member("claim_mappers", Many(MAPPER), "The claims that go with it.", is_needed=True),
)

ROLE = (
    Member("name", Text(), "The name, as applications are told it.", is_needed=True),
    Member("client_id", Text(), "The client whose role it is; without one it is a role of the server."),
    Member("description", Text(), "What the role is for."),
    Member("default", Choice(tuple(default.value for default in Default)), "Who has it without being given it."),
    Member("groups", Many(GIVEN), "The groups whose members have it. They stay as they are where this is left away."),
)

PROVISIONING = (
    Member("client_id", Text(), "The client whose people are brought to it.", is_needed=True),
    Member(
        "base_url",
        Text(),
        "The base URL that the application tells, such as https://app.example/scim/v2.",
        is_needed=True,
    ),
    Member("token", Secret(), "Where the token is found that the application gave. Stays where this is left away."),
    Member("people", Text(), "everybody whom the client lets in, or the path of a group whose members are brought."),
    Member("push_groups", Flag(), "Groups are brought, too."),
)

PROVIDER = (
    Member("key", Text(), "Stands in addresses: small letters, digits and hyphens.", is_needed=True),
    Member("display_name", Text(), "What people see on the button."),
    Member("disabled", Flag(), "Nobody signs in by it. Stays as it is where this is left away."),
    Member("kind", Choice(KINDS), "openid, with an issuer; or oauth2, with endpoints."),
    Member("issuer", Text(), "The address below which its configuration is found."),
    Member("authorization_endpoint", Text(), "Of oauth2: where people are sent."),
    Member("token_endpoint", Text(), "Of oauth2: where codes are redeemed."),
    Member("userinfo_endpoint", Text(), "Of oauth2: where somebody's data is asked for."),
    Member("emails_endpoint", Text(), "Of oauth2: a list of addresses, as GitHub has it."),
    Member("client_id", Text(), "The identifier that it gave to this server.", is_needed=True),
    Member(
        "client_secret",
        Secret(),
        "Where the secret is found that it gave to this server. Stays where this is left away.",
    ),
    Member("token_endpoint_auth_method", Choice(METHODS), "How this server proves itself there."),
    Member("scope", Text(), "What it is asked for."),
    Member("use_pkce", Flag(), "PKCE is used; true unless said otherwise."),
    Member(
        "claims",
        Members(tuple(Member(name, Text(), f"The claim that has the {name}.") for name in FIELDS)),
        "Where each field of a person stands in its claims; all that are used, or none for what is usual.",
    ),
    Member(
        "group_mapping",
        Many(
            Members(
                (
                    Member("name", Text(), "What the provider calls the group.", is_needed=True),
                    Member("path", Text(), "The path of the group here, such as /eng.", is_needed=True),
                )
            )
        ),
        "Groups here that its people come into, and leave, as it says at each sign-in; claims needs groups for it.",
    ),
    Member("trust_email", Flag(), "Believe that an address is verified where it says so; true unless said otherwise."),
    Member("who_may_link", Choice(WHO), "Who may come by it."),
    Member("link_domains", TEXTS, "The domains of those who may come."),
    Member("create_accounts", Flag(), "Who is new gets an account; true unless said otherwise."),
    Member("only_domains", TEXTS, "Domains whose people sign in through it alone."),
    Member("icon", Choice(("", OWN, *BUILT_IN)), "The name of a built-in icon, or own, with icon_file."),
    Member("icon_file", Picture(), "An SVG or PNG. The one that is there stays where this is left away."),
    Member("position", Number(-FURTHEST, FURTHEST), "Among the buttons, the smallest first."),
)

SIGN_UP = Members(
    (
        Member("mode", Choice(tuple(mode.value for mode in Mode)), "Who may: everybody, or fewer.", is_needed=True),
        Member("allow", TEXTS, "Domains such as example.com or *.example.com; of mode domains the only ones."),
        Member("deny", TEXTS, "Domains that are refused, also where they are allowed."),
        Member("refuse_disposable", Flag(), "Refuse domains of addresses that are thrown away; false unless said."),
    )
)
TERMS = Members(
    (
        Member(
            "name", Text(), "What the version is called, such as 2027-01; each version has another one.", is_needed=True
        ),
        Member("text", Text(), "The terms themselves.", is_needed=True),
        Member("summary", Text(), "What is new, in a few sentences."),
    )
)
POLICY = Tagged(
    "name",
    "Which rule it is.",
    {
        "second_factor": (
            Member(
                "value",
                Choice(tuple(required.value for required in Required)),
                "From whom a second factor is required.",
                is_needed=True,
            ),
        ),
        "sign_up": (Member("value", SIGN_UP, "Who may sign up.", is_needed=True),),
        "terms": (Member("value", TERMS, "Terms of service, which everybody has to accept.", is_needed=True),),
        "pushed_requests": (
            Member("value", Flag(), "Whether every application has to push its requests (RFC 9126).", is_needed=True),
        ),
        "audit_retention": (
            Member("value", Number(LEAST, MOST), "Days for which the audit log keeps events.", is_needed=True),
        ),
    },
)
