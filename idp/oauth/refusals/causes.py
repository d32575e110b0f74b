"""The causes by name, each with the sentence that the caller may be told."""

from enum import StrEnum, auto


class Cause(StrEnum):
    """Why a request was refused; the value is the word in the audit log."""

    # The request alone shows it.
    NO_CREDENTIALS = auto()
    NO_SECRET = auto()
    BASIC_MALFORMED = auto()
    SEVERAL_METHODS = auto()
    CLIENT_ID_DIFFERS = auto()
    ASSERTION_TYPE = auto()
    ASSERTION_MALFORMED = auto()
    ASSERTION_ALGORITHM = auto()
    # Which of these it was is told to nobody.
    UNKNOWN_CLIENT = auto()
    DISABLED_CLIENT = auto()
    CLIENT_DOCUMENT = auto()
    WRONG_SECRET = auto()
    TOO_MANY_TRIES = auto()
    TOO_MANY_REQUESTS = auto()
    # How a client proves itself; that it exists is told at the authorization endpoint, too.
    PUBLIC_CLIENT = auto()
    OTHER_METHOD = auto()
    PROOF_NEEDED = auto()
    ASSERTION_SIGNATURE = auto()
    ASSERTION_KEY_UNKNOWN = auto()
    KEYS_UNREACHABLE = auto()
    # Only who holds the key hears of the claims.
    ASSERTION_ISSUER = auto()
    ASSERTION_AUDIENCE = auto()
    ASSERTION_EXPIRED = auto()
    ASSERTION_EARLY = auto()
    ASSERTION_TIMES = auto()
    ASSERTION_TOO_LONG = auto()
    ASSERTION_NO_JTI = auto()
    ASSERTION_USED = auto()
    # A code, a token, and what stands behind it.
    CODE_UNKNOWN = auto()
    CODE_OF_ANOTHER_CLIENT = auto()
    CODE_USED = auto()
    CODE_EXPIRED = auto()
    CODE_ADDRESS_REMOVED = auto()
    REDIRECT_URI_MISSING = auto()
    REDIRECT_URI_DIFFERS = auto()
    VERIFIER_MISSING = auto()
    VERIFIER_MALFORMED = auto()
    VERIFIER_WRONG = auto()
    VERIFIER_UNASKED = auto()
    DEVICE_CODE_UNKNOWN = auto()
    DEVICE_CODE_OF_ANOTHER_CLIENT = auto()
    DEVICE_CODE_USED = auto()
    DEVICE_CODE_EXPIRED = auto()
    DEVICE_PENDING = auto()
    DEVICE_IMPATIENT = auto()
    DEVICE_DENIED = auto()
    REFRESH_TOKEN_UNKNOWN = auto()
    REFRESH_TOKEN_OF_ANOTHER_CLIENT = auto()
    REFRESH_TOKEN_USED = auto()
    REFRESH_TOKEN_EXPIRED = auto()
    TOKEN_OF_ANOTHER_CLIENT = auto()
    ACCESS_TOKEN_MISSING = auto()
    ACCESS_TOKEN_TWICE = auto()
    ACCESS_TOKEN_FOREIGN = auto()
    ACCESS_TOKEN_EXPIRED = auto()
    ACCESS_TOKEN_REVOKED = auto()
    ACCESS_TOKEN_WITHOUT_PERSON = auto()
    ACCESS_TOKEN_WITHOUT_OPENID = auto()
    ACCESS_TOKEN_OF_PERSON = auto()
    ACCESS_TOKEN_WITHOUT_SCIM = auto()
    ACCESS_TOKEN_WITHOUT_ADMIN = auto()
    ACCESS_TOKEN_WITHOUT_PERMISSION = auto()
    ACCESS_TOKEN_BOUND = auto()
    ACCESS_TOKEN_UNBOUND = auto()
    ACCESS_TOKEN_WITHOUT_SSF = auto()
    ACCESS_TOKEN_NOT_OWN = auto()
    CLIENT_GONE = auto()
    # The key that a sender shows.
    PROOF_OF_KEY_MISSING = auto()
    PROOF_OF_KEY_MALFORMED = auto()
    PROOF_OF_KEY_ALGORITHM = auto()
    PROOF_OF_KEY_UNTIMELY = auto()
    PROOF_OF_KEY_USED = auto()
    PROOF_OF_ANOTHER_METHOD = auto()
    PROOF_OF_ANOTHER_ADDRESS = auto()
    PROOF_OF_ANOTHER_TOKEN = auto()
    NONCE_MISSING = auto()
    NONCE_STALE = auto()
    KEY_DIFFERS = auto()
    CERTIFICATE_MISSING = auto()
    CERTIFICATE_UNTIMELY = auto()
    CERTIFICATE_UNTRUSTED = auto()
    CERTIFICATE_OF_ANOTHER = auto()
    SESSION_ENDED = auto()
    GRANT_EXPIRED = auto()
    GRANT_REVOKED = auto()
    CONSENT_WITHDRAWN = auto()
    ACCOUNT_DISABLED = auto()
    CREDENTIALS_CHANGED = auto()
    SECOND_FACTOR_MISSING = auto()
    NOT_ADMITTED = auto()
    ORIGIN_NOT_REGISTERED = auto()
    SCOPE_NOT_GRANTED = auto()
    # Tokens that are exchanged.
    TOKEN_TYPE_UNSUPPORTED = auto()
    SUBJECT_TOKEN_WRONG = auto()
    SUBJECT_TOKEN_USED = auto()
    ACTOR_TOKEN_WRONG = auto()
    ACTOR_UNWANTED = auto()
    ACTOR_NOT_ALLOWED = auto()
    ACTORS_TOO_MANY = auto()
    EXCHANGE_NOT_ALLOWED = auto()
    EXCHANGE_AUDIENCE = auto()
    # Tokens of trusted issuers: as grants, and as proofs of clients.
    ISSUER_UNTRUSTED = auto()
    ISSUER_UNREACHABLE = auto()
    ISSUED_MALFORMED = auto()
    ISSUED_ALGORITHM = auto()
    ISSUED_KEY_UNKNOWN = auto()
    ISSUED_SIGNATURE = auto()
    ISSUED_AUDIENCE = auto()
    ISSUED_UNTIMELY = auto()
    ISSUED_USED = auto()
    ISSUED_FOR_ANOTHER = auto()
    ISSUED_FOR_NOBODY = auto()
    WORKLOAD_ISSUER_UNREACHABLE = auto()
    WORKLOAD_KEY_UNKNOWN = auto()
    WORKLOAD_UNTIMELY = auto()
    WORKLOAD_UNKNOWN = auto()
    # The audience that a token is asked for.
    RESOURCE_NOT_GRANTED = auto()
    ACCESS_TOKEN_OF_RESOURCE = auto()
    ASSERTION_NOT_FOR_PERSON = auto()


