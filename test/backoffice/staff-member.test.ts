import { describe, expect, it } from "@jest/globals";
import type { Context } from "koa";
import type { Account, StaffRole } from "../../src/accounts/index.ts";
import { admit, freshSeconds } from "../../src/backoffice/staff-member.ts";

const now = 1_790_000_000;

/** Asks the gate about a person who signed in so many seconds ago, by these means. */
async function ask(
  person: { role?: StaffRole; ago?: number; amr?: string[] } | undefined,
  rule: { role: StaffRole; fresh?: boolean },
  opens = true,
  page = "/admin/audit",
) {
  const answer = { status: 404, location: "" };
  const ctx = {
    state: {},
    set status(status: number) {
      answer.status = status;
    },
    redirect: (location: string) => {
      answer.location = location;
    },
  } as unknown as Context;
  const account = { sub: "sub", role: person?.role } as Account;
  const { ago = 0, amr = ["pwd", "otp", "mfa"] } = person ?? {};
  const session = person && { account, authenticatedAt: now - ago, amr };
  const staff = await admit(ctx, rule, page, {
    currentSession: () => Promise.resolve(session),
    clock: { epochSeconds: () => now, epochMilliseconds: () => now * 1000 },
    opensBackoffice: () => Promise.resolve(opens),
  });
  return staff?.role ?? answer.location;
}

describe("the gate of the back office", () => {
  const signIn = "/sign-in?return_to=/admin/audit";

  it("asks who is not signed in to sign in", async () => {
    expect(await ask(undefined, { role: "reader" })).toBe(signIn);
  });

  it.each([
    ["/admin", "/admin"],
    ["/admin/", "/admin"],
    ["/admin/accounts/a_b-c/open", "/admin/accounts/a_b-c/open"],
    ["/admin/accounts/x&fresh=0", "/admin"],
    ["/admin/clients/a%20b", "/admin"],
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

  it("asks to sign in anew for what must be fresh, one second past fifteen minutes", async () => {
    const fresh = { role: "agent", fresh: true } as const;
    expect(await ask({ role: "agent", ago: freshSeconds }, fresh)).toBe("agent");
    expect(await ask({ role: "agent", ago: freshSeconds + 1 }, fresh)).toBe(`${signIn}&fresh=1`);
    expect(await ask({ role: "agent", ago: freshSeconds + 1 }, { role: "agent" })).toBe("agent");
  });
});
