"""A relying party on flask-oidc, which has no setting for PKCE; / tells who is signed in. Started by test_more_libraries.py."""

import os
import secrets
from typing import Any

from flask import Flask, session
from flask_oidc import OpenIDConnect
from werkzeug.serving import make_server

app = Flask(__name__)
app.config.update(
    SECRET_KEY=secrets.token_hex(32),
    SESSION_COOKIE_NAME="flask_oidc_session",
    OIDC_CLIENT_SECRETS={
        "web": {
            "issuer": os.environ["ISSUER"],
            "client_id": os.environ["CLIENT_ID"],
            "client_secret": os.environ["CLIENT_SECRET"],
        }
    },
    OIDC_SERVER_METADATA_URL=f"{os.environ['ISSUER']}/.well-known/openid-configuration",
    OIDC_SCOPES="openid profile email",
)
oidc = OpenIDConnect(app)


@app.get("/")
@oidc.require_login
def show_who() -> dict[str, Any]:
    """Tell who is signed in."""
    return dict(session["oidc_auth_profile"])


if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True).serve_forever()
