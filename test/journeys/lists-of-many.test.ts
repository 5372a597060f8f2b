import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EmailAddress } from "../../src/foundation/index.ts";
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

  const pasted = (sirets: readonly string[]) =>
    sirets
      .map((siret) => grouped(siret).replaceAll(" ", "\u202f").split("").join("\u00a0"))
      .join("\n");

  it("opens two thousand that were pasted with spaces everywhere, by what the preview carries", async () => {
    const account = await provider.addAccount("collage@partenaire.test");
    await agent.open(`/admin/accounts/${account.sub}/open`);
    await agent.browser.fill({ siret_list: pasted(many), reason: "liste" }).submit("Vérifier");
    expect(agent.browser.page.find("#verdicts")?.text).toBe("Établissements à ouvrir : 2 000");
    await agent.browser.submit("#primary");
    expect(agent.browser.page.find(".notice")?.text).toContain("2 000");
    const open = await provider.application.accesses.openEstablishments(account.sub);
    expect(open).toHaveLength(2000);
  });

  it("invites to two thousand the same way", async () => {
    const invited = "invite@partenaire.test" as EmailAddress;
    await agent.open("/admin/invite");
    const typed = { email: invited, siret_list: pasted(many), reason: "liste" };
    await agent.browser.fill(typed).submit("Vérifier");
    expect(agent.browser.page.status).toBe(200);
    await agent.browser.submit("#primary");
    expect(agent.browser.page.find(".notice")?.text).toContain("2 000");
    expect(await provider.application.invitations.waiting([invited])).toHaveLength(2000);
    await agent.open("/admin/invite");
    await agent.browser.fill(typed).submit("Vérifier");
    expect(agent.browser.page.find("#verdicts")?.text).toBe("Rien à ajouter");
  });

  it("shows every number that is refused, with its box, and counts those beyond two thousand", async () => {
    const account = await provider.addAccount("tronque@partenaire.test");
    const check = async (siret_list: string) => {
      await agent.open(`/admin/accounts/${account.sub}/open`);
      const page = await agent.browser.fill({ siret_list, reason: "r" }).submit("Vérifier");
      return page.findAll("p").find(({ text }) => text.startsWith("Numéros écartés"))?.text;
    };
    // As a spreadsheet leaves them that took them for numbers: the zeros in front are lost.
    const lost = manySirets(150, "005572466").map((siret) => siret.replace(/^0+/, ""));
    expect(await check(lost.join("\n"))).toBe("Numéros écartés : 150.");
    const boxes = agent.browser.page.findAll(".rows tbody label");
    expect(boxes).toHaveLength(150);
    const last = boxes.at(-1)?.attribute("for") ?? "";
    await agent.browser.page
      .form("#act")
      .fill({ [last]: true })
      .submit("#primary");
    const open = await provider.application.accesses.openEstablishments(account.sub);
    expect(open.map(({ siret }) => `proposed-${siret}`)).toEqual([last]);
    const telephones = Array.from({ length: 2100 }, (_, at) => `01${String(23_000_000 + at)}`);
    expect(await check(telephones.join("\n"))).toMatch(
      /^Numéros écartés : 2 100. Seuls les 2 000 premiers sont montrés/,
    );
  });

  it("keeps what is ticked and typed to close through pages, searches and the way back", async () => {
    const { browser } = agent;
    const boxOf = (siret: string) => `siret-${siret}`;
    const isTicked = (siret: string) =>
      browser.page.find(`#${boxOf(siret)}`)?.attribute("checked") !== undefined;
    await agent.open(`${url()}/close`);
    await browser.fill({ [boxOf(first)]: true, reason: "fin de stage" }).submit("Page suivante");
    expect(browser.page.text).toContain("Page 2 sur 40");
    const onSecond = many[60] ?? "";
    await browser.fill({ [boxOf(onSecond)]: true, search: distant }).submit("Rechercher");
    expect(browser.page.text).toContain("1 sur 2 000 établissements");
    await browser.fill({ [boxOf(distant)]: true }).submit("#primary");
    expect(browser.page.text).toContain("seront fermés à ce compte, maintenant : 3.");
    // In another language it would be asked for anew, by its address alone.
    expect(browser.page.findAll("form.language")).toEqual([]);
    await browser.submit("Revenir au choix");
    expect([first, onSecond, distant].map(isTicked)).toEqual([true, true, true]);
    expect(browser.page.form().values).toMatchObject({ reason: "fin de stage", search: distant });
    expect(browser.page.url).not.toContain("?");
    expect(await openNow()).toHaveLength(2000);
  });

  it("does not take « tout cocher » along to another search", async () => {
    const { browser } = agent;
    await agent.open(`${url()}/close?q=coeur`);
    await browser.fill({ all: true, reason: "fin" }).submit("Page suivante");
    expect(browser.page.text).toContain("Page 2 sur 2");
    expect(browser.page.form().values).toMatchObject({ all: "on", q: "coeur" });
    await browser.fill({ search: "" }).submit("Rechercher");
    expect(browser.page.text).toContain("Page 1 sur 40");
    expect(browser.page.form().values).not.toHaveProperty("all");
    // What is typed and not looked for yet is no part of what was shown.
    await agent.open(`${url()}/close?q=coeur`);
    await browser.fill({ all: true, reason: "fin", search: "" }).submit("#primary");
    expect(browser.page.text).toContain("seront fermés à ce compte, maintenant : 60.");
  });

  it("takes Enter for a search where something else is looked for, else for closing", async () => {
    const { browser } = agent;
    await agent.open(`${url()}/close?q=coeur`);
    // Enter presses the first button of a form.
    await browser.fill({ search: distant, reason: "fin" }).submit();
    expect(browser.page.text).toContain("1 sur 2 000 établissements");
    expect(browser.page.form().values).toMatchObject({ q: distant, reason: "fin" });
    await browser.fill({ reason: "" }).submit();
    expect(browser.page).toMatchObject({ status: 422, h1: "Fermer des accès" });
  });

  it("closes all that a search finds, once their number was confirmed, with one letter", async () => {
    const before = (await mailsTo(provider, email)).length;
    await agent.open(`${url()}/close?q=coeur`);
    expect(agent.browser.page.findAll(".choice")).toHaveLength(51);
    await agent.browser.fill({ all: true, reason: "fin de convention" }).submit("#primary");
    expect(agent.browser.page.text).toContain("seront fermés à ce compte, maintenant : 60.");
    expect(await openNow()).toHaveLength(2000);
    // A colleague closes one meanwhile: what is closed is what was counted.
    await provider.closeAccess(email, many[1000] ?? "");
    await agent.browser.submit("#primary");
    expect(agent.browser.page.text).toContain("seront fermés à ce compte, maintenant : 59.");
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
