import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { artifactsPath } from "../../src/artifacts/index.ts";
import { apiToken, startApiProvider } from "../api/api-client.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { lockedByOther } from "../support/file-lock.ts";
import { type FaultyLine, faultyLine, throughPort } from "../support/faulty-line.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, goodPassword } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

/** Takes the database away until what it returns is called. */
type Fault = (provider: TestProvider) => Promise<() => void | Promise<void>>;

describe.each(databases)("a database that is away, on $name", (databaseKind) => {
  const { name } = databaseKind;
  let provider: TestProvider;
  let takeAway: Fault;
  let end: () => Promise<void>;
  let bringBack: () => void | Promise<void> = () => undefined;

  beforeAll(async () => {
    const { kind, fault, close } = await (name === "SQLite"
      ? lockable(databaseKind)
      : silenceable(databaseKind));
    provider = await startApiProvider(kind, { DATABASE_TIMEOUT: "1" });
    takeAway = fault;
    end = close;
  });
  afterAll(async () => {
    await bringBack();
    await provider.stop();
    await end();
  });

  it("is answered with 503 to everybody, a page or JSON, and good again by itself", async () => {
    const { issuer } = provider;
    const token = String((await apiToken(provider, "crm"))["access_token"]);
    const client = plainClient(provider, "portal");
    await provider.addAccount("a@partenaire.test");
    const signUp = () =>
      new BrowserAgent({ stopBefore: [issuer] }).post(`${issuer}/signup`, form, issuer);
    const openAccess = () =>
      fetch(`${issuer}/api/v1/accesses`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({
          email: "a@partenaire.test",
          sirets: ["13002526500013"],
          reason: "essai",
        }),
      });
    bringBack = await takeAway(provider);

    const page = await signUp();
    expect([page.status, page.lang, page.find("h1")?.text]).toEqual([
      503,
      "fr",
      "Service momentanément indisponible",
    ]);
    expect(page.headers["retry-after"]).toBe("5");
    const authorization = await new BrowserAgent().open(client.authorizationUrl());
    expect([authorization.status, authorization.find("h1")?.text]).toEqual([
      503,
      "Service momentanément indisponible",
    ]);
    const asked = await fetch(`${issuer}/token`, { method: "POST", ...tokenRequest(provider) });
    expect([asked.status, asked.headers.get("retry-after"), await asked.json()]).toEqual([
      503,
      "5",
      expect.objectContaining({ error: "temporarily_unavailable" }),
    ]);
    const api = await openAccess();
    expect([api.status, api.headers.get("retry-after"), await api.json()]).toEqual([
      503,
      "5",
      expect.objectContaining({ type: "urn:lopcommerce:problem:unavailable" }),
    ]);
    if (name === "PostgreSQL") {
      const ready = await fetch(`${issuer}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { status: "unavailable", because: expect.any(Array) },
      ]);
    }
    // Who comes with others waits no longer than who comes alone.
    const alone = await lasting(signUp);
    const together = await lasting(() => Promise.all(Array.from({ length: 20 }, signUp)));
    expect(together.result.map(({ status }) => status)).toEqual(Array<number>(20).fill(503));
    expect(together.milliseconds).toBeLessThan(5 * Math.max(alone.milliseconds, 1000));
    expect(provider.log.join("")).not.toContain("request failed");

    await bringBack();
    await waitFor("the node to be ready", async () => (await fetch(`${issuer}/readyz`)).ok);
    expect((await signUp()).status).toBe(303);
    expect((await openAccess()).status).toBe(201);
    expect((await new BrowserAgent().open(client.authorizationUrl())).status).toBe(200);
  }, 60_000);

  it("is answered alike by a node whose clock is wrong, which signs and closes nothing by it", async () => {
    const { issuer, application } = provider;
    application.node.set("clock", true);
    // The database says every few seconds that the clock is right, which it is.
    const set = jest.spyOn(application.node, "set").mockReturnValue(false);
    try {
      const page = await new BrowserAgent().open(
        plainClient(provider, "portal").authorizationUrl(),
      );
      expect([page.status, page.lang, page.find("h1")?.text]).toEqual([
        503,
        "fr",
        "Service momentanément indisponible",
      ]);
      expect(page.headers["retry-after"]).toBe("5");
      for (const path of ["/signup", "/jwks", "/.well-known/openid-configuration", "/account"]) {
        expect([path, (await fetch(`${issuer}${path}`)).status]).toEqual([path, 503]);
      }
      for (const path of [
        "/token",
        "/request",
        "/me",
        "/token/introspection",
        "/token/revocation",
      ]) {
        const asked = await fetch(`${issuer}${path}`, { method: "POST" });
        expect([path, asked.status, await asked.json()]).toEqual([
          path,
          503,
          expect.objectContaining({ error: "temporarily_unavailable" }),
        ]);
      }
      const api = await fetch(`${issuer}/api/v1/accesses`);
      expect([api.status, await api.json()]).toEqual([
        503,
        { error: "database-unavailable", reference: expect.any(String) },
      ]);
      const style = page.findAll("link").find((each) => each.attribute("rel") === "stylesheet");
      const file = await fetch(`${issuer}${String(style?.attribute("href"))}`);
      expect([file.status, (await fetch(`${issuer}/livez`)).status]).toEqual([200, 200]);
    } finally {
      set.mockRestore();
      application.node.set("clock", false);
    }
    expect((await fetch(`${issuer}/signup`)).status).toBe(200);
  });
});

async function lasting<Result>(work: () => Promise<Result>) {
  const begin = performance.now();
  const result = await work();
  return { result, milliseconds: performance.now() - begin };
}

const form = {
  email: "jeanne@partenaire.test",
  email_confirmation: "jeanne@partenaire.test",
  password: goodPassword,
  password_confirmation: goodPassword,
  given_name: "Jeanne",
  family_name: "Durand",
};

function tokenRequest({ clientSecret }: TestProvider): RequestInit {
  const basic = Buffer.from(`anything:${clientSecret}`).toString("base64");
  return {
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  };
}

interface Prepared {
  readonly kind: DatabaseKind;
  readonly fault: Fault;
  readonly close: () => Promise<void>;
}

/** Another program holds both files. */
function lockable(kind: DatabaseKind): Promise<Prepared> {
  const fault: Fault = async ({ databaseUrl }) => {
    const files = [databaseUrl.slice("sqlite:".length), artifactsPath(databaseUrl)];
    return lockedByOther(files);
  };
  return Promise.resolve({ kind, fault, close: () => Promise.resolve() });
}

/** The network between node and database says nothing any more. */
async function silenceable({ name, create }: DatabaseKind): Promise<Prepared> {
  const { hostname, port } = new URL(process.env["TEST_DATABASE_URL"] ?? "");
  const line: FaultyLine = await faultyLine({ host: hostname, port: Number(port || 5432) });
  return {
    kind: {
      name,
      create: async (template) => {
        const made = await create(template);
        return { ...made, url: throughPort(made.url, line.port) };
      },
    },
    fault: () => {
      line.silence();
      return Promise.resolve(line.speak);
    },
    close: line.close,
  };
}
