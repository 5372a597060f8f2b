import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { newPerson } from "../support/person.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

interface Layer {
  readonly path: string;
  readonly methods: readonly string[];
}

describe("the address that a form leaves", () => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await startTestProvider(databases[0] as DatabaseKind);
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Every address that takes a form, with a number or a word in place of each parameter. */
  const paths = (method: string) => {
    const routers = provider.application
      .routes("pages")
      .flatMap((each) => ("router" in each ? [each.router as { readonly stack: Layer[] }] : []));
    const found = routers.flatMap(({ stack }) =>
      stack.filter(({ methods }) => methods.includes(method)).map(({ path }) => path),
    );
    return [...new Set(found)].filter((path) => !/^\/(?:api|register|reg)\b/.test(path));
  };

  it("leads to its page when it is looked at, whoever looks", async () => {
    const person = await newPerson(provider);
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    const staff = await newColleague(provider, "admin");
    const visitor = new BrowserAgent();
    await provider.party("portal").login(visitor);
    const uid = visitor.page.url.split("/").at(-1) ?? "";
    const forms = paths("POST");
    expect(forms.length).toBeGreaterThan(40);
    const pages = new Set(paths("GET"));
    const dead: string[] = [];
    for (const path of forms) {
      const url = new URL(path.replace(":uid", uid).replaceAll(/:\w+/g, "1"), provider.issuer);
      const browser = path.startsWith("/admin")
        ? staff.browser
        : path.startsWith("/account")
          ? person.browser
          : visitor.tab();
      const { status, url: end } = await browser.open(url);
      // What a parameter names may not be there: then its page says so, in words.
      const isGone = [404, 410].includes(status) && (pages.has(path) || end !== url.href);
      if (status !== 200 && !isGone) dead.push(`${path} → ${end} ${status}`);
    }
    expect(dead).toEqual([]);
  });

  it.each([
    ["/account/profile", "/account"],
    ["/account/language", "/account"],
    ["/account/sessions/abc/end", "/account"],
    ["/signup/resend?client_id=portal", "/signup?client_id=portal"],
    ["/account/requests/withdraw", "/account/requests"],
  ])("%s leads to %s", async (path, page) => {
    const person = await newPerson(provider);
    await person.browser.open(`${provider.issuer}/account`);
    await person.signIn();
    await person.browser.open(provider.issuer + path);
    expect(person.browser.page).toMatchObject({ status: 200, url: provider.issuer + page });
  });

  it.each(["/account/nothing", "/nothing", "/api/v1/nothing"])("%s is none", async (path) => {
    const { status } = await fetch(provider.issuer + path, { redirect: "manual" });
    expect([401, 404]).toContain(status);
  });
});
