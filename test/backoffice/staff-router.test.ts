import { readFileSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type StaffRole, staffRoles } from "../../src/accounts/index.ts";
import { type BackofficeParts } from "../../src/backoffice/backoffice-parts.ts";
import { type StaffRule } from "../../src/backoffice/staff-member.ts";
import { backofficeRoutes } from "../../src/backoffice/routes.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** The routes as the application registers them; nothing stands behind, for nothing is asked of them here. */
const { router, rules } = backofficeRoutes({ issuer: "https://auth.test" } as BackofficeParts);

/** Every route that the router itself would answer. */
const routes = router.stack.flatMap(({ methods, path }) =>
  methods.filter((method) => method !== "HEAD").map((method) => ({ method, path: String(path) })),
);

/** What each route is for: the least role, and whether a fresh sign-in is asked for. A new one is added here. */
const matrix: Readonly<Record<string, StaffRule>> = {
  "GET /admin": { role: "reader" },
  "POST /admin/sign-ups/:id/resend": { role: "agent" },
  "GET /admin/endings": { role: "reader" },
  "GET /admin/sign-ups": { role: "agent" },
  "GET /admin/accounts/:sub": { role: "reader" },
  "POST /admin/accounts/:sub/disable": { role: "agent", fresh: true },
  "GET /admin/accounts/:sub/disable": { role: "agent", fresh: true },
  "POST /admin/accounts/:sub/enable": { role: "agent", fresh: true },
  "POST /admin/accounts/:sub/recovery": { role: "agent" },
  "GET /admin/accounts/:sub/sessions/end": { role: "agent" },
  "POST /admin/accounts/:sub/sessions/end": { role: "agent" },
  "POST /admin/accounts/:sub/sessions/:id/end": { role: "agent" },
  "GET /admin/accounts/:sub/factors/reset": { role: "agent", fresh: "proven" },
  "POST /admin/accounts/:sub/factors/reset": { role: "agent", fresh: "proven" },
  "POST /admin/accounts/:sub/mail/resume": { role: "agent" },
  "POST /admin/accounts/:sub/letters/resend": { role: "agent" },
  "GET /admin/accounts/:sub/email": { role: "agent", fresh: "proven" },
  "POST /admin/accounts/:sub/email": { role: "agent", fresh: "proven" },
  "GET /admin/accounts/:sub/seen": { role: "reader" },
  "GET /admin/accounts/:sub/delete": { role: "admin", fresh: "proven" },
  "POST /admin/accounts/:sub/delete": { role: "admin", fresh: "proven" },
  "GET /admin/accounts/:sub/open": { role: "agent", fresh: true },
  "POST /admin/accounts/:sub/open/preview": { role: "agent", fresh: true },
  "POST /admin/accounts/:sub/open": { role: "agent", fresh: true },
  "GET /admin/accounts/:sub/close": { role: "agent", fresh: true },
  "POST /admin/accounts/:sub/close": { role: "agent", fresh: true },
  "GET /admin/requests": { role: "reader" },
  "GET /admin/export": { role: "agent", fresh: true },
  "POST /admin/export/:table/:format": { role: "agent", fresh: "proven" },
  "GET /admin/kept/:id": { role: "reader" },
  "POST /admin/kept/:id": { role: "reader" },
  "GET /admin/requests/:id": { role: "reader" },
  "GET /admin/requests/notices": { role: "reader" },
  "POST /admin/requests/notices": { role: "reader" },
  "POST /admin/requests/:id/accept": { role: "agent", fresh: true },
  "GET /admin/requests/decide": { role: "reader" },
  "POST /admin/requests/decide": { role: "agent", fresh: true },
  "POST /admin/requests/decide/preview": { role: "agent", fresh: true },
  "POST /admin/requests/:id/charge": { role: "agent" },
  "GET /admin/requests/:id/refuse": { role: "agent", fresh: true },
  "POST /admin/requests/:id/refuse": { role: "agent", fresh: true },
  "GET /admin/invite": { role: "agent", fresh: true },
  "POST /admin/invite/preview": { role: "agent", fresh: true },
  "POST /admin/invite": { role: "agent", fresh: true },
  "GET /admin/invitations": { role: "reader" },
  "POST /admin/invitations/:id/resend": { role: "agent" },
  "GET /admin/invitations/:id/withdraw": { role: "agent", fresh: true },
  "POST /admin/invitations/:id/withdraw": { role: "agent", fresh: true },
  "GET /admin/organisations": { role: "reader" },
  "POST /admin/organisations/give": { role: "agent", fresh: true },
  "GET /admin/organisations/cares/:id/end": { role: "agent", fresh: true },
  "POST /admin/organisations/cares/:id/end": { role: "agent", fresh: true },
  "GET /admin/organisations/requests/:id": { role: "reader" },
  "POST /admin/organisations/requests/:id/accept": { role: "agent", fresh: true },
  "POST /admin/organisations/requests/:id/refuse": { role: "agent", fresh: true },
  "GET /admin/accounts/:sub/claims": { role: "reader" },
  "GET /admin/import": { role: "agent", fresh: true },
  "POST /admin/import/preview": { role: "agent", fresh: true },
  "POST /admin/import/rejected": { role: "agent", fresh: true },
  "POST /admin/import": { role: "agent", fresh: true },
  "GET /admin/audit": { role: "reader" },
  "POST /admin/audit/export/:format": { role: "reader", fresh: "proven" },
  "GET /admin/clients": { role: "admin" },
  "GET /admin/clients/new": { role: "admin", fresh: "proven" },
  "POST /admin/clients/new": { role: "admin", fresh: "proven" },
  "GET /admin/clients/:id": { role: "admin" },
  "GET /admin/clients/:id/edit": { role: "admin", fresh: "proven" },
  "POST /admin/clients/:id/edit/preview": { role: "admin", fresh: "proven" },
  "POST /admin/clients/:id/edit": { role: "admin", fresh: "proven" },
  "GET /admin/clients/:id/rotate-secret": { role: "admin", fresh: "proven" },
  "POST /admin/clients/:id/rotate-secret": { role: "admin", fresh: "proven" },
  "GET /admin/clients/:id/disable": { role: "admin", fresh: "proven" },
  "POST /admin/clients/:id/disable": { role: "admin", fresh: "proven" },
  "POST /admin/clients/:id/enable": { role: "admin", fresh: "proven" },
  "GET /admin/clients/:id/remove": { role: "admin", fresh: "proven" },
  "POST /admin/clients/:id/remove": { role: "admin", fresh: "proven" },
  "GET /admin/signals": { role: "admin" },
  "GET /admin/signals/:id": { role: "admin" },
  "POST /admin/signals/:id/pause": { role: "admin", fresh: "proven" },
  "POST /admin/signals/:id/resume": { role: "admin", fresh: "proven" },
  "GET /admin/outbox": { role: "admin" },
  "POST /admin/outbox/retry": { role: "admin", fresh: "proven" },
  "POST /admin/outbox/:id/retry": { role: "admin", fresh: "proven" },
  "GET /admin/outbox/:id/drop": { role: "admin", fresh: "proven" },
  "POST /admin/outbox/:id/drop": { role: "admin", fresh: "proven" },
  "GET /admin/members/everybody-out": { role: "admin", fresh: "proven" },
  "POST /admin/members/everybody-out": { role: "admin", fresh: "proven" },
  "GET /admin/members": { role: "admin" },
  "POST /admin/members": { role: "admin", fresh: "proven" },
  "GET /admin/members/:sub/enrolment-code": { role: "admin", fresh: "proven" },
  "GET /admin/members/:sub/remove": { role: "admin", fresh: "proven" },
  "POST /admin/members/:sub/enrolment-code": { role: "admin", fresh: "proven" },
  "POST /admin/members/:sub/remove": { role: "admin", fresh: "proven" },
};

