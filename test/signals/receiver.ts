import { createServer } from "node:http";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { freePort } from "../support/free-port.ts";
import type { TestProvider } from "../support/test-provider.ts";

/** What a security event token says. */
export interface EventToken {
  readonly iss: string;
  readonly aud: string;
  readonly jti: string;
  readonly iat: number;
  readonly txn: string;
  readonly sub?: string;
  readonly exp?: number;
  readonly sub_id: Readonly<Record<string, unknown>>;
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** An answer of the transmitter. */
export interface Answer {
  readonly status: number;
  /** "" where there is none, whatever the type says: a test asserts it. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The scopes that a receiver's client is named, beside those of its people. */
export const receiverScopes =
  "openid profile email siret establishment establishments offline_access ssf.manage ssf.read";

/** The metadata of a client that people sign in to and that receives. */
export const receivingClient = {
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  scope: receiverScopes,
};

/** Every event of CAEP and RISC that is told. */
export const allEvents = [
  ...["session-revoked", "credential-change", "token-claims-change", "assurance-level-change"].map(
    (name) => `https://schemas.openid.net/secevent/caep/event-type/${name}`,
  ),
  ...["account-disabled", "account-enabled", "account-purged", "identifier-changed"].map(
    (name) => `https://schemas.openid.net/secevent/risc/event-type/${name}`,
  ),
];

/** The short name of the one event of a token. */
export function nameOf({ events }: EventToken): string {
  return Object.keys(events)[0]?.split("/").at(-1) ?? "";
}

/** What the one event of a token says. */
export function saidBy({ events }: EventToken): Readonly<Record<string, unknown>> {
  return Object.values(events)[0] ?? {};
}

/** What a receiver knows of its transmitter. */
export type Transmitter = Pick<TestProvider, "issuer" | "clientSecret">;

/** A receiver that polls or asks by HTTP, as any other would. */
export function receiver(provider: Transmitter, clientId = "portal") {
  const at = (path: string) => `${provider.issuer}${path}`;
  let kept: Promise<string> | undefined;
  const token = (scope = "ssf.manage") => accessToken(provider, clientId, scope);
  const call = async (
    method: string,
    path: string,
    { body, authorization, text }: { body?: unknown; authorization?: string; text?: string } = {},
  ): Promise<Answer> => {
    const bearer = authorization ?? `Bearer ${await (kept ??= token())}`;
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(path.startsWith("http") ? path : at(path), {
      method,
      headers: {
        ...(bearer !== "" && { authorization: bearer }),
        ...(content !== undefined && { "content-type": "application/json" }),
      },
      ...(content !== undefined && { body: content }),
    });
    const answered = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const read: unknown = isJson ? JSON.parse(answered) : answered;
    return { status: response.status, body: read as Answer["body"] };
  };
  const create = async (options: object = {}): Promise<Record<string, unknown>> => {
    const asked = { events_requested: allEvents, ...options };
    const made = await call("POST", "/signals/streams", { body: asked });
    if (made.status !== 201) throw new Error(`no stream: ${JSON.stringify(made)}`);
    return made.body;
  };
  const poll = (id: unknown, body: object = { returnImmediately: true }) =>
    call("POST", `/signals/poll/${String(id)}`, { body });
  const tokens = async (id: unknown): Promise<EventToken[]> => {
    const { body } = await poll(id);
    return Object.values(body["sets"] as Record<string, string>).map(
      (set) => decodeJwt(set) as unknown as EventToken,
    );
  };
  const list = async () =>
    (await call("GET", "/signals/streams")).body as unknown as Record<string, unknown>[];
  return { token, call, create, list, poll, tokens };
}

/** An access token of a program; with its scopes alone, as a receiver that knows no resource asks for it. */
export async function accessToken(
  provider: Transmitter,
  clientId: string,
  scope: string,
): Promise<string> {
  const response = await fetch(`${provider.issuer}/token`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${provider.clientSecret}`).toString("base64")}`,
    },
    body: new URLSearchParams({ grant_type: "client_credentials", scope }),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(JSON.stringify(answer));
  return answer.access_token;
}

/** Verifies a token as a receiver must (SSF 1.0 §4, CAEP Interoperability Profile §2.5). */
export async function verified(
  provider: TestProvider,
  set: string,
  audience = "portal",
): Promise<EventToken> {
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  const { payload } = await jwtVerify(set, keys, {
    ...{ issuer: provider.issuer, audience, typ: "secevent+jwt", algorithms: ["RS256"] },
  });
  return payload as unknown as EventToken;
}

/** What came to a listener. */
export interface PushedRequest {
  readonly set: string;
  readonly token: EventToken;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly at: number;
}

/** A program that takes pushes on loopback. */
export async function startPushListener() {
  const port = await freePort();
  const received: PushedRequest[] = [];
  const answer = { status: 202, body: "" };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const set = Buffer.concat(chunks).toString();
      const token = decodeJwt(set) as unknown as EventToken;
      received.push({ set, token, headers: request.headers, at: performance.now() });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}/events`,
    received,
    answer,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
