"""What other software writes for a password, brought into the one form that is kept: Django, Keycloak, Auth0, Werkzeug, passlib.

Every reader takes whatever there is and returns the kept form, or why it cannot come.
"""

import re
from typing import Any

from idp.accounts.foreign_hashes import kept
from idp.accounts.foreign_hashes.kept import AS_TYPED, BCRYPT_SHA256, Unfit
from idp.keys.parsing import read_object

LONGEST = 1000  # characters that are looked at
MOST_DIGITS = 10
DIGESTS = {"sha1": "sha1", "sha256": "sha256", "sha512": "sha512", "sha-256": "sha256", "sha-512": "sha512"}
KEYCLOAK_PBKDF2 = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}
KEYCLOAK_ARGON2_VERSIONS = {"1.0": 16, "1.3": 19}
# Django's hashers whose digests are found by trying: nobody should have them, so nobody may bring them.
DJANGO_WEAK = ("md5", "sha1", "unsalted_md5", "unsalted_sha1", "crypt")
WEAK = "{} is no hash for passwords: whoever has it finds most of them by trying. The person needs a new password."
BARE_ARGON2 = re.compile(r"(\$argon2(?:i|d|id)\$)(m=.*)", re.S)  # of version 16, which is not named
PHC_PBKDF2 = re.compile(r"\$pbkdf2(?:-([a-z0-9]{1,10}))?\$(?:i=)?([0-9]{1,10})(?:,l=([0-9]{1,4}))?\$([^$]*)\$([^$]+)")
WERKZEUG = re.compile(r"(pbkdf2|scrypt):([a-z0-9:]{1,40})\$([^$]*)\$([0-9a-f]+)")


def read(text: Any) -> str | Unfit:
    """Return the kept form of a hash as Django, Werkzeug, passlib or the PHC write it."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return Unfit("This is no password hash.")
    if text.startswith("$"):
        return _read_modular(text)
    if found := WERKZEUG.fullmatch(text):
        return _vetted(_read_werkzeug(*found.groups()))
    return _vetted(_read_django(text))


def read_keycloak(credential: Any) -> str | Unfit:
    """Return the kept form of a credential of Keycloak: `credentialData` and `secretData`, or the single members of its first years."""
    if not isinstance(credential, dict):
        return Unfit("The credential is no object.")
    if "secretData" not in credential and "hashedSaltedValue" in credential:
        data = {"algorithm": credential.get("algorithm"), "hashIterations": credential.get("hashIterations")}
        secret = {"value": credential.get("hashedSaltedValue"), "salt": credential.get("salt")}
    else:
        data, secret = (_read_json(credential.get(name)) for name in ("credentialData", "secretData"))
    algorithm, iterations = data.get("algorithm"), _number(data.get("hashIterations"))
    value, salt_text = secret.get("value"), secret.get("salt")
    if algorithm == "bcrypt" and isinstance(value, str):  # a provider that many have added
        return _read_modular(value)
    if not isinstance(algorithm, str) or algorithm not in {*KEYCLOAK_PBKDF2, "argon2"}:
        return Unfit(f"The algorithm {_told(algorithm)} of Keycloak is not known here.")
    salt, key = (kept.decode(part) if isinstance(part, str) else None for part in (salt_text, value))
    if iterations is None or salt is None or key is None:
        return Unfit("The credential has no iterations, salt or value that can be read.")
    if algorithm in KEYCLOAK_PBKDF2:
        return _vetted(kept.pbkdf2(KEYCLOAK_PBKDF2[algorithm], iterations, salt, key))
    return _vetted(_read_keycloak_argon2(data.get("additionalParameters"), iterations, salt, key))


def read_auth0(custom: Any) -> str | Unfit:
    """Return the kept form of Auth0's `custom_password_hash`."""
    if not isinstance(custom, dict) or not isinstance(custom.get("hash"), dict):
        return Unfit("custom_password_hash has no hash.")
    if _member(custom, "password", "encoding") not in (None, "utf8", "utf-8"):
        return Unfit("The password was not hashed in UTF-8.")
    algorithm, value = custom.get("algorithm"), _member(custom, "hash", "value")
    if not isinstance(value, str):
        return Unfit("custom_password_hash has no hash.")
    if algorithm in ("argon2", "bcrypt", "pbkdf2"):
        return _read_modular(value)
    if algorithm == "scrypt":
        return _vetted(_read_auth0_scrypt(custom, value))
    return Unfit(WEAK.format(_told(algorithm)))


def _read_django(text: str) -> str | Unfit:
    name, _sign, rest = text.partition("$")
    parts = rest.split("$")
    if text.startswith("!"):
        return Unfit("The account has no password.")
    if name in ("pbkdf2_sha256", "pbkdf2_sha1") and len(parts) == 3:
        iterations, key = _number(parts[0]), kept.decode(parts[2])
        if iterations is None or key is None:
            return Unfit("The hash cannot be read.")
        return kept.pbkdf2(name.removeprefix("pbkdf2_"), iterations, _bytes(parts[1]), key)
    if name == "argon2":
        return _with_version(f"${rest}")
    if name in ("bcrypt", "bcrypt_sha256"):
        return f"{BCRYPT_SHA256 if name == 'bcrypt_sha256' else ''}{rest}"
    if name == "scrypt" and len(parts) == 5:
        numbers, key = [_number(part) for part in (parts[0], parts[2], parts[3])], kept.decode(parts[4])
        cost, size, lanes = numbers
        if cost is None or size is None or lanes is None or key is None:
            return Unfit("The hash cannot be read.")
        return kept.scrypt(cost, size, lanes, _bytes(parts[1]), key)
    is_digest = re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}", text) is not None
    if name in DJANGO_WEAK or is_digest:
        return Unfit(WEAK.format("A bare digest" if is_digest else name))
    return Unfit("The hash is of no form that is known here.")


