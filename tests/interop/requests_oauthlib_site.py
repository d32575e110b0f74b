"""A relying party on requests-oauthlib, which speaks OAuth 2.0 and leaves ID tokens alone. Started by test_more_libraries.py."""

import os

from requests_oauthlib import OAuth2Session
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ISSUER, HOME = os.environ["ISSUER"], os.environ["HOME_URL"]
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # on loopback alone

kept: dict[str, OAuth2Session] = {}


@Request.application
def site(request: Request) -> Response:
    """Send the browser to the provider, and tell what userinfo says."""
    if request.path != "/callback":
        session = OAuth2Session(
            os.environ["CLIENT_ID"],
            redirect_uri=f"{HOME}/callback",
            scope=["openid", "profile", "email"],
            pkce="S256",
        )
        address, state = session.authorization_url(f"{ISSUER}/oauth/authorize")
        kept[state] = session
        return Response(status=303, headers={"Location": address})
    session = kept.pop(request.args["state"])
    session.fetch_token(
        f"{ISSUER}/oauth/token",
        code=request.args["code"],
        client_secret=os.environ["CLIENT_SECRET"],
    )
    return Response(session.get(f"{ISSUER}/oauth/userinfo").text, mimetype="application/json")


if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ["PORT"]), site, threaded=True).serve_forever()
