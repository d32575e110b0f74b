// What the relying parties in JavaScript share: an HTTP server on loopback whose pages answer JSON, and the reading of a private key.
// The environment has ISSUER, CLIENT_ID, HOME_URL and PORT, and CLIENT_SECRET or PRIVATE_KEY (a JWK) where the client has one.
// To be imported before the libraries: Node 18 has Web Crypto, but not yet as the globals that they expect.
import { webcrypto } from "node:crypto";
import { createServer } from "node:http";

globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

export const home = process.env.HOME_URL;

// The client's private key as Web Crypto has it.
export async function readPrivateKey() {
  const { kid, ...jwk } = JSON.parse(process.env.PRIVATE_KEY);
  const key = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: jwk.crv }, false, ["sign"]);
  return { key, kid };
}

// Serve `begin()`, which returns the address of an authorization request, at /, and `finish(url)`, which returns what was learnt, at
// /callback; any other page tells its own address.
export function serve(begin, finish) {
  const routes = {
    "/": async () => [303, { location: await begin() }, ""],
    "/callback": async (url) => [200, {}, await finish(url)],
  };
  createServer((request, response) => {
    const url = new URL(request.url, home);
    const route = routes[url.pathname] ?? (async () => [200, {}, { path: request.url }]);
    route(url)
      .catch((error) => [500, {}, { error: error.code ?? error.message, cause: String(error.cause ?? error.stack) }])
      .then(([status, headers, body]) => {
        response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
      });
  }).listen(Number(process.env.PORT), "127.0.0.1");
}
