import { describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import type { Account, StaffRole } from "../../src/accounts/index.ts";
import { type StaffRule, admit } from "../../src/backoffice/staff-member.ts";

const now = 1_790_000_000;

/** Asks the gate about a person who signed in so many seconds ago, by these means. */
async function ask(
  person: { role?: StaffRole; ago?: number; amr?: string[]; isIdle?: boolean } | undefined,
  rule: StaffRule,
  opens = true,
  page = "/admin/audit",
  seen?: string,
) {
  const answer = { status: 404, location: "", noted: "" };
  const ctx = {
    state: {},
    secure: true,
    cookies: {
      get: () => seen,
      set: (_name: string, value: string) => {
        answer.noted = value;
      },
    },
    set status(status: number) {
      answer.status = status;
    },
    redirect: (location: string) => {
      answer.location = location;
    },
  } as unknown as Context;
  const account = { sub: "sub", role: person?.role } as Account;
  const { ago = 0, amr = ["pwd", "otp", "mfa"] } = person ?? {};
  const session = person && {
    ...{ account, id: "session", authenticatedAt: now - ago, amr, isShared: false },
    isIdle: person.isIdle === true,
  };
  const staff = await admit(
    ctx,
    rule,
    { forms: page },
    {
      currentSession: () => Promise.resolve(session),
      clock: { epochSeconds: () => now, epochMilliseconds: () => now * 1000 },
      opensBackoffice: () => Promise.resolve(opens),
    },
  );
  return staff?.role ?? answer.location;
}

describe("the gate of the back office", () => {
  const signIn = "/sign-in?return_to=/admin/audit";
  const closing = "/admin/accounts/x/close%3Fq%3Dl%2527%25C3%25A9cole%26page%3D2";

  const edit = "/admin/clients/https%253A%252F%252Fx.example%252F/edit";

  it("asks who is not signed in to sign in", async () => {
    expect(await ask(undefined, { role: "reader" })).toBe(signIn);
  });

  it.each([
    ["/admin", "/admin"],
    ["/admin/", "/admin"],
    ["/admin/accounts/a_b-c/open", "/admin/accounts/a_b-c/open"],
    ["/admin/accounts/x/close?q=l%27%C3%A9cole&page=2", closing],
    ["/admin/clients/portail.v2", "/admin/clients/portail.v2"],
    ["/admin/../signup", "/admin"],
    ["/admin/accounts/x&fresh=0", "/admin"],
    ["/admin/clients/a%20b", "/admin/clients/a%2520b"],
    ["/admin/clients/https%3A%2F%2Fx.example%2F/edit", edit],
    ["/admin/clients/%2E%2E", "/admin"],
    ["/admin/clients/%2e%2e", "/admin"],
    ["/admin/clients/a%0D%0Ab", "/admin"],
    ["//evil.example/admin", "/admin"],
  ])("leads back from %s to %s", async (page, leadsTo) => {
    const location = await ask(undefined, { role: "reader" }, true, page);
    expect(location).toBe(`/sign-in?return_to=${leadsTo}`);
  });

  it("asks for a second factor, used in the session and held now, and lets in who has both", async () => {
    const person = { role: "admin" as const, amr: ["pwd"] };
    expect(await ask(person, { role: "reader" })).toBe(signIn);
    expect(await ask({ role: "admin" }, { role: "reader" }, false)).toBe(signIn);
    expect(await ask({ role: "admin" }, { role: "reader" })).toBe("admin");
  });

  it.each([
    [undefined, "reader", false],
    ["reader", "reader", true],
    ["reader", "agent", false],
    ["agent", "reader", true],
    ["agent", "agent", true],
    ["agent", "admin", false],
    ["admin", "agent", true],
    ["admin", "admin", true],
  ] as const)("lets %s through a route for %s: %s", async (role, least, isLetIn) => {
    const asked = ask(role ? { role } : {}, { role: least });
    if (isLetIn) expect(await asked).toBe(role);
    else await expect(asked).rejects.toMatchObject({ status: 403, code: "staff-only" });
  });

  it.each<[string, { ago: number; idle?: number }, StaffRule["fresh"], boolean]>([
    ["a proof of 15 minutes ago", { ago: 900 }, true, true],
    ["an older one", { ago: 901 }, true, false],
    ["an older one, for what takes no fresh one", { ago: 901 }, undefined, true],
    ["activity 15 minutes ago", { ago: 7200, idle: 900 }, true, true],
    ["older activity", { ago: 7200, idle: 901 }, true, false],
    ["activity now, a proof of 8 hours ago", { ago: 28_800, idle: 0 }, true, true],
    ["activity now, an older proof", { ago: 28_801, idle: 0 }, true, false],
    ["a proof of 15 minutes ago", { ago: 900, idle: 0 }, "proven", true],
    ["activity now, an older proof", { ago: 901, idle: 0 }, "proven", false],
    ["activity that is still to come", { ago: 901, idle: -60 }, true, true],
  ])("judges %s, %j, for a rule that says fresh %s: %s", async (_, times, fresh, isLetIn) => {
    const { ago, idle } = times;
    const seen = idle === undefined ? undefined : `session:${String(now - idle)}`;
    const rule = { role: "agent", ...(fresh === undefined ? {} : { fresh }) } as const;
    const answer = await ask({ role: "agent", ago }, rule, true, "/admin/audit", seen);
    expect(answer).toBe(isLetIn ? "agent" : `${signIn}&fresh=1`);
  });

  it("takes no activity of another session for this one's", async () => {
    const seen = `another:${String(now)}`;
    const rule = { role: "agent", fresh: true } as const;
    const answer = await ask({ role: "agent", ago: 901 }, rule, true, "/admin/audit", seen);
    expect(answer).toBe(`${signIn}&fresh=1`);
  });
});
