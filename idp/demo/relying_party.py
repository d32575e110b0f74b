"""A small relying party on Authlib's Flask client: sign-in with PKCE, the claims it got, sign-out at the provider."""

import secrets
from typing import Any
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, render_template, request, session
from requests.exceptions import RequestException
from werkzeug.wrappers import Response

from idp.base.database import ROOT

SCOPE = "openid profile email offline_access"


def create_relying_party(issuer: str, client_id: str, client_secret: str, home: str) -> Flask:
    """Return the relying party's application; `home` is its own address."""
    app = Flask(__name__, template_folder=str(ROOT / "templates" / "demo"), static_folder=str(ROOT / "static"))
    # Cookies ignore ports, so the name differs from the provider's.
    app.config.update(
        SECRET_KEY=secrets.token_hex(32), SESSION_COOKIE_NAME="demo_session", SESSION_COOKIE_SAMESITE="Lax"
    )
    oauth = OAuth(app)
    provider = oauth.register(
        "gatehouse",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )
    app.add_url_rule("/", "show_home", _show_home)
    app.add_url_rule("/signin", "begin", lambda: provider.authorize_redirect(f"{home}/callback"))
    app.add_url_rule("/callback", "finish", lambda: _finish(provider))
    app.add_url_rule("/signout", "leave", lambda: _leave(provider, home))
    app.register_error_handler(AuthlibBaseError, _show_error)
    app.register_error_handler(RequestException, _show_unreachable)
    return app


def _show_home() -> str:
    return render_template("relying_party.html", who=session.get("who"), id_token=session.get("id_claims"))


def _finish(provider: Any) -> Response:
    token = provider.authorize_access_token()
    claims = {name: value for name, value in token["userinfo"].items() if name != "at_hash"}
    session["id_claims"] = claims
    session["who"] = provider.userinfo(token=token)
    session["id_token"] = token["id_token"]
    return redirect("/", 303)


def _leave(provider: Any, home: str) -> Response:
    hint = session.get("id_token")
    session.clear()
    endpoint = provider.load_server_metadata()["end_session_endpoint"]
    query = {"post_logout_redirect_uri": f"{home}/"} | ({"id_token_hint": hint} if hint else {})
    return redirect(f"{endpoint}?{urlencode(query)}" if hint else "/", 303)


def _show_error(error: AuthlibBaseError) -> tuple[str, int]:
    description = request.args.get("error_description") or error.description or ""
    return render_template("relying_party.html", error=error.error or "error", description=description), 400


def _show_unreachable(_error: RequestException) -> tuple[str, int]:
    return render_template("relying_party.html", error="unreachable", description="The provider does not answer."), 502
