import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { type Colleague, newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

describe.each(databases)("the team, on $name", (kind) => {
  let provider: TestProvider;
  let admin: Colleague;
  const roleOf = async (email: string) => {
    const found = await provider.application.administration.find(email);
    return found.accepted ? found.value.role : undefined;
  };
  const give = async (email: string, role: string) => {
    await admin.open("/admin/members");
    await admin.browser.fill({ email, role }).submit();
    return admin.browser.page;
  };

  beforeAll(async () => {
    provider = await startTestProvider(kind);
    admin = await newColleague(provider, "admin");
  });
  afterAll(async () => {
    await provider.stop();
  });

  it("takes in who has an account, changes a role, and takes it away", async () => {
    const person = await newPerson(provider);
    expect((await give(person.email, "reader")).text).toContain("Le rôle est donné.");
    expect(await roleOf(person.email)).toBe("reader");
    await give(` ${person.email.toUpperCase()} `, "agent");
    expect(await roleOf(person.email)).toBe("agent");
    const form = admin.browser.page
      .findAll("a")
      .map((each) => each.attribute("href") ?? "")
      .find((address) => address.endsWith(`${person.sub}/remove`));
    await admin.open(form ?? "");
    expect(admin.browser.page.h1).toBe("Retirer ce rôle ?");
    expect(await roleOf(person.email)).toBe("agent");
    await admin.browser.submit("Retirer le rôle");
    expect(admin.browser.page.text).toContain("Le rôle est retiré.");
    expect(await roleOf(person.email)).toBeUndefined();
    await admin.post(form ?? "");
    expect(admin.browser.page.text).toContain("Un collègue l'avait déjà fait");
    const { entries } = await provider.application.audit.page(
      { person: { sub: person.sub } },
      { limit: 10 },
    );
    const isOfRole = ({ name }: { readonly name: string }) => name.startsWith("staff-");
    expect(
      entries.filter(isOfRole).map(({ name, actor, details }) => [name, actor, details?.["role"]]),
    ).toEqual([
      ["staff-removed", admin.sub, "agent"],
      ["staff-added", admin.sub, "agent"],
      ["staff-added", admin.sub, "reader"],
    ]);
  });

  it.each([
    ["x", "reader", "Saisissez un email complet"],
    ["personne@nulle.part.test", "reader", "Aucun compte n'a cette adresse"],
  ])("refuses %s with its reason", async (email, role, sentence) => {
    const page = await give(email, role);
    expect(page).toMatchObject({ status: 422, h1: "Équipe" });
    expect(page.findAll(".error-summary a").map((link) => link.attribute("href"))).toEqual([
      "#email",
    ]);
    expect(page.text).toContain(sentence);
    expect(page.find("#email")?.attribute("value")).toBe(email);
  });

  it("refuses a role that is none, and one that the person has", async () => {
    const person = await newPerson(provider);
    const page = await admin.post("/admin/members", { email: person.email, role: "king" });
    expect(page.status).toBe(422);
    expect(page.text).toContain("Choisissez un rôle de la liste.");
    await give(person.email, "agent");
    expect((await give(person.email, "agent")).text).toContain("Cette personne a déjà ce rôle.");
  });

  it("lets nobody change their own role, by either form", async () => {
    expect((await give(admin.email, "reader")).text).toContain("seul un collègue peut changer");
    expect(await admin.post(`/admin/members/${admin.sub}/remove`)).toMatchObject({ status: 403 });
    expect(await roleOf(admin.email)).toBe("admin");
    await admin.open("/admin/members");
    expect(admin.browser.page.text).toContain("Votre compte");
  });
});
