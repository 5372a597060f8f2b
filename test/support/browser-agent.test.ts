import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "./browser-agent.ts";
import { fakeDate } from "./fake-date.ts";

/** What a tiny server answers, by path. */
type Routes = Record<string, { status?: number; headers?: Record<string, string>; body?: string }>;

const form = `<!doctype html><html lang="fr"><head><title>Erreur - Compte</title></head><body>
  <h1>Créer un compte</h1><p>services&nbsp;: <b>ici</b><script>unseen()</script></p>
  <form id="search" action="/search"><input name="q"><button>Chercher</button></form>
  <form method="post" action="/echo"><input type="hidden" name="token" value="t&quot;1">
    <input name="email" value="old@example.test"><input name="off" disabled>
    <input type="radio" name="siret" value="1"><input type="radio" name="siret" value="2" checked>
    <input type="checkbox" name="remember"><textarea name="note">a
b</textarea>
    <select name="role"><option value="agent">Agent</option><option selected>Reader</option></select>
    <button name="act" value="go" id="primary">Continuer</button>
    <button name="act" value="stop" formaction="/echo?stopped">Annuler</button></form>
  <a href="/far">Plus loin</a> <a href="/far">Plus loin</a> <a href="/a">Deux</a><a href="/b">Deux</a>
</body></html>`;

const provider: Routes = {
  "/form": { body: form },
  "/strict": {
    body: '<form method="post" action="/leave"><button>Partir</button></form>',
    headers: { "content-security-policy": "default-src 'none'; form-action 'self'" },
  },
  "/quiet": {
    body: '<form method="post" action="/echo"><button>Envoyer</button></form>',
    headers: { "referrer-policy": "no-referrer" },
  },
  "/set": {
    headers: {
      "set-cookie":
        "short=1; Max-Age=60; HttpOnly, deep=2; Path=/interaction, strict=3; SameSite=Strict, gone=4; Max-Age=0",
    },
  },
  "/loop": { status: 302, headers: { location: "/loop" } },
  "/keep": { status: 307, headers: { location: "/echo" } },
};

let servers: Server[] = [];
let home = "";
let other = "";

beforeAll(async () => {
  other = await listen({ "/landing": { body: "<h1>Arrivée</h1>" } });
  home = await listen({
    ...provider,
    "/leave": { status: 303, headers: { location: `${other}/landing` } },
    "/far": { status: 302, headers: { location: "/further" } },
    "/further": { status: 302, headers: { location: `${other}/landing` } },
  });
});

afterAll(() => {
  for (const server of servers) server.close();
  servers = [];
});

afterEach(() => {
  jest.useRealTimers();
});

