// FAPI 2.0 with openid-client 6: `ISSUER=… CLIENT_ID=… PORT=… node openid-client-fapi.mjs`
// The client has "profile": "fapi2", the redirect URI http://localhost:PORT/callback and the jwks_uri http://localhost:PORT/jwks
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";

const { ISSUER, CLIENT_ID, PORT } = process.env;
const home = `http://localhost:${PORT}`;

// Its key: keep one in a file instead, and announce the next a minute before it signs.
const { publicKey, privateKey } = await generateKeyPair("PS256", { extractable: true });
const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "PS256", use: "sig" };
const signing = { key: privateKey, kid: jwk.kid };

const attempts = new Map(); // by state: keep them in the person's session instead
let signedIn;

async function connected() {
  const insecure = ISSUER.startsWith("http:")
    ? { execute: [openid.allowInsecureRequests] }
    : undefined;
  const auth = openid.PrivateKeyJwt(signing);
  const provider = await openid.discovery(new URL(ISSUER), CLIENT_ID, undefined, auth, insecure);
  const DPoP = openid.getDPoPHandle(provider, await openid.randomDPoPKeyPair("ES256"));
  return { provider, DPoP };
}
const { provider, DPoP } = await connected();

/** A signed request (JAR), pushed (PAR): the browser carries its reference alone. */
async function start() {
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const verifier = openid.randomPKCECodeVerifier();
  attempts.set(state, { nonce, verifier });
  const parameters = {
    redirect_uri: `${home}/callback`,
    scope: "openid profile email establishment",
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  };
  const signed = await openid.buildAuthorizationUrlWithJAR(provider, parameters, signing);
  return openid.buildAuthorizationUrlWithPAR(provider, signed.searchParams, { DPoP });
}

async function finish(url) {
  const state = url.searchParams.get("state");
  const { nonce, verifier } = attempts.get(state) ?? {};
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return openid.authorizationCodeGrant(provider, url, checks, undefined, { DPoP });
}

const person = ({ access_token, sub }) =>
  openid.fetchUserInfo(provider, access_token, sub, { DPoP });

async function answer(url) {
  if (url.pathname === "/jwks") return { keys: [jwk] };
  if (url.pathname === "/callback") {
    const tokens = await finish(url);
    signedIn = { ...tokens, sub: tokens.claims().sub };
  } else if (url.pathname === "/refresh") {
    const tokens = await openid.refreshTokenGrant(provider, signedIn.refresh_token, undefined, {
      DPoP,
    });
    signedIn = { ...signedIn, ...tokens };
  } else return undefined;
  return person(signedIn);
}

createServer(async (request, response) => {
  try {
    const told = await answer(new URL(request.url, home));
    if (told) response.setHeader("content-type", "application/json").end(JSON.stringify(told));
    else response.writeHead(302, { location: (await start()).href }).end();
  } catch (error) {
    response.writeHead(500).end(String(error.cause?.error_description ?? error));
  }
}).listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${home}`));
