import {
  type Tokens,
  type Visitor,
  authorizeAgain,
  exchangeCode,
  expect,
  newVisitor,
  postAsClient,
  signIn,
} from "./flows.ts";
import type { Connection } from "./http-connection.ts";
import { keycloakPath, keycloakToken } from "./keycloak-server.ts";

/** One request, or one flow of several, done again and again on a connection of its own. */
export type Step = () => Promise<unknown>;

/** What a connection does before it is measured, and then again and again. */
export type Workload = (connection: Connection, index: number) => Promise<Step>;

/** Each has people of its own who take turns: no two sign-ins of one account at a time. */
const browsersAConnection = 10;

/** What the library keeps while somebody is signed in, or signing in; of both builds. */
const sessionCookies = /^(?:session|interaction|resume)\b/;

/** A step that is one request without a body. */
function get(path: string): Workload {
  return (connection) =>
    Promise.resolve(async () => expect(await connection.send({ method: "GET", path }), 200));
}

/** The tokens of somebody who signed in for this connection. */
async function tokensFor(connection: Connection, index: number): Promise<Tokens> {
  const visitor = newVisitor(connection);
  return exchangeCode(visitor, await signIn(visitor, index));
}

/** What a person does whose browser is known and has no session. */
function knownBrowsers(act: (visitor: Visitor, account: number) => Promise<unknown>): Workload {
  return async (connection, index) => {
    const browsers: Visitor[] = [];
    for (let nth = 0; nth < browsersAConnection; nth++) {
      const browser = newVisitor(connection);
      await signIn(browser, index + 10 * nth);
      browsers.push(browser);
    }
    let turn = 0;
    return () => {
      turn = (turn + 1) % browsersAConnection;
      const browser = newVisitor(connection);
      for (const [name, value] of browsers[turn]?.cookies ?? [])
        if (!sessionCookies.test(name)) browser.cookies.set(name, value);
      return act(browser, index + 10 * turn);
    };
  };
}

/** The workloads of closed loops, by the names of performance.md's goals. */
export const workloads = {
  discovery: get("/.well-known/openid-configuration"),
  jwks: get("/jwks"),
  hello: get("/"),
  "client-credentials": (connection) => {
    const fields = { grant_type: "client_credentials" };
    return Promise.resolve(async () =>
      expect(await postAsClient(connection, "/token", fields), 200),
    );
  },
  refresh: async (connection, index) => {
    const { refreshToken } = await tokensFor(connection, index);
    const fields = { grant_type: "refresh_token", refresh_token: refreshToken };
    return async () => expect(await postAsClient(connection, "/token", fields), 200);
  },
  userinfo: async (connection, index) => {
    const { accessToken } = await tokensFor(connection, index);
    const headers = { authorization: `Bearer ${accessToken}` };
    return async () => expect(await connection.send({ method: "GET", path: "/me", headers }), 200);
  },
  "keycloak-userinfo": async (connection, index) => {
    const headers = { authorization: `Bearer ${await keycloakToken(connection, index)}` };
    const request = { method: "GET", path: keycloakPath("userinfo"), headers } as const;
    return async () => expect(await connection.send(request), 200);
  },
  introspection: async (connection, index) => {
    const { accessToken } = await tokensFor(connection, index);
    const fields = { token: accessToken };
    return async () => {
      const answer = expect(await postAsClient(connection, "/token/introspection", fields), 200);
      if (!answer.body.includes('"active":true'))
        throw new Error("an active token is said inactive");
    };
  },
  "code-flow-session-kept": async (connection, index) => {
    const visitor = newVisitor(connection);
    await signIn(visitor, index);
    return async () => exchangeCode(visitor, await authorizeAgain(visitor));
  },
  /** The account does not know the browser, and is told so in a letter. */
  "code-flow-fresh-browser": (connection, index) => {
    let account = index;
    return Promise.resolve(async () => {
      const visitor = newVisitor(connection);
      // Each connection has accounts of its own: no two sign-ins of one account at a time.
      account = (account + 10) % 1000;
      return exchangeCode(visitor, await signIn(visitor, account));
    });
  },
  /** As most are: without a session, in a browser that the account knows. */
  "sign-in": knownBrowsers(signIn),
  "code-flow-known-browser": knownBrowsers(async (visitor, account) =>
    exchangeCode(visitor, await signIn(visitor, account)),
  ),
} satisfies Record<string, Workload>;

/** The name of one of {@link workloads}. */
export type WorkloadName = keyof typeof workloads;
