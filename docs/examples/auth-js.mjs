// A first connection with Auth.js (Express): `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… node auth-js.mjs`
// Its redirect URI is http://localhost:PORT/auth/callback/lopcommerce
import { randomBytes } from "node:crypto";
import { ExpressAuth, getSession } from "@auth/express";
import express from "express";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const config = {
  secret: randomBytes(32).toString("base64url"),
  trustHost: true,
  providers: [
    {
      id: "lopcommerce",
      name: "l'Opcommerce",
      type: "oidc",
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      checks: ["pkce", "state", "nonce"],
      authorization: {
        params: { scope: "openid profile email establishment establishments" },
      },
      // The claims are in userinfo; or declare "id_token_claims": true and leave this out.
      idToken: false,
      profile: ({ sub, ...claims }) => ({ id: sub, ...claims }),
    },
  ],
  callbacks: {
    jwt: ({ token, profile }) => (profile ? { ...token, person: profile } : token),
    session: ({ session, token }) => ({ ...session, user: token.person }),
  },
};

const app = express();
app.use("/auth", ExpressAuth(config));
app.get("/", async (request, response) => {
  const session = await getSession(request, config);
  if (session) response.json(session.user);
  else response.redirect("/auth/signin");
});
app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://localhost:${PORT}`));
