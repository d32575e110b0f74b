// An app on openid-client that takes signed answers alone (JARM), and an API that exchanges the token it is called with for one to call
// the next API with (RFC 8693), which verifies it by jose. Started by test_openid_client.py; API_ID and API_SECRET are those of the API's client.
import { home, serve } from "./party.mjs";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, ALGORITHM, API_ID, API_SECRET, AUDIENCE } = process.env;
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const app = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  { authorization_signed_response_alg: ALGORITHM },
  client.ClientSecretBasic(CLIENT_SECRET),
  { execute: [client.allowInsecureRequests, client.useJwtResponseMode] },
);
const api = await client.discovery(new URL(ISSUER), API_ID, {}, client.ClientSecretPost(API_SECRET), {
  execute: [client.allowInsecureRequests],
});
const published = createRemoteJWKSet(new URL(app.serverMetadata().jwks_uri));
let pending;

async function begin() {
  pending = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(app, {
    redirect_uri: `${home}/callback`,
    scope: "openid email stock.read stock.write",
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: pending.expectedState,
    nonce: pending.expectedNonce,
  });
  return url.href;
}

async function exchange(subject_token, scope) {
  const parameters = { subject_token, subject_token_type: ACCESS_TOKEN, audience: AUDIENCE, scope };
  try {
    return await client.genericGrantRequest(api, EXCHANGE, parameters);
  } catch (error) {
    return { refused: error.error };
  }
}

async function finish(url) {
  const told = [...url.searchParams.keys()];
  let tokens;
  try {
    tokens = await client.authorizationCodeGrant(app, url, pending);
  } catch (error) {
    if (!(error instanceof client.AuthorizationResponseError)) throw error;
    return { told, refused: error.error };
  }
  const exchanged = await exchange(tokens.access_token, "stock.read");
  const wider = await exchange(tokens.access_token, "stock.write");
  // What the next API does with the token that it is called with.
  const next = await jwtVerify(exchanged.access_token, published, { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt" });
  return { told, claims: tokens.claims(), exchanged, wider, next: next.payload };
}

serve(begin, finish);
