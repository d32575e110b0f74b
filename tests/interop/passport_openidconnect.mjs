// A relying party on passport-openidconnect, which knows neither discovery nor PKCE. Started by test_more_libraries.py.
import { randomBytes } from "node:crypto";
import express from "express";
import session from "express-session";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";

const app = express();
passport.use(
  new OpenIDConnectStrategy(
    {
      issuer: process.env.ISSUER,
      authorizationURL: `${process.env.ISSUER}/oauth/authorize`,
      tokenURL: `${process.env.ISSUER}/oauth/token`,
      userInfoURL: `${process.env.ISSUER}/oauth/userinfo`,
      clientID: process.env.CLIENT_ID,
      clientSecret: process.env.CLIENT_SECRET,
      callbackURL: `${process.env.HOME_URL}/callback`,
      scope: ["profile", "email"],
      skipUserProfile: false,
    },
    (issuer, profile, done) => done(null, { sub: profile.id, email: profile.emails[0].value }),
  ),
);
app.use(session({ secret: randomBytes(32).toString("hex"), resave: false, saveUninitialized: false, name: "party" }));
app.get("/login", passport.authenticate("openidconnect"));
app.get("/callback", passport.authenticate("openidconnect", { session: false }), (request, response) =>
  response.json(request.user),
);
app.listen(Number(process.env.PORT), "127.0.0.1");
