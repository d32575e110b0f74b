// A relying party on Auth.js (@auth/core, beneath next-auth 5 and its sisters). Started by test_more_libraries.py.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
const { Auth } = await import("@auth/core");
const home = process.env.HOME_URL;

const config = {
  basePath: "/auth",
  trustHost: true,
  secret: process.env.AUTH_SECRET ?? randomBytes(32).toString("hex"),
  providers: [
    {
      id: "gatehouse",
      name: "Gatehouse",
      type: "oidc",
      issuer: process.env.ISSUER,
      clientId: process.env.CLIENT_ID,
      clientSecret: process.env.CLIENT_SECRET,
      checks: ["pkce", "state", "nonce"],
    },
  ],
  callbacks: { session: ({ session, token }) => ({ ...session.user, sub: token.sub }) },
};

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = request.method === "POST" ? Buffer.concat(chunks) : undefined;
  if (request.url === "/favicon.ico") return response.writeHead(404).end();
  const path = request.url === "/" ? "/auth/session" : request.url;
  const headers = new Headers(Object.entries(request.headers));
  const answer = await Auth(new Request(home + path, { method: request.method, headers, body }), config);
  answer.headers.getSetCookie().forEach((cookie) => response.appendHeader("set-cookie", cookie));
  answer.headers.forEach((value, name) => name === "set-cookie" || response.setHeader(name, value));
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
}).listen(Number(process.env.PORT), "127.0.0.1");
