"""A relying party on Authlib's Flask client; every page answers JSON. Started by test_authlib.py.

It signs in with PKCE, verifies the ID token with the provider's keys, reads userinfo, refreshes, and signs out.
"""

import json
import os
import secrets
from typing import Any

from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, request
from joserfc.jwk import ECKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

home = os.environ["HOME_URL"]

app = Flask(__name__)
# Cookies ignore ports, so the name differs from the provider's.
app.config.update(SECRET_KEY=secrets.token_hex(32), SESSION_COOKIE_NAME="authlib_session")
oauth = OAuth(app)
if "PRIVATE_KEY" in os.environ:
    private_key = json.loads(os.environ["PRIVATE_KEY"])
    gatehouse = oauth.register(
        "gatehouse",
        client_id=os.environ["CLIENT_ID"],
        client_secret=ECKey.import_key(private_key),
        client_auth_methods=[PrivateKeyJWT(alg="ES256", headers={"kid": private_key["kid"]})],
        server_metadata_url=f"{os.environ['ISSUER']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email offline_access",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "private_key_jwt",
        },
    )
else:
    method = "client_secret_basic" if "CLIENT_SECRET" in os.environ else "none"
    gatehouse = oauth.register(
        "gatehouse",
        client_id=os.environ["CLIENT_ID"],
        client_secret=os.environ.get("CLIENT_SECRET"),
        server_metadata_url=f"{os.environ['ISSUER']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email offline_access",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
        },
    )
kept: dict[str, str] = {}


@app.get("/")
def sign_in() -> Response:
    """Send the browser to the provider."""
    return gatehouse.authorize_redirect(f"{home}/callback")


@app.get("/callback")
def callback() -> dict[str, Any]:
    """Take the provider's answer, and tell what was learnt."""
    token = gatehouse.authorize_access_token()
    userinfo = gatehouse.userinfo(token=token)
    refreshed = gatehouse.fetch_access_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
    kept["id_token"] = refreshed["id_token"]
    return {
        "claims": token["userinfo"],
        "userinfo": userinfo,
        "rotated": refreshed.get("refresh_token") not in (None, token["refresh_token"]),
        "logout": f"{home}/signout",
    }


@app.get("/signout")
def sign_out() -> Response:
    """Send the browser to the provider's logout, which sends it back to /goodbye."""
    return gatehouse.logout_redirect(f"{home}/goodbye", kept["id_token"])


@app.get("/goodbye")
def goodbye() -> dict[str, str]:
    """Take the provider's answer to the logout: Authlib compares its state to the one that was sent."""
    gatehouse.validate_logout_response()
    return {"path": request.full_path}


make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True).serve_forever()
