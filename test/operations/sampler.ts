import { setTimeout as pause } from "node:timers/promises";
import type { Installation } from "./installation.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import type { Page } from "../support/page.ts";
import { type SignedInPerson, password } from "./people.ts";

/** One request and what became of it. Times are milliseconds of `performance.now()`. */
export interface Sample {
  readonly at: number;
  readonly milliseconds: number;
  /** What was asked, and where. */
  readonly what: string;
  /** 0: none came. */
  readonly status: number;
  /** Good; an honest 503 that says when to come again; anything else. */
  readonly kind: "good" | "later" | "failed";
  readonly detail: string;
}

/** A bounded stream of requests, and what became of each. */
export interface Sampler {
  readonly samples: readonly Sample[];
  readonly end: () => Promise<readonly Sample[]>;
}

/** Nobody waits longer. */
const patienceMilliseconds = 20_000;

/**
 * Asks in turn what relying parties and browsers ask: an authorization, a page, userinfo and a refresh; beside that, people
 * sign in by password, as many at a time as `signIns` says.
 * @param bases where: the proxy, or every node itself; who signs in goes by the issuer's address
 */
export function keepAsking(
  installation: Installation,
  bases: readonly string[],
  { atOnce = 4, pauseMilliseconds = 40, signIns = 0 } = {},
): Sampler {
  const samples: Sample[] = [];
  let isEnded = false;
  const one = async (turn: number) => {
    const { people } = installation;
    const person = people[turn % people.length];
    if (!person) throw new Error("nobody is signed in");
    for (let count = turn; !isEnded; count += 1) {
      const base = bases[count % bases.length] ?? "";
      const requests = requestsOf(installation, person);
      const request = requests[Math.floor(count / bases.length) % requests.length];
      if (request) samples.push(await sample(base, request, person));
      await pause(pauseMilliseconds);
    }
  };
  const signing = async (turn: number) => {
    for (let count = turn; !isEnded; count += 1) {
      const email = installation.emails[count % installation.emails.length] ?? "";
      samples.push(await signInSample(installation, email));
      await pause(5 * pauseMilliseconds);
    }
  };
  const all = [
    ...Array.from({ length: atOnce }, (_, turn) => one(turn)),
    ...Array.from({ length: signIns }, (_, turn) => signing(turn)),
  ];
  return {
    samples,
    end: async () => {
      isEnded = true;
      await Promise.all(all);
      return samples;
    },
  };
}

/** The longest wait for one answer. */
export function slowestAnswer(samples: readonly Sample[]): number {
  const answers = samples.filter(({ what }) => what !== signingIn);
  return Math.max(0, ...answers.map(({ milliseconds }) => milliseconds));
}

/** How many of each kind between two instants, and the slowest, as one line. */
export function told(samples: readonly Sample[], from = 0, until = Infinity): string {
  const some = samples.filter(({ at }) => at >= from && at < until);
  const count = (kind: Sample["kind"]) => some.filter((each) => each.kind === kind).length;
  const signIns = some.filter(({ what, kind }) => what === signingIn && kind === "good").length;
  const good = `${count("good")} good${signIns > 0 ? ` (${String(signIns)} sign-ins)` : ""}`;
  return `${good}, ${count("later")} told to come later, ${count("failed")} failed; the slowest ${(slowestAnswer(some) / 1000).toFixed(1)} s`;
}

/** Those that should not be. */
export function failed(samples: readonly Sample[], from = 0): string[] {
  return samples
    .filter(({ at, kind }) => at >= from && kind === "failed")
    .map(({ what, status, milliseconds, detail }) => {
      return `${what}: ${String(status)} after ${(milliseconds / 1000).toFixed(1)} s ${detail}`;
    });
}

/** After so many seconds from an instant no answer was anything but good. */
export function secondsUntilGood(samples: readonly Sample[], from: number): number {
  const bad = samples.filter(({ at, kind }) => at >= from && kind !== "good");
  const last = Math.max(from, ...bad.map(({ at, milliseconds }) => at + milliseconds));
  return (last - from) / 1000;
}

