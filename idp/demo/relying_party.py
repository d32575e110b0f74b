"""A small relying party on Authlib's Flask client: sign-in with PKCE, the claims it got, sign-out at the provider.

What it knows of signed-in people it keeps in memory, since tokens outgrow a cookie; the cookie holds a random name.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, render_template, request, session
from joserfc.errors import JoseError
from requests.exceptions import RequestException
from werkzeug.wrappers import Response

from idp.demo.frame import make_app

SCOPE = "openid profile email offline_access"
WISHES = ("prompt", "max_age", "login_hint", "ui_locales", "acr_values")
MOST_PEOPLE = 1000


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in here: the ID token, its claims, and what userinfo said."""

    id_token: str
    id_claims: dict[str, Any]
    userinfo: dict[str, Any]


@dataclass(frozen=True)
class RelyingParty:
    """The application's views; `provider` is Authlib's client, which ships no types."""

    provider: Any
    issuer: str
    home: str
    people: dict[str, Person] = field(default_factory=dict)

    def show_home(self) -> Response | str:
        """Show who is signed in here, and what the provider said of them; take its answer to a sign-out."""
        if "state" in request.args:
            self.provider.validate_logout_response()
            return redirect("/", 303)
        person = self.people.get(session.get("person", ""))
        if person is None:
            return render_template("relying_party.html")
        return render_template("relying_party.html", who=person.userinfo, id_token=person.id_claims)

    def begin(self) -> Response:
        """Go to the provider; what a request may ask for can be tried out in this address, such as `?prompt=login`."""
        wishes = {name: request.args[name] for name in WISHES if name in request.args}
        answer: Response = self.provider.authorize_redirect(f"{self.home}/callback", **wishes)
        return answer

    def finish(self) -> Response:
        """Take the provider's answer: redeem the code, check the ID token, ask userinfo."""
        if request.args.get("iss") != self.issuer:  # RFC 9207, section 2.4
            raise OAuthError("wrong_issuer", "The answer does not come from the provider that was asked.")
        token = self.provider.authorize_access_token()
        claims, userinfo = dict(token["userinfo"]), dict(self.provider.userinfo(token=token))
        if userinfo["sub"] != claims["sub"]:  # OpenID Connect Core, section 5.3.2
            raise OAuthError("wrong_subject", "Userinfo speaks of somebody else than the ID token.")
        self._forget()
        while len(self.people) >= MOST_PEOPLE:
            self.people.pop(next(iter(self.people)))
        session["person"] = secrets.token_urlsafe(32)
        self.people[session["person"]] = Person(token["id_token"], claims, userinfo)
        return redirect("/", 303)

    def leave(self) -> Response:
        """Sign out here, then at the provider, which sends the browser back."""
        person = self._forget()
        if person is None:
            return redirect("/", 303)
        answer: Response = self.provider.logout_redirect(f"{self.home}/", person.id_token)
        return answer

    def _forget(self) -> Person | None:
        person = self.people.pop(session.get("person", ""), None)
        session.clear()
        return person


def create_relying_party(
    issuer: str, client_id: str, client_secret: str, home: str, *, verify: str | bool = True
) -> Flask:
    """Return the relying party's application; `home` is its own address, `verify` as `requests` takes it."""
    app = make_app("relying party")
    # Cookies ignore ports, so the name differs from the provider's.
    app.config.update(
        SECRET_KEY=secrets.token_hex(32), SESSION_COOKIE_NAME="demo_session", SESSION_COOKIE_SAMESITE="Lax"
    )
    provider = OAuth(app).register(
        "gatehouse",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "default_timeout": 10,
            "verify": verify,
            "trust_env": False,  # a proxy does not lead to a provider on loopback
        },
    )
    party = RelyingParty(provider, issuer, home)
    app.add_url_rule("/", "show_home", party.show_home)
    app.add_url_rule("/signin", "begin", party.begin)
    app.add_url_rule("/callback", "finish", party.finish)
    app.add_url_rule("/signout", "leave", party.leave)
    for problem in (AuthlibBaseError, JoseError):
        app.register_error_handler(problem, _show_error)
    app.register_error_handler(RequestException, _show_unreachable)
    return app


def _show_error(error: AuthlibBaseError | JoseError) -> tuple[str, int]:
    description = request.args.get("error_description") or error.description or ""
    return render_template("relying_party.html", error=error.error or "error", description=description), 400


def _show_unreachable(_error: RequestException) -> tuple[str, int]:
    return render_template("relying_party.html", error="unreachable", description="The provider does not answer."), 502
