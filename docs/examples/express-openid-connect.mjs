// A first connection with express-openid-connect: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… node express-openid-connect.mjs`
// Its redirect URI is http://localhost:PORT/callback, its backchannel_logout_uri http://localhost:PORT/backchannel-logout
import { randomBytes } from "node:crypto";
import express from "express";
import openid from "express-openid-connect";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const home = `http://localhost:${PORT}`;

/** What express-openid-connect asks of a store, as express-session has it: keep sessions in a database instead. */
class Store {
  #kept = new Map();
  get(id, done) {
    done(null, this.#kept.get(id));
  }
  set(id, session, done) {
    this.#kept.set(id, session);
    done?.(null);
  }
  destroy(id, done) {
    this.#kept.delete(id);
    done?.(null);
  }
}

const app = express();
app.use(
  openid.auth({
    issuerBaseURL: ISSUER,
    baseURL: home,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    secret: randomBytes(32).toString("base64url"),
    // Without it an ID token is asked for by a form, which is not served.
    authorizationParams: {
      response_type: "code",
      scope: "openid profile email establishment establishments offline_access",
    },
    // A sign-out ends the session here too, and comes back to the address as it is registered: with its slash.
    idpLogout: true,
    routes: { postLogoutRedirect: "/" },
    // A sign-out elsewhere ends the session there: the client has "backchannel_logout_session_required": true.
    backchannelLogout: true,
    session: { store: new Store() },
  }),
);

/** The claims are in userinfo. */
const person = (request) => request.oidc.fetchUserInfo();

app.get("/", async (request, response) => response.json(await person(request)));
app.get("/refresh", async (request, response) => {
  await request.oidc.accessToken.refresh();
  response.json(await person(request));
});
app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${home}`));
