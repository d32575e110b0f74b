// A relying party on oauth4webapi: signs in with PKCE, verifies the ID token with the provider's keys, reads userinfo, refreshes, and
// signs out; as an API it verifies the access token that it got. Started by test_oauth4webapi.py.
import { home, readPrivateKey, serve } from "./party.mjs";
import * as oauth from "oauth4webapi";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(process.env.ISSUER);
const provider = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: process.env.CLIENT_ID, id_token_signed_response_alg: process.env.ALGORITHM };
const redirectUri = `${home}/callback`;
let pending;

async function authentication() {
  if (process.env.PRIVATE_KEY) return oauth.PrivateKeyJwt(await readPrivateKey());
  return process.env.CLIENT_SECRET ? oauth.ClientSecretPost(process.env.CLIENT_SECRET) : oauth.None();
}
const authenticate = await authentication();

async function begin() {
  pending = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  };
  const url = new URL(provider.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile email offline_access",
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
  });
  return url.href;
}

async function redeem(url) {
  const callback = oauth.validateAuthResponse(provider, client, url, pending.state);
  const response = await oauth.authorizationCodeGrantRequest(
    provider, client, authenticate, callback, redirectUri, pending.verifier, insecure,
  );
  const expected = { expectedNonce: pending.nonce, requireIdToken: true };
  const tokens = await oauth.processAuthorizationCodeResponse(provider, client, response, expected);
  await oauth.validateApplicationLevelSignature(provider, response, insecure);
  return tokens;
}

async function refresh(token) {
  const response = await oauth.refreshTokenGrantRequest(provider, client, authenticate, token, insecure);
  const tokens = await oauth.processRefreshTokenResponse(provider, client, response);
  await oauth.validateApplicationLevelSignature(provider, response, insecure);
  return tokens;
}

async function finish(url) {
  const tokens = await redeem(url);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const response = await oauth.userInfoRequest(provider, client, tokens.access_token, insecure);
  const userinfo = await oauth.processUserInfoResponse(provider, client, claims.sub, response);
  const refreshed = await refresh(tokens.refresh_token);
  const asked = new Request(home, { headers: { authorization: `Bearer ${refreshed.access_token}` } });
  const access = await oauth.validateJwtAccessToken(provider, asked, process.env.ISSUER, insecure);
  const logout = new URL(provider.end_session_endpoint);
  logout.search = new URLSearchParams({
    id_token_hint: refreshed.id_token,
    post_logout_redirect_uri: `${home}/goodbye`,
    state: "leaving",
  });
  return { claims, userinfo, access, rotated: "refresh_token" in refreshed, logout: logout.href };
}

serve(begin, finish);
