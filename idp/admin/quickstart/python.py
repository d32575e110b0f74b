"""Snippets for Flask, Django and FastAPI."""

import shlex
from urllib.parse import unquote, urlsplit

from idp.admin.quickstart.facts import DISCOVERY, SECRET_NAME, Facts, quoted
from idp.config import LOOPBACK_HOSTS


def flask_program(issuer: str, redirect_uri: str, scope: str, *, has_secret: bool = True) -> str:
    """Return a whole Flask application that signs people in; it takes `CLIENT_ID` and `CLIENT_SECRET` from the environment."""
    callback = unquote(urlsplit(redirect_uri).path) or "/"
    start = "/" if callback != "/" else "/start"
    secret = f'    client_secret=os.environ["{SECRET_NAME}"],\n' if has_secret else ""
    public = "" if has_secret else ', "token_endpoint_auth_method": "none"'
    return f"""\
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask

app = Flask(__name__)
app.secret_key = os.urandom(32)  # for one process; several need the same one
gatehouse = OAuth(app).register(
    "gatehouse",
    client_id=os.environ["CLIENT_ID"],
{secret}    server_metadata_url={quoted(issuer + DISCOVERY)},
    client_kwargs={{"scope": {quoted(scope)}, "code_challenge_method": "S256"{public}}},
)


@app.get("{start}")
def sign_in():
    return gatehouse.authorize_redirect({quoted(redirect_uri)})


@app.get({quoted(callback)})
def callback():
    token = gatehouse.authorize_access_token()
    return dict(gatehouse.userinfo(token=token))
"""


def flask_commands(client_id: str, redirect_uri: str, *, has_secret: bool = True) -> str:
    """Return the shell's lines that install what the program needs, tell it its client, and start it where its callback is."""
    parts = urlsplit(redirect_uri)
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    host = " --host ::1" if is_here and parts.hostname == "::1" else ""
    port = (parts.port or 80) if is_here else 8000
    secret = f"export {SECRET_NAME}='...'\n" if has_secret else ""
    return f"""\
python3 -m venv shop-env && . shop-env/bin/activate
pip install flask authlib requests
export CLIENT_ID={shlex.quote(client_id)}
{secret}flask --app shop.py run{host} --port {port}
"""


def django_settings(facts: Facts) -> str:
    """Return what django-allauth reads of the settings of a Django site."""
    return f"""\
# settings.py, beside what django-allauth's own page on installation lists: pip install "django-allauth[socialaccount]"
# INSTALLED_APPS needs "allauth.socialaccount.providers.openid_connect". Sign-in begins at /accounts/oidc/gatehouse/login/
import os

SOCIALACCOUNT_PROVIDERS = {{
    "openid_connect": {{
        "OAUTH_PKCE_ENABLED": True,
        "SCOPE": {quoted_list(facts.scope)},
        "APPS": [
            {{
                "provider_id": "gatehouse",
                "name": "Gatehouse",
                "client_id": {quoted(facts.client_id)},
                "secret": os.environ["{SECRET_NAME}"],
                "settings": {{"server_url": {quoted(facts.issuer)}}},
            }}
        ],
    }}
}}
"""


def fastapi_program(facts: Facts) -> str:
    """Return a whole FastAPI application that signs people in."""
    return f"""\
# shop.py: pip install fastapi uvicorn authlib httpx itsdangerous; uvicorn shop:app
import os

from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key=os.urandom(32).hex())  # for one process; several need the same one
gatehouse = OAuth().register(
    "gatehouse",
    client_id={quoted(facts.client_id)},
    client_secret=os.environ["{SECRET_NAME}"],
    server_metadata_url={quoted(facts.issuer + DISCOVERY)},
    client_kwargs={{"scope": {quoted(facts.scope)}, "code_challenge_method": "S256"}},
)


@app.get("{facts.start}")
async def sign_in(request: Request):
    return await gatehouse.authorize_redirect(request, {quoted(facts.redirect_uri)})


@app.get({quoted(facts.callback)})
async def callback(request: Request):
    token = await gatehouse.authorize_access_token(request)
    return dict(await gatehouse.userinfo(token=token))
"""


def quoted_list(words: str) -> str:
    """Return words as a literal list."""
    return "[" + ", ".join(quoted(word) for word in words.split()) + "]"
