import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mailsTo } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { manySirets } from "../support/many-sirets.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";

const many = manySirets(2000);
const [first = ""] = many;
const distant = many[1700] ?? "";

describe.each(databases)("pages about two thousand establishments, on $name", (kind) => {
  let provider: TestProvider;
  let agent: Colleague;
  let sub: string;
  const email = "deux.mille@partenaire.test";
  const openNow = () => provider.application.accesses.openEstablishments(sub);
  const url = () => `/admin/accounts/${sub}`;

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    const account = await provider.addAccount(email);
    sub = account.sub;
    const names = new Map(many.map((siret, place) => [siret as never, `Centre ${String(place)}`]));
    for (const siret of many.slice(1000, 1060)) names.set(siret as never, "L’Œuvre – Cœur");
    const command = { account, sirets: many as never[], names, by: "operator" };
    expect((await provider.application.accesses.open(command)).accepted).toBe(true);
    agent = await newColleague(provider, "agent");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("shows a person fifty of their own, the count and a search", async () => {
    const browser = new BrowserAgent();
    await browser.open(`${provider.issuer}/account`);
    await browser.fill({ email, password: goodPassword }).submit("Se connecter");
    const shown = () =>
      browser.page.findAll("li").filter(({ text }) => text.includes("130 025 26"));
    expect(shown()).toHaveLength(50);
    expect(shown()[0]?.text).toContain(grouped(first));
    expect(browser.page.text).toContain("2 000 sur 2 000 établissements");
    expect(browser.page.text).toContain("Page 1 sur 40");
    expect(Buffer.byteLength(browser.page.html)).toBeLessThan(60_000);
    await browser.page.form(".narrowing").fill({ q: "oeuvre coeur" }).submit();
    expect(browser.page.text).toContain("60 sur 2 000 établissements");
    await browser.click("Page suivante");
    expect(shown()).toHaveLength(10);
    expect(browser.page.text).toContain("Page 2 sur 2");
    await browser.page.form(".narrowing").fill({ q: distant }).submit();
    expect(shown().map(({ text }) => text)).toEqual([expect.stringContaining(grouped(distant))]);
  });

  it("shows staff fifty of an account, the count and a search", async () => {
    await agent.open(url());
    const shown = () =>
      agent.browser.page.findAll("tr").filter(({ text }) => text.includes("130 025 26"));
    expect(shown()).toHaveLength(50);
    expect(agent.browser.page.text).toContain("2 000 sur 2 000 établissements");
    expect(Buffer.byteLength(agent.browser.page.html)).toBeLessThan(100_000);
    await agent.open(`${url()}?page=999`);
    expect(agent.browser.page.text).toContain("Page 40 sur 40");
    await agent.browser.page.form(".narrowing").fill({ q: "cœur" }).submit();
    expect(shown()).toHaveLength(50);
    await agent.browser.click("Fermer plusieurs accès");
    expect(agent.browser.page.text).toContain("60 sur 2 000 établissements");
  });

  it("closes all that a search finds, once their number was confirmed, with one letter", async () => {
    const before = (await mailsTo(provider, email)).length;
    await agent.open(`${url()}/close?q=coeur`);
    expect(agent.browser.page.findAll(".choice")).toHaveLength(51);
    await agent.browser.fill({ all: true, reason: "fin de convention" }).submit("#primary");
    expect(agent.browser.page.text).toContain("60 établissements seront fermés");
    expect(await openNow()).toHaveLength(2000);
    // A colleague closes one meanwhile: what is closed is what was counted.
    await provider.closeAccess(email, many[1000] ?? "");
    await agent.browser.submit("#primary");
    expect(agent.browser.page.text).toContain("59 établissements seront fermés");
    expect(await openNow()).toHaveLength(1999);
    await agent.browser.submit("#primary");
    expect(agent.browser.page.find(".notice")?.text).toContain("59");
    expect(await openNow()).toHaveLength(1940);
    expect(await mailsTo(provider, email)).toHaveLength(before + 2);
  });
});

function grouped(siret: string): string {
  return siret.replace(/^(...)(...)(...)/, "$1 $2 $3 ");
}
