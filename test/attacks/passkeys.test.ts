import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { answerPasskey, enrolPasskey, passkeyAsked } from "../support/passkeys.ts";
import { newPerson } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { type Misbehaviour, softwareAuthenticator } from "../support/software-authenticator.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** Whoever holds no passkey learns of none: neither whether it exists, nor whose it is, nor what became of its account. */
describe.each(databases)("a sign-in by a passkey that is not one's own, on $name", (kind) => {
  let provider: TestProvider;
  let sub = "";
  const devices: Record<string, ReturnType<typeof softwareAuthenticator>> = {};

  beforeAll(async () => {
    provider = await startTestProvider(kind, { clients: { portal: {} } });
    const owner = await newPerson(provider);
    sub = owner.sub;
    devices["known"] = (await enrolPasskey(provider, owner)).device;
    const gone = await newPerson(provider);
    devices["disabled"] = (await enrolPasskey(provider, gone)).device;
    await provider.application.administration.setState(gone.email, "disabled", "operator");
    devices["unknown"] = softwareAuthenticator(provider.issuer);
  });
  afterAll(() => provider.stop());

  const ids = () => ({ ...devices });

  /** What somebody who knows much, but holds no key, may send. */
  const guesses = (): readonly (readonly [string, Misbehaviour])[] => [
    ...Object.entries(ids()).map(
      ([name, { credentialId }]) =>
        [`${name} passkey, forged`, { forged: true, credentialId, userHandle: sub }] as const,
    ),
    ["no such person", { forged: true, userHandle: "nobody" }],
    ["nobody named", { forged: true, userHandle: "" }],
    ["another origin", { origin: "https://evil.example" }],
    ["a person it did not recognise", { verifiesPerson: false }],
  ];

  async function seen(bent: Misbehaviour) {
    const browser = new BrowserAgent();
    await plainClient(provider, "portal").authorize(browser);
    const path = new URL(browser.page.url).pathname;
    const statements: string[] = [];
    const { knex } = provider.application.database;
    // What the sign-in asks of passkeys and accounts; other statements are of jobs.
    const counted = ({ sql }: { readonly sql: string }) => {
      if (/passkeys|used_challenges|sub["`] in/.test(sql)) statements.push(sql);
    };
    knex.on("query", counted);
    const page = await answerPasskey(browser, softwareAuthenticator(provider.issuer), bent);
    knex.off("query", counted);
    const html = page.html.replaceAll(path, "/interaction");
    const cookies = (page.headers["set-cookie"] ?? []).map((cookie) => cookie.split("=")[0]);
    const varying = new Set(["date", "etag", "content-length", "set-cookie"]);
    const headers = Object.keys(page.headers).filter((name) => !varying.has(name));
    return { status: page.status, html, cookies, headers: headers.sort(), statements };
  }

  it("is refused the same way whatever is guessed: page, headers, cookies, statements", async () => {
    const answers: { readonly name: string; readonly answer: Awaited<ReturnType<typeof seen>> }[] =
      [];
    for (const [name, bent] of guesses()) answers.push({ name, answer: await seen(bent) });
    const expected = answers[0]?.answer;
    expect(expected).toMatchObject({ status: 422 });
    expect(expected?.statements).toHaveLength(3);
    expect(expected?.html).toContain("Cette clé d'accès n'a pas été reconnue.");
    for (const { name, answer } of answers)
      expect({ name, answer }).toEqual({ name, answer: expected });
  });

  it("by another person's passkey under one's own name, or one's own under another's, is refused", async () => {
    const mine = await newPerson(provider);
    const { device } = await enrolPasskey(provider, mine);
    const browser = new BrowserAgent();
    await plainClient(provider, "portal").authorize(browser);
    for (const userHandle of [sub, "", "nobody"]) {
      await answerPasskey(browser, device, { userHandle });
      expect(browser.page.status).toBe(422);
    }
    const credentialId = devices["known"]?.credentialId ?? "";
    await answerPasskey(browser, device, { credentialId, userHandle: sub });
    expect(browser.page.status).toBe(422);
  });

  it("by one answer sent fifty times at once lets one in", async () => {
    const mine = await newPerson(provider);
    const { device } = await enrolPasskey(provider, mine);
    const browser = new BrowserAgent({ stopBefore: [`${provider.issuer}/auth/`] });
    await plainClient(provider, "portal").authorize(browser);
    const { url } = browser.page;
    const answer = { ...device.use(await passkeyAsked(browser)) };
    const pages = await Promise.all(
      Array.from({ length: 50 }, () => browser.tab().post(url, answer, url)),
    );
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(1);
  });
});
