// A first connection with openid-client 6 (Node): `ISSUER=… CLIENT_ID=… CLIENT_SECRET=… PORT=… node openid-client.mjs`
import { createServer } from "node:http";
import * as openid from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const home = `http://localhost:${PORT}`;
const insecure = ISSUER.startsWith("http:")
  ? { execute: [openid.allowInsecureRequests] }
  : undefined;
const provider = await openid.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  CLIENT_SECRET,
  undefined,
  insecure,
);
const attempts = new Map(); // by state: keep them in the person's session instead

createServer(async (request, response) => {
  const url = new URL(request.url, home);
  if (url.pathname === "/callback") {
    const { verifier } = attempts.get(url.searchParams.get("state")) ?? {};
    const checks = { pkceCodeVerifier: verifier, expectedState: url.searchParams.get("state") };
    const tokens = await openid.authorizationCodeGrant(provider, url, checks);
    const person = await openid.fetchUserInfo(provider, tokens.access_token, tokens.claims().sub);
    response.end(JSON.stringify(person));
    return;
  }
  const [state, verifier] = [openid.randomState(), openid.randomPKCECodeVerifier()];
  attempts.set(state, { verifier });
  const address = openid.buildAuthorizationUrl(provider, {
    redirect_uri: `${home}/callback`,
    scope: "openid profile email establishment establishments",
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  response.writeHead(302, { location: address.href }).end();
}).listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${home}`));
