// A relying party on oauth4webapi as FAPI 2.0 has it: pushes its request, proves itself with its key, and binds its tokens to another key by
// DPoP, whose nonces it learns from the provider. Started by test_oauth4webapi.py.
import { home, readPrivateKey, serve } from "./party.mjs";
import * as oauth from "oauth4webapi";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(process.env.ISSUER);
const provider = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: process.env.CLIENT_ID, id_token_signed_response_alg: process.env.ALGORITHM };
const redirectUri = `${home}/callback`;
const authenticate = oauth.PrivateKeyJwt(await readPrivateKey());
const proof = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
const bound = { DPoP: proof, ...insecure };
const learnt = { nonces: 0 };
let pending;

// Do what the provider may refuse once for want of its nonce.
async function withNonce(step) {
  try {
    return await step();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    learnt.nonces += 1;
    return step();
  }
}

async function begin() {
  pending = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() };
  const parameters = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid profile email offline_access",
    code_challenge: await oauth.calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
  });
  const pushed = await withNonce(async () => {
    const response = await oauth.pushedAuthorizationRequest(provider, client, authenticate, parameters, bound);
    return oauth.processPushedAuthorizationResponse(provider, client, response);
  });
  const url = new URL(provider.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
  return url.href;
}

async function redeem(url) {
  const callback = oauth.validateAuthResponse(provider, client, url, pending.state);
  const expected = { expectedNonce: pending.nonce, requireIdToken: true };
  return withNonce(async () => {
    const response = await oauth.authorizationCodeGrantRequest(
      provider, client, authenticate, callback, redirectUri, pending.verifier, bound,
    );
    return oauth.processAuthorizationCodeResponse(provider, client, response, expected);
  });
}

async function refresh(token) {
  const response = await oauth.refreshTokenGrantRequest(provider, client, authenticate, token, bound);
  return oauth.processRefreshTokenResponse(provider, client, response);
}

async function finish(url) {
  const tokens = await redeem(url);
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const response = await oauth.userInfoRequest(provider, client, tokens.access_token, bound);
  const userinfo = await oauth.processUserInfoResponse(provider, client, claims.sub, response);
  const refreshed = await refresh(tokens.refresh_token);
  const stolen = await fetch(provider.userinfo_endpoint, { headers: { authorization: `Bearer ${refreshed.access_token}` } });
  return { ...learnt, claims, userinfo, type: refreshed.token_type, stolen: stolen.status };
}

serve(begin, finish);
