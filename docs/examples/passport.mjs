// A first connection with passport (Express): `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… node passport.mjs`
// passport-openidconnect sends no PKCE: declare "require_pkce": false, with the redirect URI http://localhost:PORT/callback
import { randomBytes } from "node:crypto";
import express from "express";
import session from "express-session";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const provider = await (await fetch(`${ISSUER}/.well-known/openid-configuration`)).json();
const strategy = new OpenIDConnectStrategy(
  {
    issuer: provider.issuer,
    authorizationURL: provider.authorization_endpoint,
    tokenURL: provider.token_endpoint,
    userInfoURL: provider.userinfo_endpoint,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    callbackURL: `http://localhost:${PORT}/callback`,
    scope: ["profile", "email", "establishment", "establishments"],
    nonce: true,
  },
  // Seven parameters: passport counts them to know what to give.
  (issuer, profile, context, idToken, accessToken, refreshToken, done) =>
    person(accessToken).then((found) => done(null, found), done),
);
passport.use("lopcommerce", strategy);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

/** passport keeps the claims it knows alone: the establishments are asked for here. */
async function person(accessToken) {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await fetch(provider.userinfo_endpoint, { headers })).json();
}

const secret = randomBytes(32).toString("base64url");
const app = express();
app.use(session({ secret, resave: false, saveUninitialized: false }));
app.use(passport.session());
app.get("/", (request, response) =>
  request.user ? response.json(request.user) : response.redirect("/login"),
);
app.get("/login", passport.authenticate("lopcommerce"));
app.get("/callback", passport.authenticate("lopcommerce", { successRedirect: "/" }));
app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://localhost:${PORT}`));
