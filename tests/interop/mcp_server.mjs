// An MCP server whose tools are for people of the provider: npm's @modelcontextprotocol/sdk on Express, with metadata of RFC 9728 and
// tokens verified by jose. One tool wants a scope that its agent has not asked for at first, and says so (insufficient_scope).
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from "@modelcontextprotocol/sdk/server/auth/router.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { ISSUER, PORT } = process.env;
const resource = new URL(`http://127.0.0.1:${PORT}/mcp`);
const metadata = await (await fetch(`${ISSUER}/.well-known/oauth-authorization-server`)).json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

const verifier = {
  async verifyAccessToken(token) {
    const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: resource.href, typ: "at+jwt" }).catch((error) => {
      throw new InvalidTokenError(error.code);
    });
    const scopes = payload.scope.split(" ");
    return { token, clientId: payload.client_id, scopes, expiresAt: payload.exp, extra: { sub: payload.sub } };
  },
};
const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(resource);
const guard = requireBearerAuth({ verifier, resourceMetadataUrl });

function makeServer() {
  const server = new McpServer({ name: "Tea House", version: "1.0.0" });
  const whoami = ({ authInfo }) => {
    const told = { sub: authInfo.extra.sub, client_id: authInfo.clientId, scopes: authInfo.scopes };
    return { content: [{ type: "text", text: JSON.stringify(told) }] };
  };
  server.registerTool("whoami", { description: "Say who asks, and by which agent." }, whoami);
  server.registerTool("order", { description: "Order tea; wants the scope tea.order." }, whoami);
  return server;
}

const app = createMcpExpressApp();
app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: resource, scopesSupported: ["tea.look", "offline_access"] }));
// Which scopes an agent asks for at first it reads in the metadata, offline_access among them, which no token for this server holds.
const more = `Bearer error="insufficient_scope", scope="tea.look tea.order offline_access", resource_metadata="${resourceMetadataUrl}"`;
const wide = (request, response, next) =>
  request.auth.scopes.includes("tea.order") ? next() : response.status(403).set("WWW-Authenticate", more).end();
app.post(
  "/mcp",
  guard,
  (request, response, next) => (request.body?.params?.name === "order" ? wide(request, response, next) : next()),
  async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
    await makeServer().connect(transport);
    await transport.handleRequest(request, response, request.body);
  },
);
app.all("/mcp", guard, (_request, response) => response.status(405).end());
app.listen(Number(PORT), "127.0.0.1");
