import { createHash } from "node:crypto";
import { type Answer, type Connection, header, headers } from "./http-connection.ts";
import { benchClient, benchEmail, benchPassword } from "./targets.ts";

/** A browser and its relying party on one connection: they take turns anyway. */
export interface Visitor {
  readonly connection: Connection;
  /** Each value by its name: nothing here depends on paths or ages. */
  readonly cookies: Map<string, string>;
}

/** What a token request brought. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const authorization = `Basic ${Buffer.from(
  `${benchClient.client_id}:${benchClient.client_secret}`,
).toString("base64")}`;
const redirectUri = benchClient.redirect_uris[0] ?? "";
// PKCE's values may stay the same here: the server has the same work with each.
const verifier = "a-verifier-of-the-benchmark-0123456789-abcdefghij";
const challenge = createHash("sha256").update(verifier).digest("base64url");

const authorizationPath = `/auth?${new URLSearchParams({
  client_id: benchClient.client_id,
  response_type: "code",
  redirect_uri: redirectUri,
  scope: benchClient.scope,
  state: "state",
  nonce: "nonce",
  code_challenge: challenge,
  code_challenge_method: "S256",
}).toString()}`;

/** A visitor whose browser knows nothing yet. */
export function newVisitor(connection: Connection): Visitor {
  return { connection, cookies: new Map() };
}

/** From the authorization request to the code: through the sign-in page where there is one. */
export async function signIn(visitor: Visitor, account: number): Promise<string> {
  return finishSignIn(visitor, await postPassword(visitor, await askToSignIn(visitor), account));
}

/** The authorization request of a browser without session. @returns the interaction's path */
export async function askToSignIn(visitor: Visitor): Promise<string> {
  return pathOf(expect(await visit(visitor, authorizationPath), 303, 302));
}

/** The sign-in page and its answer; the bare provider answers at once. */
export async function postPassword(
  visitor: Visitor,
  interaction: string,
  account: number,
): Promise<Answer> {
  const page = await visit(visitor, interaction);
  return page.status === 200 ? sendPassword(visitor, interaction, account) : page;
}

/** The answer of the sign-in page alone. */
export function sendPassword(
  visitor: Visitor,
  interaction: string,
  account: number,
): Promise<Answer> {
  const fields = { email: benchEmail(account), password: benchPassword };
  return visit(visitor, interaction, new URLSearchParams(fields).toString());
}

/** From an accepted sign-in to the code. */
export async function finishSignIn(visitor: Visitor, answer: Answer): Promise<string> {
  return codeOf(await visit(visitor, pathOf(expect(answer, 303, 302))));
}

/** A code for a browser that is signed in. */
export async function authorizeAgain(visitor: Visitor): Promise<string> {
  return codeOf(await visit(visitor, authorizationPath));
}

/** The token request of the relying party. */
export async function exchangeCode({ connection }: Visitor, code: string): Promise<Tokens> {
  const fields = {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  };
  const answer = expect(await postAsClient(connection, "/token", fields), 200);
  const tokens = JSON.parse(answer.body.toString()) as Record<string, string>;
  return { accessToken: tokens["access_token"] ?? "", refreshToken: tokens["refresh_token"] ?? "" };
}

/** A request of the relying party, authenticated by its secret. */
export function postAsClient(
  connection: Connection,
  path: string,
  fields: Record<string, string>,
): Promise<Answer> {
  const body = new URLSearchParams(fields).toString();
  return connection.send({ method: "POST", path, headers: { authorization }, body });
}

/** The answer, when its status is one of these. @throws Error with what came instead */
export function expect(answer: Answer, ...statuses: readonly number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  const body = answer.body.toString().replaceAll(/\s+/g, " ").slice(0, 500);
  throw new Error(`answered ${answer.status} in place of ${statuses.join(" or ")}: ${body}`);
}

async function visit(visitor: Visitor, path: string, body?: string): Promise<Answer> {
  const { connection, cookies } = visitor;
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const sent = { accept: "text/html", ...(cookie && { cookie }) };
  const answer = await connection.send(
    body === undefined
      ? { method: "GET", path, headers: sent }
      : { method: "POST", path, headers: { ...sent, "sec-fetch-site": "same-origin" }, body },
  );
  for (const line of headers(answer, "set-cookie")) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "") cookies.delete(name);
    else cookies.set(name, value);
  }
  return answer;
}

function pathOf(answer: Answer): string {
  const { pathname, search } = new URL(header(answer, "location") ?? "", "http://127.0.0.1");
  return `${pathname}${search}`;
}

/** After a form the answer is a page that goes on by itself; in a kept session it is a redirect. */
function codeOf(answer: Answer): string {
  const [, onward] = /content="0;url=([^"]+)"/.exec(answer.body.toString()) ?? [];
  const location =
    onward?.replaceAll("&amp;", "&") ?? header(expect(answer, 303, 302), "location") ?? "";
  const code = new URL(location, "http://127.0.0.1").searchParams.get("code");
  if (!code) throw new Error(`no code in ${location}`);
  return code;
}
