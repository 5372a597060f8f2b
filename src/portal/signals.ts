import { setTimeout as pause } from "node:timers/promises";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import type { EndedSession } from "./logout-token.ts";

/** What this portal does with what it hears. */
export interface SignalActs {
  /** Who is signed in is not any more. */
  readonly end: (whose: EndedSession) => void;
  /** What they may has changed: their next page asks the provider anew. */
  readonly askAnew: (sub: string) => void;
}

/** What is needed to hear. */
export interface SignalSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly log: (line: string) => void;
}

const schemas = "https://schemas.openid.net/secevent";
const changed = `${schemas}/caep/event-type/token-claims-change`;
const ending = [
  `${schemas}/caep/event-type/session-revoked`,
  `${schemas}/risc/event-type/account-disabled`,
  `${schemas}/risc/event-type/account-purged`,
];

const transmitterShape = z.looseObject({ configuration_endpoint: z.url(), jwks_uri: z.url() });
const streamShape = z.looseObject({
  stream_id: z.string(),
  aud: z.string(),
  delivery: z.looseObject({ endpoint_url: z.url() }),
});
const tokenShape = z.looseObject({ access_token: z.string() });
const setsShape = z.looseObject({ sets: z.record(z.string(), z.string()) });
const person = z.looseObject({ format: z.literal("iss_sub"), sub: z.string() });
const subjectShape = z.union([
  person.transform(({ sub }) => ({ sub })),
  z
    .looseObject({
      format: z.literal("complex"),
      user: person,
      session: z.looseObject({ id: z.string() }),
    })
    .transform(({ user, session }) => ({ sub: user.sub, sid: session.id })),
]);
const eventShape = z.looseObject({
  events: z.record(z.string(), z.unknown()),
  sub_id: z.unknown(),
});

const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 60_000;

/**
 * Hears the provider's Shared Signals (SSF 1.0, polled by RFC 8936) until it is aborted: a session that ended, an account that
 * is disabled or erased, accesses that were opened or closed. A provider that is away is asked again; what came meanwhile waits there.
 */
export async function hearSignals(
  settings: SignalSettings,
  acts: SignalActs,
  stopped: AbortSignal,
): Promise<void> {
  let pauseMilliseconds = firstPauseMilliseconds;
  const heard = () => {
    pauseMilliseconds = firstPauseMilliseconds;
  };
  while (!stopped.aborted) {
    await listen({ ...settings, stopped }, acts, heard).catch((error: unknown) => {
      if (!stopped.aborted) settings.log(`portal: signals: ${String(error)}`);
    });
    await pause(pauseMilliseconds, undefined, { signal: stopped }).catch(() => undefined);
    pauseMilliseconds = Math.min(pauseMilliseconds * 2, longestPauseMilliseconds);
  }
}

type Listening = SignalSettings & { readonly stopped: AbortSignal };

async function listen(settings: Listening, acts: SignalActs, heard: () => void): Promise<void> {
  const { issuer, stopped } = settings;
  const { origin, pathname } = new URL(issuer);
  const wellKnown = `${origin}/.well-known/ssf-configuration${pathname.replace(/\/$/, "")}`;
  const transmitter = transmitterShape.parse(await json(wellKnown, { signal: stopped }));
  const stream = await ownStream(settings, transmitter.configuration_endpoint);
  const keys = createRemoteJWKSet(new URL(transmitter.jwks_uri));
  const rules = { issuer, audience: stream.aud, typ: "secevent+jwt", algorithms: ["RS256"] };
  for (let ack: string[] = []; !stopped.aborted;) {
    // Waits until something comes, for half a minute at most.
    const answer = await managed(settings, stream.delivery.endpoint_url, { ack });
    const { sets } = setsShape.parse(answer);
    for (const set of Object.values(sets)) {
      const { payload } = await jwtVerify(set, keys, rules);
      act(eventShape.parse(payload), acts);
    }
    // Said with the next poll, once it is acted upon; what comes again changes nothing more.
    ack = Object.keys(sets);
    heard();
  }
}

/** The stream of a former start, or a new one. */
async function ownStream(settings: Listening, endpoint: string) {
  const [known] = z.array(streamShape).parse(await managed(settings, endpoint));
  if (known) return known;
  const wanted = { events_requested: [...ending, changed] };
  return streamShape.parse(await managed(settings, endpoint, wanted));
}

function act({ events, sub_id: subject }: z.infer<typeof eventShape>, acts: SignalActs): void {
  const about = subjectShape.safeParse(subject);
  // What a stream says of itself is about nobody.
  if (!about.success) return;
  for (const event of Object.keys(events)) {
    if (ending.includes(event)) acts.end(about.data);
    if (event === changed) acts.askAnew(about.data.sub);
  }
}

/** Asks by a token of ten minutes that is asked for each time: a poll waits longer than that takes. */
async function managed(
  { issuer, clientId, clientSecret, stopped }: Listening,
  url: string,
  body?: object,
): Promise<unknown> {
  const form = (text: string) => new URLSearchParams({ text }).toString().slice("text=".length);
  const basic = Buffer.from(`${form(clientId)}:${form(clientSecret)}`).toString("base64");
  const answer = await json(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "ssf.manage" }),
    signal: stopped,
  });
  const { access_token: token } = tokenShape.parse(answer);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = body && { method: "POST", body: JSON.stringify(body) };
  return json(url, { headers, signal: stopped, ...sent });
}

async function json(url: string, options: RequestInit): Promise<unknown> {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
}
