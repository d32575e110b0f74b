// An API that verifies access tokens with jose: `node jose_api.mjs TOKEN` prints the claims. Run by test_more_libraries.py.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
const { createRemoteJWKSet, jwtVerify } = await import("jose");

const keys = createRemoteJWKSet(new URL(`${process.env.ISSUER}/.well-known/jwks.json`));
const { payload } = await jwtVerify(process.argv[2], keys, {
  issuer: process.env.ISSUER,
  audience: process.env.ISSUER,
  typ: "at+jwt",
  algorithms: ["ES256"],
});
console.log(JSON.stringify(payload));
