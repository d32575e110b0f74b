// A page that signs in by itself, with oidc-client-ts, and the server that serves it. Started by test_more_libraries.py.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const library = readFileSync(new URL("./node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js", import.meta.url));
const settings = JSON.stringify({ issuer: process.env.ISSUER, client: process.env.CLIENT_ID, home: process.env.HOME_URL });
const page = `<!doctype html><title>Party</title><body><script src="/library.js"></script><script>
const given = ${settings};
const manager = new oidc.UserManager({
  authority: given.issuer,
  client_id: given.client,
  redirect_uri: given.home + "/callback",
  scope: "openid profile email offline_access",
  loadUserInfo: true,
});
async function run() {
  if (location.pathname !== "/callback") return manager.signinRedirect();
  const user = await manager.signinRedirectCallback();
  const renewed = await manager.signinSilent();
  document.body.textContent = JSON.stringify({ ...user.profile, rotated: renewed.refresh_token !== user.refresh_token });
}
run().catch((error) => (document.body.textContent = JSON.stringify({ error: String(error) })));
</script>`;

createServer((request, response) => {
  const isLibrary = request.url === "/library.js";
  response.writeHead(200, { "content-type": isLibrary ? "text/javascript" : "text/html" });
  response.end(isLibrary ? library : page);
}).listen(Number(process.env.PORT), "127.0.0.1");
