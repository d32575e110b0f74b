// An agent: npm's @modelcontextprotocol/sdk as a client. It prints the address that its person has to open, one a line, and at last what
// it learnt. DOCUMENT_URL is the address of its metadata, where it has one; without, it registers itself.
import { createServer } from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError, auth } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const { MCP_URL, AGENT_PORT, DOCUMENT_URL } = process.env;
const redirectUrl = `http://127.0.0.1:${AGENT_PORT}/callback`;
const say = (what) => console.log(JSON.stringify(what));

// The person comes back to a port of the agent's own.
let came;
const listener = createServer((request, response) => {
  const url = new URL(request.url, redirectUrl);
  response.end("back");
  if (url.pathname === "/callback") came(url.searchParams.get("code"));
}).listen(Number(AGENT_PORT), "127.0.0.1");

const granted = [];
const memory = {};
const provider = {
  redirectUrl,
  clientMetadataUrl: DOCUMENT_URL,
  clientMetadata: {
    client_name: "Travel Agent",
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
  },
  clientInformation: () => memory.client,
  saveClientInformation: (client) => void (memory.client = client),
  tokens: () => memory.tokens,
  saveTokens: (tokens) => {
    memory.tokens = tokens;
    granted.push(tokens);
  },
  saveCodeVerifier: (verifier) => void (memory.verifier = verifier),
  codeVerifier: () => memory.verifier,
  redirectToAuthorization: (url) => {
    memory.code = new Promise((resolve) => (came = resolve));
    say({ open: String(url) });
  },
};

let client;
let transport;
async function connect() {
  transport = new StreamableHTTPClientTransport(new URL(MCP_URL), { authProvider: provider });
  client = new Client({ name: "travel-agent", version: "1.0.0" });
  await client.connect(transport);
}

// Do something, with the person's help where the provider asks for it.
async function withPerson(act) {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport.finishAuth(await memory.code);
    return await act();
  }
}

async function ask(name) {
  const answer = await client.callTool({ name });
  return JSON.parse(answer.content[0].text);
}

await withPerson(connect);
const learnt = { first: await ask("whoami") };
await auth(provider, { serverUrl: MCP_URL }); // there is a refresh token: it is used
learnt.refreshed = await ask("whoami");
const { refresh_token: _unused, ...narrow } = memory.tokens;
memory.tokens = narrow; // a refresh widens nothing: the person is asked
learnt.ordered = await withPerson(() => ask("order"));
say({ ...learnt, client_id: memory.client.client_id, tokens: granted });
await client.close();
listener.close();