interface Asked {
  readonly path: string;
  readonly init?: RequestInit;
}

function requestsOf({ party, clientSecret }: Installation, { tokens }: SignedInPerson): Asked[] {
  const query = new URLSearchParams({
    ...{ client_id: "portal", response_type: "code", scope: "openid", state: "s", nonce: "n" },
    ...{ redirect_uri: party.redirectUri, code_challenge_method: "S256" },
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  });
  const basic = Buffer.from(`portal:${clientSecret}`).toString("base64");
  return [
    { path: `/auth?${query.toString()}` },
    { path: "/me", init: { headers: { authorization: `Bearer ${tokens.access_token}` } } },
    {
      path: "/token",
      init: {
        method: "POST",
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({
          grant_type: "refresh_token",
          refresh_token: tokens.refresh_token ?? "",
        }),
      },
    },
    { path: "/signup" },
  ];
}

/** Whoever refreshes goes on with the new tokens: the old ones end while a long fault lasts. */
async function sample(
  base: string,
  { path, init }: Asked,
  person: SignedInPerson,
): Promise<Sample> {
  const at = performance.now();
  const what = `${init?.method ?? "GET"} ${base}${path.replace(/\?.*/, "")}`;
  const signal = AbortSignal.timeout(patienceMilliseconds);
  try {
    const answer = await fetch(base + path, { redirect: "manual", signal, ...init });
    const { status, headers } = answer;
    const detail = status >= 400 ? (await answer.text()).slice(0, 160) : "";
    const body = status < 400 ? await answer.text() : "";
    if (path === "/token" && status === 200) {
      person.tokens = { ...person.tokens, ...(JSON.parse(body) as Partial<typeof person.tokens>) };
    }
    const led = errorIn(headers.get("location"));
    const isHonest = status === 503 && Number(headers.get("retry-after")) > 0;
    const kind = status < 400 && led === undefined ? "good" : isHonest ? "later" : "failed";
    const milliseconds = performance.now() - at;
    return { at, what, status, kind, detail: led ?? detail, milliseconds };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    const detail = String(cause ?? error);
    return { at, what, status: 0, kind: "failed", detail, milliseconds: performance.now() - at };
  }
}

/** A redirect that tells a relying party of an error is no good answer. */
function errorIn(location: string | null): string | undefined {
  if (location === null) return undefined;
  const { searchParams } = new URL(location, "http://localhost");
  const error = searchParams.get("error");
  return error === null ? undefined : `${error}: ${searchParams.get("error_description") ?? ""}`;
}

/** Many requests, one after the other: its time is not that of one answer. */
const signingIn = "a sign-in by password";

/** To the tokens. Who is told to come later anywhere on the way may honestly begin again. */
async function signInSample({ party }: Installation, email: string): Promise<Sample> {
  const at = performance.now();
  const sample = (kind: Sample["kind"], status: number, detail: string): Sample => {
    return { at, what: signingIn, kind, status, detail, milliseconds: performance.now() - at };
  };
  const stopped = ({ status, headers, h1, url }: Page) => {
    const isHonest = status === 503 && Number(headers["retry-after"]) > 0;
    return sample(isHonest ? "later" : "failed", status, `${h1} at ${url.replace(/\?.*/, "")}`);
  };
  const browser = new BrowserAgent();
  try {
    const login = await party.login(browser, { scope: "openid email siret offline_access" });
    if (login.page.status !== 200) return stopped(login.page);
    const page = await browser.fill({ email, password }).submit("#primary");
    if (!page.url.startsWith(party.origin)) return stopped(page);
    await login.signedIn();
    return sample("good", 200, "");
  } catch (error) {
    const causes = causesOf(error);
    const isLater = causes.some((each) => (each as { status?: unknown }).status === 503);
    return sample(isLater ? "later" : "failed", 0, causes.map(String).join(": ").slice(0, 300));
  }
}

/** What was thrown, and what that came of. */
function causesOf(error: unknown): object[] {
  if (typeof error !== "object" || error === null) return [];
  return [error, ...causesOf((error as { cause?: unknown }).cause)];
}
