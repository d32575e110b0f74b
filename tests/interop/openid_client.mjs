// A relying party on openid-client: signs in with PKCE, verifies the ID token with the provider's keys, reads userinfo, refreshes, and
// signs out. Started by test_openid_client.py.
import { home, readPrivateKey, serve } from "./party.mjs";
import * as client from "openid-client";

async function authentication() {
  if (process.env.PRIVATE_KEY) return client.PrivateKeyJwt(await readPrivateKey());
  return process.env.CLIENT_SECRET ? client.ClientSecretBasic(process.env.CLIENT_SECRET) : client.None();
}

const config = await client.discovery(
  new URL(process.env.ISSUER),
  process.env.CLIENT_ID,
  { id_token_signed_response_alg: process.env.ALGORITHM },
  await authentication(),
  { execute: [client.allowInsecureRequests] },
);
client.enableNonRepudiationChecks(config);
let pending;

async function begin() {
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
  return url.href;
}

async function finish(url) {
  const tokens = await client.authorizationCodeGrant(config, url, pending);
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const logout = client.buildEndSessionUrl(config, {
    id_token_hint: refreshed.id_token,
    post_logout_redirect_uri: `${home}/goodbye`,
    state: "leaving",
  });
  return { claims, userinfo, rotated: "refresh_token" in refreshed, logout: logout.href };
}

serve(begin, finish);
