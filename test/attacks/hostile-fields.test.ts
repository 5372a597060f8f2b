import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseEmailAddress, systemRandom } from "../../src/foundation/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { isEndurance } from "../support/endurance.ts";
import { type Person, newPerson, sirets } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { hostileBodies, showsPlanted } from "./hostile-values.ts";

const signUpForm = {
  email: "jeanne@partenaire.test",
  email_confirmation: "jeanne@partenaire.test",
  password: goodPassword,
  password_confirmation: goodPassword,
  given_name: "Jeanne",
  family_name: "Durand",
};

/** A form as a browser holds it: where it goes and what it sends when nobody means ill. */
interface OpenForm {
  readonly url: string;
  readonly browser: BrowserAgent;
  readonly fields: Readonly<Record<string, string>>;
}

describe.each(databases)("hostile fields on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: { establishment_required: true }, other: { first_party: false } },
    });
  });
  afterAll(async () => {
    await provider.stop();
  });

  const people = new Map<string, Person>();

  /** The question a client asks of somebody who is signed in there; only the first time costs a sign-in. */
  async function signedInOnce(clientId: string, parameters = {}): Promise<BrowserAgent> {
    const person = people.get(clientId) ?? (await newPerson(provider));
    people.set(clientId, person);
    await plainClient(provider, clientId).authorize(person.browser, parameters);
    if (person.browser.page.h1 === "Connexion") await person.signIn();
    return person.browser;
  }

  /** Each form of contract §3; made anew when an answer used it up. */
  const forms: Readonly<Record<string, () => Promise<OpenForm>>> = {
    "sign-in": async () => {
      const browser = new BrowserAgent();
      await plainClient(provider, "portal").authorize(browser);
      const fields = { email: "personne@partenaire.test", password: goodPassword };
      return { url: browser.page.url, browser, fields };
    },
    "sign-up": () => alone("/signup", signUpForm),
    "sign-up within an authorization": async () => {
      const browser = new BrowserAgent();
      const page = await plainClient(provider, "portal").authorize(browser);
      return { url: `${page.url}/signup`, browser, fields: signUpForm };
    },
    resend: () => alone("/signup/resend", { "": "" }),
    validation: async () => alone(`/validate/${await link("validation")}`, { password: "wrong" }),
    recovery: () => alone("/recovery", { email: "personne@partenaire.test" }),
    "new password": async () =>
      alone(`/recovery/${await link("recovery")}`, {
        password: goodPassword,
        password_confirmation: goodPassword,
      }),
    "choice of establishment": async () => {
      const person = await newPerson(provider, ...sirets);
      await plainClient(provider, "portal").authorize(person.browser, { scope: "openid siret" });
      await person.signIn();
      return {
        url: person.browser.page.url,
        browser: person.browser,
        fields: { siret: sirets[0] },
      };
    },
    "no access yet": async () => {
      const browser = await signedInOnce("portal");
      return { url: browser.page.url, browser, fields: { action: "back" } };
    },
    consent: async () => {
      const browser = await signedInOnce("other", { prompt: "consent" });
      return { url: browser.page.url, browser, fields: { action: "allow" } };
    },
    "sign-out": async () => {
      const { browser, signIn } = await newPerson(provider, sirets[0]);
      await plainClient(provider, "portal").authorize(browser);
      await signIn();
      const page = await browser.open(`${provider.issuer}/session/end`);
      const fields = { ...page.form().values, logout: "yes" };
      return { url: `${provider.issuer}/session/end/confirm`, browser, fields };
    },
  };

  // The same code serves both; one of them is enough for every day.
  const quick = (name: string) => isEndurance || name !== "sign-up within an authorization";

  it.each(Object.keys(forms).filter(quick))(
    "answers every one of the form « %s » with a page in French, and no fault",
    async (name) => {
      const open = forms[name];
      if (!open) throw new Error(name);
      let form = await open();
      for (const field of Object.keys(form.fields)) {
        for (const { what, body } of hostileBodies(form.fields, field)) {
          const answer = await post(form, body);
          expect({ field, what, wrong: await wrongWith(answer) }).toEqual({
            field,
            what,
            wrong: [],
          });
          if (answer.status === 303) form = await open();
        }
      }
    },
    120_000,
  );

  it("takes none of them for an address or a name", async () => {
    const form = await alone("/signup", signUpForm);
    for (const field of ["given_name", "family_name", "email"]) {
      for (const { what, body } of hostileBodies(form.fields, field)) {
        const { status } = await post(form, body);
        expect({ field, what, refused: status }).toEqual({
          field,
          what,
          refused: expectedRefusal(what),
        });
      }
    }
  });

  it.each(["application/json", "multipart/form-data; boundary=x", "text/plain", "text/xml"])(
    "answers a body of %s with 415 and a page",
    async (type) => {
      for (const path of ["/signup", "/recovery", `/validate/${await link("validation")}`]) {
        const form = await alone(path, {});
        const body = type.includes("json") ? '{"email":{"$ne":null}}' : "--x\r\n\r\n\r\n--x--";
        const answer = await post(form, body, type);
        expect(answer.status).toBe(415);
        expect(await wrongWith(answer)).toEqual([]);
      }
    },
  );

  it.each([
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "ui_locales",
    "claims_locales",
    "acr_values",
    "id_token_hint",
    "claims",
    "siret_hint",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "registration",
    "display",
    "resource",
  ])("answers every authorization request with a hostile %s", async (name) => {
    const url = plainClient(provider, "portal").authorizationUrl({ scope: "openid siret" });
    const fields = Object.fromEntries(url.searchParams);
    for (const { what, body } of hostileBodies(fields, name)) {
      // What is longer than Node reads of a request's head is answered by Node itself.
      if (body.length > 12_000) continue;
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      const page = await browser.open(`${provider.issuer}/auth?${body}`);
      const wrong = [
        ...(page.status >= 500 ? [page.status] : []),
        ...(showsPlanted(page.html) ? [page.html] : []),
        ...(page.status < 300 || page.status >= 400 ? [page.lang].filter((l) => l !== "fr") : []),
      ];
      expect({ what, wrong }).toEqual({ what, wrong: [] });
    }
  });

  it.each(['{"userinfo":null}', '{"id_token":{"sub":null}}', '{"userinfo":{"siret":{"value":1}}}'])(
    "answers the claims %s",
    async (claims) => {
      const person = await newPerson(provider, sirets[0]);
      const browser = new BrowserAgent({ stopBefore: [provider.party("other").origin] });
      await plainClient(provider, "other").authorize(browser, { claims });
      if (browser.page.status === 200) await person.signIn(browser);
      expect([200, 303]).toContain(browser.page.status);
    },
  );

  it.each([
    "/interaction/%00",
    "/interaction/%E0%A4%A",
    "/interaction/..%2f..%2fetc",
    "/validate/%00",
    "/validate/%E0%A4%A",
    "/validate/<planted>",
    "/recovery/%ED%A0%80",
    "/auth/%00",
    "/auth/%E0%A4%A",
    "/assets/..%2f..%2fpackage.json",
    "/%E0%A4%A",
    "//evil.test/%2f..",
    "/signup/sent?resent=<planted>",
    "/recovery/LONG",
    "/interaction/LONG",
  ])("answers the address %s without a fault", async (path) => {
    const answer = await fetch(`${provider.issuer}${path.replace("LONG", "x".repeat(8000))}`, {
      redirect: "manual",
    });
    expect(await wrongWith(answer)).toEqual([]);
  });

  it.each(["/token", "/token/introspection", "/token/revocation", "/me"])(
    "answers hostile bodies at %s as the protocol does, in JSON",
    async (path) => {
      const fields = {
        grant_type: "authorization_code",
        code: "c",
        redirect_uri: provider.party("portal").redirectUri,
        code_verifier: "v".repeat(43),
        refresh_token: "r",
        token: "t",
        client_id: "portal",
        client_secret: "s",
        scope: "openid",
      };
      for (const name of Object.keys(fields)) {
        for (const { what, body } of hostileBodies(fields, name)) {
          const answer = await send(`${provider.issuer}${path}`, body, formType, {
            accept: "application/json",
          });
          const text = await answer.text();
          const { status } = answer;
          expect({
            name,
            what,
            served: status < 500,
            json: text === "" || text.startsWith("{"),
          }).toEqual({
            name,
            what,
            served: true,
            json: true,
          });
        }
      }
    },
  );

  it("leaves nothing broken behind", async () => {
    const person = await newPerson(provider, sirets[0]);
    const login = await provider.party("portal").login(person.browser);
    await person.signIn();
    expect((await login.signedIn()).userinfo["siret"]).toBe(sirets[0]);
    expect(provider.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  function alone(path: string, fields: Readonly<Record<string, string>>): Promise<OpenForm> {
    return Promise.resolve({
      url: `${provider.issuer}${path}`,
      browser: new BrowserAgent(),
      fields,
    });
  }

  /** A link as it is mailed, made without the mail. */
  async function link(purpose: "validation" | "recovery"): Promise<string> {
    const { application } = provider;
    const now = application.clock.epochSeconds();
    const secret = systemRandom.secret();
    const known = await newPerson(provider);
    const email =
      purpose === "recovery"
        ? known.email
        : `lien.${systemRandom
            .identifier()
            .toLowerCase()
            .replace(/[^a-z]/g, "")}@partenaire.test`;
    const origin = { locale: "fr" as const, clientId: undefined };
    const asked =
      purpose === "validation"
        ? await application.signUpRequests.request(
            { ...signUpForm, email, email_confirmation: email },
            origin,
          )
        : undefined;
    const account = await application.administration.find(known.email);
    const parsed = parseEmailAddress(email);
    if (!parsed || !account.accepted) throw new Error(email);
    await application.tokens.insert(secret, {
      purpose,
      email: parsed,
      pendingSignUpId: asked?.accepted ? asked.value.id : undefined,
      accountId: purpose === "recovery" ? account.value.id : undefined,
      clientId: undefined,
      createdAt: now,
      expiresAt: now + 600,
    });
    return secret;
  }
});

const formType = "application/x-www-form-urlencoded";

function post(form: OpenForm, body: string, type = formType): Promise<Response> {
  const { origin } = new URL(form.url);
  const cookie = form.browser.cookies.header(new URL(form.url));
  return send(form.url, body, type, { origin, ...(cookie === undefined ? {} : { cookie }) });
}

function send(
  url: string,
  body: string,
  type: string,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { accept: "text/html,*/*;q=0.5", ...headers, "content-type": type },
    body,
  });
}

/** What is wrong with an answer to a person; empty when nothing is. */
async function wrongWith(answer: Response): Promise<unknown[]> {
  const html = await answer.text();
  const isPage = answer.status < 300 || answer.status >= 400;
  return [
    ...(answer.status >= 500 ? [`status ${answer.status}`] : []),
    ...(isPage && !html.includes('<html lang="fr">') ? [`no page: ${html.slice(0, 200)}`] : []),
    ...(showsPlanted(html) ? ["planted markup"] : []),
    ...(/\bat \S+ \(?file:|node_modules|\.ts:\d/.test(html) ? ["a stack"] : []),
    ...((answer.headers.get("location") ?? "").includes("evil.test") ? ["led away"] : []),
  ];
}

/** A doubled field is no form of ours, a body over 100 kB is not read, the rest is a refused form. */
function expectedRefusal(what: string): number {
  if (what === "doubled") return 400;
  return what === "100 kB" || what === "1 MB" ? 413 : 422;
}