_FAILED = "Client authentication failed."
_UNTOLD = f"{_FAILED} The client is unknown or disabled, or its secret is wrong."
SENTENCES = {
    Cause.NO_CREDENTIALS: f"{_FAILED} The request names no client: send Basic credentials, or client_id.",
    Cause.NO_SECRET: f"{_FAILED} The request holds no secret, and this client has one.",
    Cause.BASIC_MALFORMED: f"{_FAILED} The Authorization header is not Basic with the base64 of client_id:client_secret.",
    Cause.SEVERAL_METHODS: "Use one way of client authentication only.",
    Cause.CLIENT_ID_DIFFERS: "The client_id differs from the authenticated client.",
    Cause.ASSERTION_TYPE: f"{_FAILED} The client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
    Cause.ASSERTION_MALFORMED: f"{_FAILED} The client_assertion is no JWT with a client as its sub.",
    Cause.ASSERTION_ALGORITHM: f"{_FAILED} The assertion's alg or typ is not one that is taken from this client.",
    Cause.UNKNOWN_CLIENT: _UNTOLD,
    Cause.DISABLED_CLIENT: _UNTOLD,
    Cause.CLIENT_DOCUMENT: f"{_FAILED} The metadata document at the client_id cannot be used here.",
    Cause.WRONG_SECRET: _UNTOLD,
    Cause.TOO_MANY_TRIES: "Too many wrong client secrets. Try again later.",
    Cause.TOO_MANY_REQUESTS: "Too many requests. Try again in a minute.",
    Cause.PUBLIC_CLIENT: f"{_FAILED} This client has no secret and no key: send its client_id alone.",
    Cause.OTHER_METHOD: f"{_FAILED} This client is registered for another method.",
    Cause.PROOF_NEEDED: f"{_FAILED} A public client may not ask here.",
    Cause.ASSERTION_SIGNATURE: f"{_FAILED} The assertion's signature is wrong.",
    Cause.ASSERTION_KEY_UNKNOWN: f"{_FAILED} The assertion's key is not among the keys of this client.",
    Cause.KEYS_UNREACHABLE: f"{_FAILED} The jwks_uri of this client did not answer with a key set.",
    Cause.ASSERTION_ISSUER: f"{_FAILED} The iss and sub of the assertion must both be the client_id.",
    Cause.ASSERTION_AUDIENCE: f"{_FAILED} The aud of the assertion is neither the issuer nor this endpoint.",
    Cause.ASSERTION_EXPIRED: f"{_FAILED} The assertion has expired.",
    Cause.ASSERTION_EARLY: f"{_FAILED} The nbf or iat of the assertion is in the future.",
    Cause.ASSERTION_TIMES: f"{_FAILED} The exp of the assertion is missing, or a time in it is no number.",
    Cause.ASSERTION_TOO_LONG: f"{_FAILED} The exp of the assertion is more than an hour ahead.",
    Cause.ASSERTION_NO_JTI: f"{_FAILED} The jti of the assertion is missing, or no text.",
    Cause.ASSERTION_USED: f"{_FAILED} The assertion was used before: each needs a jti of its own.",
    Cause.CODE_UNKNOWN: "The code is not known here: it is wrong, or was issued long ago.",
    Cause.CODE_OF_ANOTHER_CLIENT: "The code was issued to another client.",
    Cause.CODE_USED: "The code was used before; a second use ends what the first one brought.",
    Cause.CODE_EXPIRED: "The code has expired: it is good for a minute.",
    Cause.CODE_ADDRESS_REMOVED: "The redirect URI that the code was sent to is not registered any more.",
    Cause.REDIRECT_URI_MISSING: "The parameter redirect_uri is missing: repeat that of the authorization request.",
    Cause.REDIRECT_URI_DIFFERS: "The redirect_uri differs from that of the authorization request.",
    Cause.VERIFIER_MISSING: "The parameter code_verifier is missing: the authorization request had a code_challenge.",
    Cause.VERIFIER_MALFORMED: "The parameter code_verifier is malformed (RFC 7636, section 4.1: 43 to 128 characters).",
    Cause.VERIFIER_WRONG: "The code_verifier does not fit the code_challenge of the authorization request.",
    Cause.VERIFIER_UNASKED: "There is a code_verifier, and the authorization request had no code_challenge.",
    Cause.DEVICE_CODE_UNKNOWN: "The device code is not known here: it is wrong, or was issued long ago.",
    Cause.DEVICE_CODE_OF_ANOTHER_CLIENT: "The device code was issued to another client.",
    Cause.DEVICE_CODE_USED: "The device code was used before: its tokens came with that answer.",
    Cause.DEVICE_CODE_EXPIRED: "The device code has expired: ask for another one.",
    Cause.DEVICE_PENDING: "Nobody has typed the code and decided yet.",
    Cause.DEVICE_IMPATIENT: "The device polls too often.",
    Cause.DEVICE_DENIED: "The person denied the request, or may not use this client.",
    Cause.REFRESH_TOKEN_UNKNOWN: "The refresh token is not known here: it is wrong, or ended long ago.",
    Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT: "The refresh token was issued to another client.",
    Cause.REFRESH_TOKEN_USED: "The refresh token was used before: its successor came with that answer.",
    Cause.REFRESH_TOKEN_EXPIRED: "The refresh token has expired, since it was not used for so long.",
    Cause.TOKEN_OF_ANOTHER_CLIENT: "The token was issued to another client.",
    Cause.ACCESS_TOKEN_MISSING: "No access token.",
    Cause.ACCESS_TOKEN_TWICE: "The access token was sent more than once.",
    Cause.ACCESS_TOKEN_FOREIGN: "The token is malformed, no access token, or not of this server.",
    Cause.ACCESS_TOKEN_EXPIRED: "The access token has expired.",
    Cause.ACCESS_TOKEN_REVOKED: "The access token has been revoked.",
    Cause.ACCESS_TOKEN_WITHOUT_PERSON: "The access token is a client's own: it stands for nobody.",
    Cause.ACCESS_TOKEN_WITHOUT_OPENID: "The access token lacks the scope openid.",
    Cause.ACCESS_TOKEN_OF_PERSON: "The access token stands for a person who may not administer people and groups.",
    Cause.ACCESS_TOKEN_WITHOUT_SCIM: "The access token lacks the scope scim.",
    Cause.ACCESS_TOKEN_WITHOUT_ADMIN: "The access token lacks the scope admin, or admin.read.",
    Cause.ACCESS_TOKEN_WITHOUT_PERMISSION: "The access token does not permit this, or its person may not do it.",
    Cause.ACCESS_TOKEN_BOUND: "The access token is bound to a key, and the request does not show that key.",
    Cause.ACCESS_TOKEN_UNBOUND: "The access token is bound to no key: send it with the scheme Bearer.",
    Cause.PROOF_OF_KEY_MISSING: "The request has no DPoP proof, and this client always sends one.",
    Cause.PROOF_OF_KEY_MALFORMED: "The DPoP proof is no JWT of the type dpop+jwt with a jti, signed by the public key in its header.",
    Cause.PROOF_OF_KEY_ALGORITHM: "The alg of the DPoP proof is none that the profile of this client allows.",
    Cause.PROOF_OF_KEY_UNTIMELY: "The iat of the DPoP proof is missing, more than a minute ago, or in the future.",
    Cause.PROOF_OF_KEY_USED: "The DPoP proof was used before: each needs a jti of its own.",
    Cause.PROOF_OF_ANOTHER_METHOD: "The htm of the DPoP proof is not the method of this request.",
    Cause.PROOF_OF_ANOTHER_ADDRESS: "The htu of the DPoP proof is not the address of this request.",
    Cause.PROOF_OF_ANOTHER_TOKEN: "The ath of the DPoP proof is not the digest of this access token.",
    Cause.NONCE_MISSING: "The DPoP proof of this client needs the nonce that is in the header DPoP-Nonce.",
    Cause.NONCE_STALE: "The nonce of the DPoP proof is not good any more: use that of the header DPoP-Nonce.",
    Cause.KEY_DIFFERS: "This was bound to a key, and the request shows none, or another one.",
    Cause.CERTIFICATE_MISSING: "The request came without a client certificate, or not by the address at which one is asked for.",
    Cause.CERTIFICATE_UNTIMELY: f"{_FAILED} The client certificate has expired, or is for later.",
    Cause.CERTIFICATE_UNTRUSTED: f"{_FAILED} The client certificate was issued by nobody who is trusted here.",
    Cause.CERTIFICATE_OF_ANOTHER: f"{_FAILED} The client certificate is not that of this client.",
    Cause.ACCESS_TOKEN_WITHOUT_SSF: "The access token lacks the scope ssf.manage (ssf.read is enough to look at streams).",
    Cause.ACCESS_TOKEN_NOT_OWN: "The access token stands for a person; here it must be the client's own.",
    Cause.CLIENT_GONE: "The client is disabled or deleted.",
    Cause.SESSION_ENDED: "The session has ended: the person signed out, or was away for too long.",
    Cause.GRANT_EXPIRED: "The grant has expired: the person has to sign in again.",
    Cause.GRANT_REVOKED: "The grant has been revoked: the person has to sign in again.",
    Cause.CONSENT_WITHDRAWN: "The person has withdrawn the consent.",
    Cause.ACCOUNT_DISABLED: "The account is disabled.",
    Cause.CREDENTIALS_CHANGED: "The person has changed the password, or signed out everywhere.",
    Cause.SECOND_FACTOR_MISSING: "The sign-in has not shown the second factor that is demanded: the person has to sign in again.",
    Cause.ORIGIN_NOT_REGISTERED: "The page asks from an origin that none of the redirect URIs of its client has.",
    Cause.NOT_ADMITTED: "The person belongs to none of the groups that this client is for.",
    Cause.SCOPE_NOT_GRANTED: "This scope was not granted.",
    Cause.TOKEN_TYPE_UNSUPPORTED: "This type of token cannot be exchanged, or not be had, here.",
    Cause.SUBJECT_TOKEN_WRONG: "The subject_token is malformed, expired, revoked, or not for this client.",
    Cause.SUBJECT_TOKEN_USED: "The subject_token was exchanged before, and may be once.",
    Cause.ACTOR_TOKEN_WRONG: "The actor_token is malformed, expired, revoked, or was not issued to this client.",
    Cause.ACTOR_UNWANTED: "This client may exchange such a token without an actor_token only.",
    Cause.ACTOR_NOT_ALLOWED: "The may_act of the subject_token names another actor.",
    Cause.ACTORS_TOO_MANY: "The subject_token has come through too many clients already.",
    Cause.EXCHANGE_NOT_ALLOWED: "This client may not exchange such a token.",
    Cause.EXCHANGE_AUDIENCE: "This client gets no token for this audience or resource.",
    Cause.ISSUER_UNTRUSTED: "The iss of the assertion is none whose assertions of this type are taken from this client.",
    Cause.ISSUER_UNREACHABLE: "The keys of the assertion's issuer could not be had. Try again later.",
    Cause.ISSUED_MALFORMED: "The assertion is no JWT of a type that is taken here, or lacks one of iss, sub, aud, exp and jti.",
    Cause.ISSUED_ALGORITHM: "The alg of the assertion is not one that is taken here.",
    Cause.ISSUED_KEY_UNKNOWN: "The key of the assertion is not among those of its issuer.",
    Cause.ISSUED_SIGNATURE: "The signature of the assertion is wrong.",
    Cause.ISSUED_AUDIENCE: "The aud of the assertion is not this server, or not this server alone.",
    Cause.ISSUED_UNTIMELY: "The assertion has expired, is for later, or is good for more than an hour.",
    Cause.ISSUED_USED: "The assertion was used before: each needs a jti of its own.",
    Cause.ISSUED_FOR_ANOTHER: "The client_id of the assertion is not this client.",
    Cause.ISSUED_FOR_NOBODY: "The assertion names nobody who has an account here that is open and confirmed.",
    Cause.WORKLOAD_ISSUER_UNREACHABLE: f"{_FAILED} The keys of the assertion's issuer could not be had. Try again later.",
    Cause.WORKLOAD_KEY_UNKNOWN: f"{_FAILED} The key of the assertion is not among those of its issuer.",
    Cause.WORKLOAD_UNTIMELY: f"{_FAILED} The assertion has expired, is for later, or is good for more than a day.",
    Cause.WORKLOAD_UNKNOWN: f"{_FAILED} The sub of the assertion is no client's here, or that of several: name one by client_id.",
    Cause.RESOURCE_NOT_GRANTED: "Name one resource that was granted: the request names another one, or none of several (RFC 8707).",
    Cause.ACCESS_TOKEN_OF_RESOURCE: "The access token is for another audience, which its aud names.",
    Cause.ASSERTION_NOT_FOR_PERSON: "The person belongs to none of the groups for which this client gets assertions for this audience.",
}  # fmt: skip
# Causes that are about proving a client, whatever the error is called.
ABOUT_CLIENTS = {Cause.SEVERAL_METHODS, Cause.CLIENT_ID_DIFFERS, Cause.TOO_MANY_TRIES}
# The ordinary end of a token and the ordinary poll of a device, which no operator has to know of.
ROUTINE = {Cause.ACCESS_TOKEN_EXPIRED, Cause.DEVICE_PENDING, Cause.DEVICE_IMPATIENT}
# What is wrong with the audience (RFC 8707, section 2), and not with the grant.
ABOUT_TARGETS = {Cause.RESOURCE_NOT_GRANTED}
# What only a client hears that has proved itself, and what everybody else is told in its place.
IN_CONFIDENCE = {
    Cause.CODE_OF_ANOTHER_CLIENT: Cause.CODE_UNKNOWN,
    Cause.DEVICE_CODE_OF_ANOTHER_CLIENT: Cause.DEVICE_CODE_UNKNOWN,
    Cause.REFRESH_TOKEN_OF_ANOTHER_CLIENT: Cause.REFRESH_TOKEN_UNKNOWN,
    Cause.CONSENT_WITHDRAWN: Cause.GRANT_REVOKED,
    Cause.ACCOUNT_DISABLED: Cause.GRANT_REVOKED,
    Cause.CREDENTIALS_CHANGED: Cause.GRANT_REVOKED,
}
