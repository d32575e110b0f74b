// A relying party on express-openid-connect, which asks with response_type=id_token unless told otherwise. Started by test_more_libraries.py.
import { randomBytes } from "node:crypto";
import express from "express";
import { auth } from "express-openid-connect";

const app = express();
app.use(
  auth({
    issuerBaseURL: process.env.ISSUER,
    baseURL: process.env.HOME_URL,
    clientID: process.env.CLIENT_ID,
    clientSecret: process.env.CLIENT_SECRET,
    secret: process.env.SESSION_SECRET ?? randomBytes(32).toString("hex"),
    authorizationParams: { response_type: "code", scope: "openid profile email" },
    idpLogout: true,
  }),
);
app.get("/", (request, response) => response.json(request.oidc.user));
app.listen(Number(process.env.PORT), "127.0.0.1");