describe("the routes of the back office", () => {
  it("are all below /admin, and each has its rule in the matrix", () => {
    expect(routes.length).toBeGreaterThan(10);
    for (const { path } of routes) expect(path).toMatch(/^\/admin(\/|$)/);
    const registered = routes.map(({ method, path }) => `${method} ${path}`);
    expect(registered.filter((name) => !rules.has(name))).toEqual([]);
    expect(Object.fromEntries(rules)).toEqual(matrix);
    expect(registered.sort()).toEqual(Object.keys(matrix).sort());
  });

  it("ask for a fresh sign-in before anything that changes an access, a role or a client", () => {
    const changes =
      /\/(open|close|delete|disable|enable|accept|refuse|invite|withdraw|members|clients|import)\b/;
    const stale = [...rules].filter(
      ([name, { fresh }]) => name.startsWith("POST") && changes.test(name) && !fresh,
    );
    expect(stale).toEqual([]);
  });

  it("ask, with numbers, before what cannot be undone", () => {
    const final =
      /\/(disable|delete|factors\/reset|sessions\/end|clients\/:id\/remove|rotate-secret|drop|everybody-out|members\/:sub\/[\w-]+|withdraw|close)$/;
    const unasked = [...rules.keys()]
      .filter((name) => name.startsWith("POST ") && final.test(name))
      .filter((name) => !rules.has(name.replace("POST", "GET")));
    expect(unasked).toEqual([]);
  });

  it("are registered in one way alone", () => {
    const folder = new URL("../../src/backoffice/", import.meta.url);
    const others = readdirSync(folder)
      .filter((name) => name !== "staff-router.ts")
      .filter((name) => /@koa\/router"|\brouter\.(get|post|all|use)\(/.test(valueImports(name)));
    expect(others).toEqual([]);
    function valueImports(name: string): string {
      const text = readFileSync(new URL(name, folder), "utf8");
      return text.replace(/^import type .*$/gm, "");
    }
  });
});

type Caller = "nobody" | "partner" | StaffRole;
const callers: readonly Caller[] = ["nobody", "partner", ...staffRoles];

describe.each(databases)("the gate of every route, on $name", (kind) => {
  let provider: TestProvider;
  const people = new Map<Caller, Colleague>();
  let subject: { sub: string };

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    for (const role of staffRoles) people.set(role, await newColleague(provider, role));
    people.set("partner", await newColleague(provider, undefined));
    subject = await provider.addAccount("objet@partenaire.test");
    // Not to be signed out before the last route has been asked.
    jest.spyOn(provider.application.endings, "renewEverybodys").mockResolvedValue();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await provider.stop();
  });

  /** The answer itself, without what follows it. */
  const ask = (browser: BrowserAgent, method: string, path: string) => {
    const url = new URL(path, provider.issuer);
    return fetch(url, {
      method,
      redirect: "manual",
      headers: { cookie: browser.cookies.header(url) ?? "", accept: "text/html" },
      ...(method === "POST" && { body: new URLSearchParams() }),
    });
  };
  const addressOf = (path: string) => path.replace(":sub", subject.sub).replace(":id", "unknown");

  it.each(
    Object.entries(matrix).flatMap(([route, rule]) =>
      callers.map((caller) => ({ route, caller, rule })),
    ),
  )("lets $caller through $route as its rule says", async ({ route, caller, rule }) => {
    const [method = "", path = ""] = route.split(" ");
    const { browser } = people.get(caller) ?? { browser: new BrowserAgent() };
    // Not to lose the account before the last route has been asked.
    const harmless = path.endsWith("/delete") && method === "POST" ? "unknown" : subject.sub;
    const address = addressOf(path.replace(":sub", harmless));
    const { status, headers } = await ask(browser, method, address);
    const location = headers.get("location") ?? "";
    if (caller === "nobody") {
      expect(status).toBe(303);
      expect(location).toMatch(/^\/sign-in\?return_to=\/admin[\w/-]*$/);
      return;
    }
    const able = staffRoles.indexOf(caller as StaffRole) >= staffRoles.indexOf(rule.role);
    if (!able) expect(status).toBe(403);
    else {
      expect([200, 303, 404, 410, 422]).toContain(status);
      expect(location).not.toContain("/sign-in");
    }
  });

  it.each(routes.filter(({ method }) => method === "POST"))(
    "takes no $method $path from another site",
    async ({ path }) => {
      const { browser } = people.get("admin") ?? { browser: new BrowserAgent() };
      const page = await browser.post(
        `${provider.issuer}${addressOf(path)}`,
        {},
        "https://evil.example/",
      );
      expect(page.status).toBe(403);
    },
  );

  it.each(
    routes.filter(({ method, path }) => method === "POST" && path.includes("/accounts/:sub/")),
  )(
    "lets nobody do $method $path to their own account, nor an agent to a colleague's",
    async ({ path }) => {
      const [reader, agent, admin] = staffRoles.map((role) => people.get(role));
      for (const self of [agent, admin]) {
        if (!self) throw new Error("a colleague is missing");
        const own = await ask(self.browser, "POST", path.replace(":sub", self.sub));
        expect(own.status).toBe(403);
      }
      if (!agent || !reader) throw new Error("a colleague is missing");
      const colleagues = await ask(agent.browser, "POST", path.replace(":sub", reader.sub));
      expect(colleagues.status).toBe(403);
    },
  );
});
