"""Snippets for devices (RFC 8628): a program that asks, shows its code, and waits."""

from idp.admin.quickstart.facts import SECRET_NAME, Facts, quoted


def program(facts: Facts) -> str:
    """Return a whole Python program that signs somebody in on another device; a secret comes from the environment."""
    proof = f'{{"auth": ({quoted(facts.client_id)}, os.environ["{SECRET_NAME}"])}}' if facts.has_secret else "{}"
    named = "{}" if facts.has_secret else f'{{"client_id": {quoted(facts.client_id)}}}'
    needed = "import os\nimport time" if facts.has_secret else "import time"
    return f"""\
{needed}

import requests  # pip install requests

ISSUER = {quoted(facts.issuer)}
NAMED, PROOF = {named}, {proof}


def send(path, **form):
    return requests.post(ISSUER + path, data=NAMED | form, timeout=10, **PROOF).json()


asked = send("/oauth/device", scope={quoted(facts.scope)})
print(f"Open {{asked['verification_uri']}} and type {{asked['user_code']}}, or open", flush=True)
print(asked["verification_uri_complete"], flush=True)
wait, grant = asked["interval"], "urn:ietf:params:oauth:grant-type:device_code"
while True:
    time.sleep(wait)
    answer = send("/oauth/token", grant_type=grant, device_code=asked["device_code"])
    error = answer.get("error")
    if error == "slow_down":
        wait += 5
    elif error != "authorization_pending":
        break
if error:
    raise SystemExit(error)  # access_denied, or expired_token: begin anew
bearer = {{"Authorization": f"Bearer {{answer['access_token']}}"}}
print(requests.get(ISSUER + "/oauth/userinfo", headers=bearer, timeout=10).json())
"""