describe("a page", () => {
  it("reads as a person reads it", async () => {
    const page = await new BrowserAgent().open(`${home}/form`);
    expect([page.status, page.title, page.h1, page.lang]).toEqual([
      200,
      "Erreur - Compte",
      "Créer un compte",
      "fr",
    ]);
    expect(page.text).toContain("Créer un compte services : ici Chercher");
    expect(page.text).not.toContain("unseen");
    expect(page.find("form#search input[name=q]")?.attribute("name")).toBe("q");
    expect(() => page.findAll("form > input")).toThrow("selector not understood");
  });

  it("follows the link of a text over redirects to another origin, and logs each hop", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/form`);
    const page = await browser.click("Plus loin");
    expect(page.h1).toBe("Arrivée");
    expect(page.hops.map(({ status, url }) => [status, url])).toEqual([
      [302, `${home}/far`],
      [302, `${home}/further`],
      [200, `${other}/landing`],
    ]);
    expect(page.hops[2]?.requestHeaders).toMatchObject({
      "sec-fetch-site": "same-site",
      referer: `${home}/`,
    });
  });

  it("refuses to guess between links, and names what it shows when there is none", async () => {
    const page = await new BrowserAgent().open(`${home}/form`);
    expect(() => page.click("Deux")).toThrow("several links Deux");
    expect(() => page.click("Nulle part")).toThrow(
      /no link or button Nulle part on .*Créer un compte/,
    );
  });

  it("ends a redirect without end", async () => {
    await expect(new BrowserAgent().open(`${home}/loop`)).rejects.toThrow("redirected without end");
  });

  it("stops before an address that is not to be visited", async () => {
    const page = await new BrowserAgent({ stopBefore: [other] }).open(`${home}/far`);
    expect([page.status, page.location]).toEqual([302, `${other}/landing`]);
  });
});

describe("a form", () => {
  it("sends its fields, hidden and preset ones too, with the button pressed", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/form`);
    const page = await browser.fill({ email: "née@example.test", siret: "1" }).submit();
    expect(page.json()).toMatchObject({
      method: "POST",
      body: `token=t%221&email=n%C3%A9e%40example.test&siret=1&note=a%0D%0Ab&role=Reader&act=go`,
      headers: {
        origin: home,
        referer: `${home}/form`,
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
      },
    });
  });

  it("sends what the button pressed says, and boxes that are ticked", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/form`);
    const page = await browser.fill({ remember: true, role: "agent" }).submit("Annuler");
    expect(page.json()).toMatchObject({ url: "/echo?stopped" });
    const { body } = page.json() as { body: string };
    expect(body).toContain("siret=2&remember=on&note=a%0D%0Ab&role=agent&act=stop");
  });

  it("asks by GET with the fields in the address", async () => {
    const browser = new BrowserAgent();
    const page = await browser.open(`${home}/form`);
    await page.form("#search").fill({ q: "a b" }).submit();
    expect(browser.page.url).toBe(`${home}/search?q=a+b`);
  });

  it("takes only fields that a person can fill", async () => {
    const page = await new BrowserAgent().open(`${home}/form`);
    for (const values of [{ absent: "1" }, { token: "1" }, { off: "1" }, { siret: "3" }]) {
      expect(() => page.form().fill(values)).toThrow(
        /no field \w+ takes .* in the form with fields/,
      );
    }
    expect(() => page.form().submit("Effacer")).toThrow("no button Effacer");
  });

  it("keeps the method and the body over a 307, and no body over a 303", async () => {
    const browser = new BrowserAgent();
    const kept = await browser.post(`${home}/keep`, { a: "1" }, `${home}/form`);
    expect(kept.json()).toMatchObject({ method: "POST", body: "a=1" });
    const changed = await browser.post(`${home}/leave`, { a: "1" }, `${home}/form`);
    expect(changed.hops.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  it("is blocked by form-action on the way of its redirects, as in Chromium", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/strict`);
    await expect(browser.submit("Partir")).rejects.toThrow(
      `form-action 'self' of ${home}/strict blocks the way to ${other}`,
    );
  });

  it("sends Origin: null under no-referrer, and the foreign origin when forged", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/quiet`);
    const quiet = (await browser.submit("Envoyer")).json() as { headers: Record<string, string> };
    expect(quiet.headers).toMatchObject({ origin: "null" });
    expect(quiet.headers).not.toHaveProperty("referer");
    const forged = await browser.post(`${home}/echo`, {}, "http://evil.test/trap");
    expect(forged.json()).toMatchObject({
      headers: { origin: "http://evil.test", "sec-fetch-site": "cross-site" },
    });
  });
});

describe("cookies", () => {
  it("follow path, port and expiry, and are shared by the tabs of one browser only", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/set`);
    expect(await cookieSent(browser.tab(), `${home}/echo`)).toBe("short=1; strict=3");
    expect(await cookieSent(browser, `${other}/echo`)).toBe("short=1; strict=3");
    expect(await cookieSent(browser, `${home}/interaction/1`)).toBe("deep=2; short=1; strict=3");
    expect(await cookieSent(new BrowserAgent(), `${home}/echo`)).toBeUndefined();
    expect(await cookieSent(browser, home.replace("127.0.0.1", "localhost") + "/echo")).toBe(
      undefined,
    );
    expect(browser.cookies.all().find(({ name }) => name === "short")?.httpOnly).toBe(true);
    fakeDate(Date.now() + 60_000);
    expect(await cookieSent(browser, `${home}/echo`)).toBe("strict=3");
  });

  it("stay at home when another site posts", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${home}/set`);
    const forged = await browser.post(`${home}/echo`, {}, "http://evil.test/");
    expect((forged.json() as { headers: object }).headers).not.toHaveProperty("cookie");
  });
});

async function cookieSent(browser: BrowserAgent, url: string): Promise<string | undefined> {
  const page = await browser.open(url);
  return (page.json() as { headers: Record<string, string> }).headers["cookie"];
}

/** Answers the routes given, and says what it received on every other path. */
async function listen(routes: Routes): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url = "", headers } = request;
      const body = Buffer.concat(chunks).toString();
      const route = routes[url] ?? { body: JSON.stringify({ method, url, headers, body }) };
      const cookies = route.headers?.["set-cookie"]?.split(", ") ?? [];
      response.writeHead(route.status ?? 200, { ...route.headers, "set-cookie": cookies });
      response.end(route.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
