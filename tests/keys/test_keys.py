"""Signing keys: made once, rotated without a gap, sealed at rest."""

import threading

import jwt
import pytest
from flask import Flask

from idp import keys
from idp.base.database import commit, session

ISSUER = "http://127.0.0.1:5000"


@pytest.fixture(autouse=True)
def _with_keys(app: Flask) -> None:
    with app.app_context():
        keys.ensure()


def test_every_algorithm_signs_and_verifies_from_the_published_set(app: Flask) -> None:
    """A stranger verifies each algorithm's token with nothing but the JWKS."""
    with app.app_context():
        published = jwt.PyJWKSet.from_dict(keys.jwks())
        for algorithm in keys.ALGORITHMS:
            token = keys.sign({"iss": ISSUER, "sub": "ann"}, algorithm)
            key = published[jwt.get_unverified_header(token)["kid"]]
            assert jwt.decode(token, key, algorithms=[algorithm], issuer=ISSUER)["sub"] == "ann"


def test_rotation_signs_with_a_key_that_was_published_before(app: Flask) -> None:
    """After a rotation the old token verifies still, and the new key was in the JWKS all along."""
    with app.app_context():
        before = {key["kid"] for key in keys.jwks()["keys"]}
        old = keys.sign({"iss": ISSUER}, "ES256")
        keys.rotate()
        commit()
        new = keys.sign({"iss": ISSUER}, "ES256")
        kid = jwt.get_unverified_header(new)["kid"]
        assert kid != jwt.get_unverified_header(old)["kid"]
        assert kid in before
        assert keys.verify(old, issuer=ISSUER) is not None
        assert keys.verify(new, issuer=ISSUER) is not None
        states = [(key.algorithm, key.state) for key in keys.listing()]
        assert sorted(states) == sorted(
            (algorithm, state) for algorithm in keys.ALGORITHMS for state in ("current", "next", "retired")
        )


def test_private_keys_are_sealed_and_never_published(app: Flask) -> None:
    """The database holds no PEM, the JWKS no private member, and each key has its own kid."""
    with app.app_context():
        assert all(b"PRIVATE" not in row.sealed_private_key for row in keys.listing())
        published = keys.jwks()["keys"]
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & {name for key in published for name in key}
        assert len({key["kid"] for key in published}) == len(published)


def test_a_start_that_makes_nothing_tells_nobody(app: Flask) -> None:
    """Where every key is there, a further start has no process read them anew; where one is missing, it has."""
    stamp = app.extensions["idp.settings"].data_dir / ".keys-changed"
    with app.app_context():
        before = stamp.stat().st_mtime_ns
        keys.ensure()
        assert stamp.stat().st_mtime_ns == before
        session().delete(keys.listing()[0])
        commit()
        keys.ensure()
        assert stamp.stat().st_mtime_ns > before


def test_processes_that_start_at_once_make_one_set(app: Flask) -> None:
    """Many parallel starts leave one current and one next key of each algorithm."""
    with app.app_context():
        for key in keys.listing():
            session().delete(key)
        commit()

    def start() -> None:
        with app.app_context():
            keys.ensure()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert len(keys.listing()) == 2 * len(keys.ALGORITHMS)


def test_a_token_has_one_spelling(app: Flask) -> None:
    """Padding, stray bits, spaces and foreign characters make no second token of one of ours (RFC 7515, section 2)."""
    with app.app_context():
        token = keys.sign({"iss": ISSUER}, "ES256")
        stray = token[:-1] + chr(ord(token[-1]) + 1)
        assert keys.verify(token, issuer=ISSUER) is not None
        for other in (f"{token}==", f"{token}\n", f" {token}", f"{token[:-3]}!{token[-3:]}", stray):
            assert keys.verify(other, issuer=ISSUER) is None, other[-8:]


def test_foreign_and_tampered_tokens_are_refused(app: Flask) -> None:
    """A foreign key, an unknown kid, alg none, another algorithm and plain rubbish are all no tokens of ours (item 63)."""
    with app.app_context():
        token = keys.sign({"iss": ISSUER}, "ES256")
        kid = jwt.get_unverified_header(token)["kid"]
        public = next(key for key in keys.jwks()["keys"] if key["kid"] == kid)
        unsigned = jwt.encode({"iss": ISSUER}, None, algorithm="none", headers={"kid": kid})
        symmetric = jwt.encode({"iss": ISSUER}, public["x"] * 2, algorithm="HS256", headers={"kid": kid})
        unknown = jwt.encode({"iss": ISSUER}, "k" * 32, algorithm="HS256", headers={"kid": "unknown"})
        for forged in (
            unsigned,
            symmetric,
            unknown,
            token[:-4] + "AAAA",
            "rubbish",
            "",
            "a.b.c",
            "\u00fc.\u00fc.\u00fc",
        ):
            assert keys.verify(forged, issuer=ISSUER) is None
        assert keys.verify(token, issuer="https://other.example") is None
        assert keys.verify(token, issuer=ISSUER, typ="at+jwt") is None
