// Sign-in with openid-client and Shared Signals with jose: `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… node signals-app.mjs`
// Its redirect URI is http://localhost:PORT/callback; its client needs `client_credentials` and `ssf.manage`.
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import * as openid from "openid-client";
import { hear } from "./signals-receiver.mjs";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const home = `http://localhost:${PORT}`;
const insecure = ISSUER.startsWith("http:") && { execute: [openid.allowInsecureRequests] };
const found = [new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, insecure || undefined];
const provider = await openid.discovery(...found);

// One browser is enough here: keep these in sessions instead.
const attempts = new Map();
const people = new Map(); // by sub

createServer(async (request, response) => {
  const url = new URL(request.url, home);
  const [person] = people.values();
  if (url.pathname === "/" && person) return response.end(JSON.stringify(person));
  if (url.pathname === "/callback") {
    const state = url.searchParams.get("state");
    const checks = { pkceCodeVerifier: attempts.get(state), expectedState: state };
    const tokens = await openid.authorizationCodeGrant(provider, url, checks);
    const { sub } = tokens.claims();
    people.set(sub, await openid.fetchUserInfo(provider, tokens.access_token, sub));
    return response.writeHead(302, { location: "/" }).end();
  }
  const [state, verifier] = [openid.randomState(), openid.randomPKCECodeVerifier()];
  attempts.set(state, verifier);
  const address = openid.buildAuthorizationUrl(provider, {
    redirect_uri: `${home}/callback`,
    scope: "openid profile email establishment establishments",
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return response.writeHead(302, { location: address.href }).end();
}).listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${home}`));

const caep = "https://schemas.openid.net/secevent/caep/event-type";
const risc = "https://schemas.openid.net/secevent/risc/event-type";
const events = [
  ...["session-revoked", "token-claims-change"].map((name) => `${caep}/${name}`),
  ...["account-disabled", "account-purged"].map((name) => `${risc}/${name}`),
];
const options = { issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, events };

// Whatever has changed, the next visit asks who they are and what they may, anew.
const act = (event, about, said) => {
  const { sub } = about.user ?? about;
  console.log(`${event} about ${sub}: ${JSON.stringify(said)}`);
  people.delete(sub);
};

// A provider that is restarted is found again; what came meanwhile waits there.
for (;;) {
  await hear(options, act).catch((error) => console.error(error.message));
  await pause(1000);
}
