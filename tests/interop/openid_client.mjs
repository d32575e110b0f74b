// A relying party on openid-client: signs in with PKCE, reads userinfo, refreshes, and signs out. Started by test_openid_client.py
// with the issuer, the client and its own port as arguments; every page answers JSON.
import { createServer } from "node:http";
import * as client from "openid-client";

const [issuer, clientId, clientSecret, port] = process.argv.slice(2);
const home = `http://127.0.0.1:${port}`;
const authentication = clientSecret === "-" ? client.None() : undefined;
const config = await client.discovery(
  new URL(issuer),
  clientId,
  clientSecret === "-" ? undefined : clientSecret,
  authentication,
  { execute: [client.allowInsecureRequests] },
);
let pending;

async function begin(response) {
  pending = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: `${home}/callback`,
    scope: "openid profile email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  });
  response.writeHead(303, { location: url.href }).end();
}

async function finish(request, response) {
  const tokens = await client.authorizationCodeGrant(config, new URL(request.url, home), pending);
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const logout = client.buildEndSessionUrl(config, {
    id_token_hint: refreshed.id_token,
    post_logout_redirect_uri: `${home}/goodbye`,
    state: "leaving",
  });
  const answer = { claims, userinfo, rotated: "refresh_token" in refreshed, scope: tokens.scope, logout: logout.href };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
}

createServer((request, response) => {
  const path = new URL(request.url, home).pathname;
  const routes = { "/": () => begin(response), "/callback": () => finish(request, response) };
  const route = routes[path];
  if (!route) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ path: request.url }));
    return;
  }
  route().catch((error) => {
    const answer = { error: error.code ?? error.message, cause: String(error.cause ?? "") };
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