def _read_werkzeug(method: str, parameters: str, salt: str, digits: str) -> str | Unfit:
    parts, key = parameters.split(":"), bytes.fromhex(digits) if len(digits) % 2 == 0 else b""
    if method == "pbkdf2" and len(parts) == 2 and parts[0] in DIGESTS and (count := _number(parts[1])) is not None:
        return kept.pbkdf2(DIGESTS[parts[0]], count, _bytes(salt), key)
    numbers = [_number(part) for part in parts]
    if method == "scrypt" and len(numbers) == 3:
        cost, size, lanes = numbers
        if cost is not None and size is not None and lanes is not None:
            return kept.scrypt(cost, size, lanes, _bytes(salt), key)
    return Unfit("The hash cannot be read.")


def _read_modular(text: str) -> str | Unfit:
    """Read what begins with a dollar sign: the PHC's strings, bcrypt's, and passlib's of PBKDF2."""
    if len(text) > LONGEST:
        return Unfit("This is no password hash.")
    found = PHC_PBKDF2.fullmatch(text)
    if found is None:
        return _vetted(_with_version(text))
    digest, count, length, salt_text, key_text = found.groups()
    # Passlib writes a dot for a plus, so that no shell minds.
    salt, key = kept.decode(salt_text.replace(".", "+")), kept.decode(key_text.replace(".", "+"))
    if (digest or "sha1") not in DIGESTS:
        return Unfit(f"PBKDF2 with {_told(digest)} is not known here.")
    if salt is None or key is None or (length is not None and int(length) != len(key)):
        return Unfit("The hash cannot be read.")
    return _vetted(kept.pbkdf2(DIGESTS[digest or "sha1"], int(count), salt, key))


def _read_keycloak_argon2(parameters: Any, passes: int, salt: bytes, key: bytes) -> str | Unfit:
    def first(name: str) -> Any:
        found = parameters.get(name) if isinstance(parameters, dict) else None
        return found[0] if isinstance(found, list) and found else found

    kind, version = first("type"), KEYCLOAK_ARGON2_VERSIONS.get(str(first("version")))
    memory, lanes = _number(first("memory")), _number(first("parallelism"))
    if kind not in ("i", "d", "id") or version is None or memory is None or lanes is None:
        return Unfit("The parameters of Argon2 cannot be read.")
    return f"{AS_TYPED}$argon2{kind}$v={version}$m={memory},t={passes},p={lanes}${kept.encode(salt)}${kept.encode(key)}"


def _read_auth0_scrypt(custom: dict[str, Any], value: str) -> str | Unfit:
    salt = _decoded(_member(custom, "salt", "value"), _member(custom, "salt", "encoding") or "utf8")
    key = _decoded(value, _member(custom, "hash", "encoding"))
    cost, size = _number(custom.get("cost", 16384)), _number(custom.get("blockSize", 8))
    lanes, length = _number(custom.get("parallelization", 1)), custom.get("keylen")
    if salt is None or key is None or cost is None or size is None or lanes is None:
        return Unfit("The hash, its salt or its parameters cannot be read.")
    if length is not None and _number(length) != len(key):
        return Unfit("The hash has not the length that keylen names.")
    return kept.scrypt(cost, size, lanes, salt, key)


def _vetted(text: str | Unfit) -> str | Unfit:
    if isinstance(text, Unfit):
        return text
    read = kept.parse(text)
    return read if isinstance(read, Unfit) else read.text


def _with_version(text: str) -> str:
    """Mark an Argon2 hash as one of others, and name its version where it names none, which is the first one."""
    found = BARE_ARGON2.fullmatch(text)
    named = f"{found[1]}v=16${found[2]}" if found is not None else text
    return f"{AS_TYPED}{named}" if named.startswith("$argon2") else named


def _member(whole: dict[str, Any], outer: str, inner: str) -> Any:
    found = whole.get(outer)
    return found.get(inner) if isinstance(found, dict) else None


def _decoded(text: Any, encoding: Any) -> bytes | None:
    if not isinstance(text, str):
        return None
    if encoding == "hex":
        return bytes.fromhex(text) if re.fullmatch(r"(?:[0-9a-fA-F]{2})*", text) else None
    if encoding == "base64":
        return kept.decode(text)
    return _bytes(text) if encoding == "utf8" else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _number(value: Any) -> int | None:
    """Return a whole number that is none too large, written in digits or as itself."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    is_number = isinstance(text, str) and re.fullmatch(rf"[0-9]{{1,{MOST_DIGITS}}}", text, re.ASCII) is not None
    return int(text) if is_number else None


def _read_json(value: Any) -> dict[str, Any]:
    """Return an object that is written as one, or in a text, as Keycloak has it."""
    if isinstance(value, str) and len(value) <= 10 * LONGEST:
        value = read_object(value.encode("utf-8", "surrogatepass"))
    return value if isinstance(value, dict) else {}


def _told(value: Any) -> str:
    """Return a name from elsewhere as it may stand in a sentence."""
    text = value if isinstance(value, str) else "without a name"
    return text[:40] if text.isprintable() else "without a name"
