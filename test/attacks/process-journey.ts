import { createHash } from "node:crypto";
import { AccountStore } from "../../src/accounts/index.ts";
import { createHashingQueue } from "../../src/accounts/hashing-queue.ts";
import { createPasswords } from "../../src/accounts/password.ts";
import { parseEmailAddress, systemClock, systemRandom } from "../../src/foundation/index.ts";
import { openDatabase } from "../../src/storage/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import type { ServerProcess } from "../support/server-process.ts";

const verifier = "a-code-verifier-that-only-the-tests-of-a-process-know";

/** The authorization request of the process's one client. */
export function authorizationUrl({ issuer, client }: ServerProcess): URL {
  const url = new URL(`${issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: client.id,
    response_type: "code",
    redirect_uri: `${client.origin}/callback`,
    scope: "openid email",
    state: "state",
    nonce: "nonce",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString();
  return url;
}

/** Signs a person in with a browser of its own. @returns the code; undefined with what was shown instead */
export async function signInAt(
  server: ServerProcess,
  email: string,
  password: string,
): Promise<{ readonly code: string | undefined; readonly shown: string }> {
  const browser = new BrowserAgent({ stopBefore: [server.client.origin] });
  await browser.open(authorizationUrl(server));
  const page = await browser.fill({ email, password }).submit("Se connecter");
  const code = page.location && new URL(page.location).searchParams.get("code");
  return { code: code || undefined, shown: page.describe() };
}

/** Redeems a code at the token endpoint. */
export async function redeem(
  { issuer, client }: ServerProcess,
  code: string,
): Promise<Readonly<Record<string, unknown>>> {
  const basic = { authorization: `Basic ${btoa(`${client.id}:${client.secret}`)}` };
  const answer = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: client.isPublic ? {} : basic,
    body: new URLSearchParams({
      ...(client.isPublic && { client_id: client.id }),
      code_verifier: verifier,
      grant_type: "authorization_code",
      code,
      redirect_uri: `${client.origin}/callback`,
    }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

/** Makes a validated account in the database of a process, without its journey. */
export async function addAccount(
  databaseUrl: string,
  email: string,
  password: string,
): Promise<void> {
  const database = openDatabase(databaseUrl);
  const queue = createHashingQueue({ workers: 1 });
  const passwords = createPasswords({ queue, random: systemRandom, report: () => undefined });
  const parsed = parseEmailAddress(email);
  if (!parsed) throw new Error(`not an address: ${email}`);
  const account = {
    sub: systemRandom.identifier(),
    email: parsed,
    givenName: "Jeanne",
    familyName: "Durand",
    locale: "fr" as const,
    passwordHash: await passwords.hash(password),
    clientId: undefined,
  };
  await new AccountStore(database.knex).insert(account, systemClock.epochSeconds());
  await queue.close();
  await database.close();
}
