import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import coBody from "co-body";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { axeViolations, launchChromium, newPerson, takeScreenshot } from "../support/chromium.ts";
import { type DatabaseKind, databases } from "../support/databases.ts";
import { challenge } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Served, serve } from "../web/serve.ts";

const sirets = ["13002526500013", "41816609600051"] as const;
const scheme = "com.example.app";
const opener = `<button onclick="window.other = open(location.hash.slice(1), 'w', 'popup')">Open</button>
<script>addEventListener("message", ({ data }) => { document.title = data; });</script>`;
const report = `<script>opener?.postMessage("came back", "*")</script>taken`;

/** Chromium applies `form-action` to every redirect behind a form: the way out of each page must lead over origins it cannot know. */
describe("the way from our forms to a relying party", () => {
  let browser: Browser;
  let provider: TestProvider;
  let served: readonly Served[];
  let email: string;
  let people = 0;
  const received: Record<string, unknown>[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    const last = await serve((ctx) => {
      ctx.type = "html";
      ctx.body = ctx.path === "/opener" ? opener : report;
    });
    const middle = await serve((ctx) => {
      ctx.redirect(`${last.url}/landed${ctx.search}`);
    });
    const first = await serve(async (ctx) => {
      if (ctx.method === "POST") received.push((await coBody.form(ctx)) as Record<string, unknown>);
      ctx.status = 303;
      ctx.redirect(`${middle.url}/on${ctx.search}`);
    });
    served = [first, middle, last];
    const client = {
      redirect_uris: [`${first.url}/callback`],
      post_logout_redirect_uris: [`${first.url}/out`],
      establishment_required: true,
    };
    provider = await startTestProvider(databases[0] as DatabaseKind, {
      clients: {
        own: client,
        foreign: { ...client, first_party: false },
        installed: {
          application_type: "native",
          token_endpoint_auth_method: "none",
          redirect_uris: [`${scheme}:/callback`],
        },
      },
    });
  });
  afterAll(async () => {
    await browser.close();
    await provider.stop();
    for (const each of served) await each.close();
  });
  beforeEach(async () => {
    email = `personne.${(people += 1)}@partenaire.test`;
    await provider.addAccount(email);
  });

  const landed = () => `${served[2]?.url ?? ""}/landed`;
  const address = (clientId: string, parameters: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: `${served[0]?.url ?? ""}/callback`,
      scope: "openid siret",
      state: "of-the-client",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...parameters,
    });
    return `${provider.issuer}/auth?${query.toString()}`;
  };
  const signIn = async (page: Page) => {
    await page.fill("#email", email);
    await page.fill("#password", goodPassword);
    await page.click("#primary");
  };
  /** What the back button would lead to, the page shown last. */
  const history = async (person: BrowserContext, page: Page) => {
    const session = await person.newCDPSession(page);
    const { entries } = await session.send("Page.getNavigationHistory");
    return entries.map(({ url }) =>
      url.replace(/\?.*/, "").replace(/\/interaction\/.*/, "/interaction"),
    );
  };

  describe.each([
    { kind: "with JavaScript", script: true },
    { kind: "without JavaScript", script: false },
  ])("$kind", ({ script }) => {
    let person: BrowserContext;
    let page: Page;

    beforeEach(async () => {
      person = await newPerson(browser, { script });
      page = await person.newPage();
    });
    afterEach(() => person.close());

    it("leads over three origins from the sign-in, and leaves nothing of ours in the history but its page", async () => {
      await provider.openAccess(email, sirets[0]);
      await page.goto(address("own"));
      await signIn(page);
      await page.waitForURL(`${landed()}?*`);
      expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
      expect(await history(person, page)).toEqual([
        "about:blank",
        `${provider.issuer}/interaction`,
        landed(),
      ]);
      await page.goBack();
      expect(await page.locator("#primary").innerText()).toBe("Reprendre la connexion");
    });

    it("leads there from the choice, and from the consent", async () => {
      await provider.openAccess(email, ...sirets);
      await page.goto(address("foreign"));
      await signIn(page);
      await page.check(`#siret-${sirets[1]}`);
      await page.click("#primary");
      await page.click("#primary");
      await page.waitForURL(`${landed()}?*`);
      expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
    });

    it("leads there with a refusal: of consent, and of who has no access", async () => {
      await page.goto(address("foreign", { scope: "openid" }));
      await signIn(page);
      await page.click("button[value=return]");
      await page.waitForURL(`${landed()}?*`);
      expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
      await provider.openAccess(email, sirets[0]);
      await page.goto(address("foreign"));
      await page.click("button[value=refuse]");
      await page.waitForURL(`${landed()}?*`);
      expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
    });

    it("leads there from the sign-out, and from who stays signed in", async () => {
      await provider.openAccess(email, sirets[0]);
      await page.goto(address("own"));
      await signIn(page);
      await page.waitForURL(`${landed()}?*`);
      const out = `${provider.issuer}/session/end?${new URLSearchParams({
        client_id: "own",
        post_logout_redirect_uri: `${served[0]?.url ?? ""}/out`,
        state: "out & back",
      }).toString()}`;
      await page.goto(out);
      await page.click("button:not(#primary)");
      await page.waitForURL(`${landed()}?*`);
      await page.goto(out);
      await page.click("#primary");
      await page.waitForURL(`${landed()}?*`);
      expect(new URL(page.url()).searchParams.get("state")).toBe("out & back");
      expect(await history(person, page)).not.toContain(`${provider.issuer}/session/end/success`);
    });

    it("brings the form of form_post to where the client leads on", async () => {
      await provider.openAccess(email, sirets[0]);
      await page.goto(address("own", { response_mode: "form_post", ui_locales: "en" }));
      await signIn(page);
      if (!script) {
        expect(await page.locator("html").getAttribute("lang")).toBe("en");
        await takeScreenshot(page, "form-post");
        await page.click("#primary");
      }
      await page.waitForURL(landed());
      expect(received.at(-1)).toMatchObject({ state: "of-the-client", code: expect.any(String) });
    });

    it("opens an installed application by its scheme, and by a link when the browser wants a gesture", async () => {
      const asked: string[] = [];
      const session = await person.newCDPSession(page);
      await session.send("Page.enable");
      session.on("Page.frameRequestedNavigation", ({ url }) => asked.push(url));
      const redirect = { redirect_uri: `${scheme}:/callback`, scope: "openid" };
      await page.goto(address("installed", redirect));
      await signIn(page);
      const link = page.locator("#primary");
      const href = new URL((await link.getAttribute("href")) ?? "");
      expect(href.protocol).toBe(`${scheme}:`);
      expect(href.searchParams.get("code")).toBeTruthy();
      await waitFor("the page to go on by itself", () => asked.includes(href.href), 60);
      const before = asked.length;
      // The browser asks whether it may open the application, and while it asks it lets no click of a mouse through to the page; how
      // soon that is depends on the machine. So nothing is in the way of the link, and it is followed by itself. What is followed in
      // the middle of what went on by itself may be lost; at once, again and again, each would take back the one before.
      await link.click({ trial: true });
      const isAsked = () => asked.length > before && asked.at(-1) === href.href;
      const pressed = async () => {
        await link.dispatchEvent("click");
        return waitFor("the application to be asked for", isAsked, 3).catch(() => false);
      };
      await waitFor("the link", pressed, 60);
      if (script) expect(await axeViolations(page)).toEqual([]);
      await takeScreenshot(page, "leaving");
      // The application that is still asked for may take back what loads the page anew.
      const isOver = async () => {
        await page.reload().catch(() => undefined);
        return (await page.locator("h1").innerText()) === "Votre demande de connexion a expiré";
      };
      await waitFor("the page of a request that is over", isOver, 60);
    });
  });

  it("keeps a popup tied to the window that opened it, through sign-up's page and the sign-in", async () => {
    await provider.openAccess(email, sirets[0]);
    const person = await newPerson(browser);
    const page = await person.newPage();
    await page.goto(`${served[2]?.url ?? ""}/opener#${address("own")}`);
    const [popup] = await Promise.all([person.waitForEvent("page"), page.click("button")]);
    await popup.click("a[href$='/signup']");
    await popup.click("a:text-is('Se connecter')");
    await signIn(popup);
    await page.waitForFunction("document.title === 'came back'");
    expect(await page.evaluate("window.other.closed")).toBe(false);
    await person.close();
  });
});
