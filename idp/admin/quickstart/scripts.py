"""Snippets for Next.js, Express and single-page apps."""

from idp.admin.quickstart.facts import SECRET_NAME, Facts, quoted


def auth_js(facts: Facts) -> str:
    """Return the file `auth.ts` of Auth.js 5, which reads name and e-mail address from the ID token alone."""
    return f"""\
// auth.ts; {_told(facts)}
import NextAuth from "next-auth";

export const {{ handlers, signIn, signOut, auth }} = NextAuth({{
  providers: [
    {{
      id: "gatehouse",
      name: "Gatehouse",
      type: "oidc",
      issuer: {quoted(facts.issuer)},
      clientId: {quoted(facts.client_id)},
      clientSecret: process.env.{SECRET_NAME},
      authorization: {{ params: {{ scope: {quoted(facts.scope)} }} }},
      checks: ["pkce", "state", "nonce"],
    }},
  ],
}});
"""


def express(facts: Facts) -> str:
    """Return a whole application on express-openid-connect, which reads name and e-mail address from the ID token alone."""
    return f"""\
// shop.mjs: npm install express express-openid-connect
// {_told(facts)}
import {{ randomBytes }} from "node:crypto";
import express from "express";
import openid from "express-openid-connect";

const app = express();
app.use(
  openid.auth({{
    issuerBaseURL: {quoted(facts.issuer)},
    baseURL: {quoted(facts.origin)},
    clientID: {quoted(facts.client_id)},
    clientSecret: process.env.{SECRET_NAME},
    secret: process.env.SESSION_SECRET ?? randomBytes(32).toString("hex"), // several processes need the same one
    authorizationParams: {{ response_type: "code", scope: {quoted(facts.scope)} }},
    routes: {{ callback: {quoted(facts.callback)} }},
  }}),
);
app.get("/", (request, response) => response.json(request.oidc.user));
app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
"""


def oidc_client_ts(facts: Facts) -> str:
    """Return how a single-page app signs people in with oidc-client-ts."""
    return f"""\
// npm install oidc-client-ts
import {{ UserManager }} from "oidc-client-ts";

const manager = new UserManager({{
  authority: {quoted(facts.issuer)},
  client_id: {quoted(facts.client_id)},
  redirect_uri: {quoted(facts.redirect_uri)},
  scope: {quoted(facts.scope)},
  loadUserInfo: true,
}});

// On the page that begins the sign-in:
await manager.signinRedirect();

// On the page of the redirect URI:
const user = await manager.signinCallback();
console.log(user.profile);
"""


def _told(facts: Facts) -> str:
    if facts.claims_in_id_token:
        return "This client's ID tokens have the claims that Auth.js and express-openid-connect show."
    return 'Switch on "Claims in the ID token too" (Advanced), or Auth.js and express-openid-connect show empty users.'
