// A device on oauth4webapi: asks, prints the link for its person, polls with DPoP proofs, and prints what it learnt. Started by
// test_oauth4webapi.py.
import * as oauth from "oauth4webapi";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(process.env.ISSUER);
const provider = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
const client = { client_id: process.env.CLIENT_ID };
const authenticate = oauth.None();
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
const scope = "openid profile email offline_access";

const begun = await oauth.processDeviceAuthorizationResponse(
  provider, client, await oauth.deviceAuthorizationRequest(provider, client, authenticate, { scope }, insecure),
);
console.log(begun.verification_uri_complete);

const errors = [];
let tokens;
while (tokens === undefined) {
  await new Promise((resolve) => setTimeout(resolve, begun.interval * 1000));
  const response = await oauth.deviceCodeGrantRequest(
    provider, client, authenticate, begun.device_code, { ...insecure, DPoP },
  );
  try {
    tokens = await oauth.processDeviceCodeResponse(provider, client, response);
  } catch (problem) {
    if (!(problem instanceof oauth.ResponseBodyError) || problem.error !== "authorization_pending") throw problem;
    errors.push(problem.error);
  }
}
const claims = oauth.getValidatedIdTokenClaims(tokens);
const userinfo = await oauth.processUserInfoResponse(
  provider, client, claims.sub,
  await oauth.userInfoRequest(provider, client, tokens.access_token, { ...insecure, DPoP }),
);
const again = await oauth.processRefreshTokenResponse(
  provider, client,
  await oauth.refreshTokenGrantRequest(provider, client, authenticate, tokens.refresh_token, { ...insecure, DPoP }),
);
console.log(JSON.stringify({ claims, userinfo, errors, type: tokens.token_type, refreshed: again.token_type }));
