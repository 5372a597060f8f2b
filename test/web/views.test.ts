import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import type { Middleware } from "koa";
import { locales } from "../../src/foundation/index.ts";
import { type FormModel, renderPage } from "../../src/web/index.ts";
import { localeOfRequest } from "../../src/web/language.ts";
import { type Element, attribute, descendants, parseHtml, textOf } from "../support/html.ts";
import { pageStates } from "./page-states.ts";
import { type Served, serve, testPages } from "./serve.ts";

/** Answers `/<name of a state>`, with the state's model; `?email=` changes what the page shows. */
const answerState: Middleware = async (ctx) => {
  const state = pageStates[decodeURIComponent(ctx.path.slice(1))];
  if (!state) return;
  const { email } = ctx.query;
  // What request data in `ctx.state` would do to ejs: switch it to client mode, show the template.
  Object.assign(ctx.state, { client: { name: "RP" }, delimiter: "?", escape: String });
  const model = typeof email === "string" ? { ...state.model, email } : state.model;
  await renderPage(ctx, state.status, state.name, model as never);
};

let served: Served;
beforeAll(async () => {
  served = await serve(localeOfRequest(), testPages(), answerState);
});
afterAll(() => served.close());

async function open(state: string, query = "") {
  const response = await fetch(`${served.url}/${encodeURIComponent(state)}?${query}`);
  const html = await response.text();
  const elements = [...descendants(parseHtml(html))];
  return { response, html, elements };
}

function named(elements: readonly Element[], tagName: string): Element[] {
  return elements.filter((element) => element.tagName === tagName);
}

function withId(elements: readonly Element[], id: string): Element | undefined {
  return elements.find((element) => attribute(element, "id") === id);
}

/** A refused form that shows no secret is kept by the browser that sent it. */
function isKept(state: string): boolean {
  const { status = 0, name = "", model = {} } = pageStates[state] ?? {};
  const isForm = "form" in model || "waitSeconds" in model;
  return isForm && [422, 429].includes(status) && !name.startsWith("second-factors/");
}

describe("the pages", () => {
  it("are all among those that are looked at here", () => {
    const models = readdirSync("src", { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith("page-models.ts"))
      .map((name) => readFileSync(`src/${name}`, "utf8"));
    const pages = models.flatMap((text) =>
      [...text.matchAll(/^ +readonly "([a-z-]+\/[a-z-]+)":/gm)].map(([, page]) => page),
    );
    expect(pages.length).toBeGreaterThan(80);
    // What stands here has no sample yet: test/web/page-states.ts, staff's in staff-page-states.ts.
    const seen = new Set(Object.values(pageStates).map(({ name }) => name as string));
    expect(pages.filter((page) => !seen.has(page ?? ""))).toEqual([]);
  });
});

const everyPage = Object.keys(pageStates).flatMap((state) =>
  locales.map((locale) => ({ state, locale })),
);

describe.each(everyPage)("the page « $state » in $locale", ({ state, locale }) => {
  it("is whole: language, title, one h1, one principal action, ids that are unique and found", async () => {
    const { response, elements } = await open(state, `ui_locales=${locale}`);
    expect(response.status).toBe(pageStates[state]?.status);
    expect(response.headers.get("content-language")).toBe(locale);
    const caching = response.headers.get("cache-control");
    expect(caching).toBe(isKept(state) ? "private, no-cache" : "no-store");
    expect(attribute(named(elements, "html")[0] as Element, "lang")).toBe(locale);
    expect(named(elements, "title").map(textOf)[0]).toMatch(/\S - l'Opcommerce$/);
    expect(named(elements, "h1")).toHaveLength(1);
    const ids = elements.flatMap((element) => attribute(element, "id") ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain("primary");
    const references = elements.flatMap((element) =>
      ["for", "aria-describedby", "aria-labelledby"].flatMap((name) =>
        (attribute(element, name) ?? "").split(" ").filter(Boolean),
      ),
    );
    expect(ids).toEqual(expect.arrayContaining(references));
  });

  it("names each field alike in name and id, labels it and says how to complete it", async () => {
    const { elements } = await open(state, `ui_locales=${locale}`);
    const fields = named(elements, "input").filter(
      (input) =>
        !["hidden", "radio"].includes(attribute(input, "type") ?? "") &&
        attribute(input, "hidden") === undefined,
    );
    const labels = named(elements, "label").map((label) => attribute(label, "for"));
    for (const field of fields) {
      const id = attribute(field, "id");
      expect(attribute(field, "name")).toBe(id);
      // A box in a row is named by what the row is about.
      expect(labels.includes(id) || Boolean(attribute(field, "aria-label"))).toBe(true);
      // HTML knows no `autocomplete` on a choice of file.
      const completed = attribute(field, "type") !== "file";
      expect(Boolean(attribute(field, "autocomplete"))).toBe(completed);
    }
  });

  it("says beside a password whose it is, for who keeps passwords", async () => {
    const { elements } = await open(state, `ui_locales=${locale}`);
    for (const form of named(elements, "form")) {
      const fields = named([...descendants(form)], "input");
      if (!fields.some((field) => attribute(field, "type") === "password")) continue;
      expect(fields.map((field) => attribute(field, "autocomplete"))).toContain("username");
    }
  });

  it("carries no script, style or handler in line, and no template left over", async () => {
    const { html, elements } = await open(state, `ui_locales=${locale}`);
    const attributes = elements.flatMap((element) => element.attrs.map(({ name }) => name));
    expect(attributes.filter((name) => name === "style" || name.startsWith("on"))).toEqual([]);
    const scripts = named(elements, "script");
    expect(scripts.every((script) => attribute(script, "src") && textOf(script) === "")).toBe(true);
    expect(named(elements, "style")).toEqual([]);
    expect(html).not.toMatch(/<%|undefined|\[object/);
  });
});

/** The states of forms that were refused, with the problems they were given. */
const refusedForms = Object.entries(pageStates).flatMap(([state, { model }]) => {
  const problems = "form" in model ? (model.form satisfies FormModel).problems : [];
  return problems.length > 0 ? [{ state, problems }] : [];
});

describe.each(refusedForms)("the refused form « $state »", ({ state, problems }) => {
  it("says so in its title and in a summary that links to each field at fault", async () => {
    const { elements } = await open(state);
    expect(named(elements, "title").map(textOf)[0]).toMatch(/^Erreur - /);
    const summary = elements.find((element) => attribute(element, "role") === "alert");
    const links = named([...descendants(summary as Element)], "a");
    const fields = problems.flatMap(({ field }) => field ?? []);
    expect(links.map((link) => attribute(link, "href"))).toEqual(
      fields.map((field) => `#${field}`),
    );
    for (const field of fields) {
      const control = withId(elements, field) as Element;
      expect(attribute(control, "aria-describedby")).toContain(`${field}-error`);
      if (control.tagName === "input") expect(attribute(control, "aria-invalid")).toBe("true");
    }
  });

  it("never shows a password that was typed", async () => {
    const { html } = await open(state);
    expect(html).not.toContain("typed secret");
  });
});

describe("the sign-up page", () => {
  it("keeps what was typed", async () => {
    const { elements } = await open("sign-up refused");
    expect(attribute(withId(elements, "given_name") as Element, "value")).toBe("Zoé");
    expect(attribute(withId(elements, "email") as Element, "value")).toBe("testM0@test.com");
  });

  it("has the guide's title, labels and actions, the welcome first", async () => {
    const { elements } = await open("sign-up");
    expect(named(elements, "h1").map(textOf)).toEqual(["Créer un compte"]);
    expect(named(elements, "h2").map(textOf)).toEqual(["Bienvenue"]);
    expect(named(elements, "label").map(textOf)).toEqual([
      "Email",
      "Confirmer votre Email",
      "Mot de passe",
      "Confirmer le mot de passe",
      "Prénom",
      "Nom",
    ]);
    const actions = elements.filter((each) => attribute(each, "class")?.includes("button"));
    expect(actions.map(textOf)).toEqual([
      "Créer le compte",
      "Se connecter",
      "Récupérer mon mot de passe",
    ]);
    expect(attribute(withId(elements, "primary") as Element, "type")).toBe("submit");
  });

  it("tells the rule of passwords before one is typed", async () => {
    const { elements } = await open("sign-up");
    expect(textOf(withId(elements, "password-hint") as Element)).toContain("12 caractères minimum");
  });
});

describe("the guide's sentences, to the letter in the page's source", () => {
  it.each([
    ["sign-up sent", "Un message de validation a été envoyé sur votre email : testM0@test.com."],
    ["sign-up sent", "Renvoyer à nouveau l'email"],
    ["sign-up sent", "Retour à la connexion"],
    ["sign-up sent", "Validation de compte"],
    ["validate", "Valider la création de mon compte"],
    [
      "validated",
      "Félicitations, votre compte a bien été validé. Vous pouvez maintenant vous connecter à votre espace Web services :",
    ],
    ["validated", "Se connecter"],
    [
      "no access",
      "Vous ne possédez pas encore les autorisations pour accéder au Portail OF de l'Opcommerce. Merci de vous rapprocher de votre correspondant de l'Opcommerce pour demander l'accès à l'espace OF de votre organisme.",
    ],
    [
      "no access",
      "Communiquez à l'Opcommerce les Siret des établissements des organismes auxquels vous souhaitez accéder.",
    ],
    [
      "no access",
      "A noter : cette demande se fait en prenant directement contact avec votre/vos interlocuteur(s) de l'Opcommerce.",
    ],
    [
      "no access",
      "Pour retrouver votre contact de l'Opcommerce, rendez-vous sur www.lopcommerce.com - Rubrique : Nous contacter",
    ],
  ])("« %s »: %s", async (state, sentence) => {
    const { html } = await open(state);
    expect(html).toContain(sentence);
  });
});

describe("the buttons that decide", () => {
  it.each([
    ["no access", ["ask", "switch-account", "return"]],
    ["consent", ["allow", "refuse"]],
  ])("« %s » sends action = %j", async (state, values) => {
    const { elements } = await open(state);
    const buttons = named(elements, "button").filter(
      (button) => attribute(button, "name") !== "language",
    );
    expect(buttons.map((button) => attribute(button, "name"))).toEqual(values.map(() => "action"));
    expect(buttons.map((button) => attribute(button, "value"))).toEqual(values);
  });

  it("« sign-out » sends logout = yes with the library's token, or nothing to stay", async () => {
    const { elements } = await open("sign-out");
    const [token] = named(elements, "input");
    const [leave, stay] = named(elements, "button");
    expect(token && [attribute(token, "name"), attribute(token, "value")]).toEqual(["xsrf", "x-1"]);
    expect(leave && [attribute(leave, "name"), attribute(leave, "value")]).toEqual([
      "logout",
      "yes",
    ]);
    expect(stay && attribute(stay, "name")).toBeUndefined();
  });

  it("« choice of establishment » offers each SIRET and marks the current one", async () => {
    const { elements } = await open("choice of establishment");
    const radios = named(elements, "input");
    expect(radios.map((radio) => [attribute(radio, "name"), attribute(radio, "value")])).toEqual([
      ["siret", "55210055400013"],
      ["siret", "35600000000048"],
    ]);
    const labels = named(elements, "label").map((label) => textOf(label).includes("actuel"));
    expect(labels).toEqual([false, true]);
  });
});

describe("the form that changes a password", () => {
  it("says which of its passwords is the new one", async () => {
    const { elements } = await open("own password");
    expect(named(elements, "label").map(textOf)).toEqual([
      "Mot de passe actuel",
      "Nouveau mot de passe",
      "Confirmer le mot de passe",
    ]);
  });
});

describe("what a page says in pieces", () => {
  it.each([
    ["staff: account", "fr", "email ou mot de passe refusé"],
    ["staff: account", "en", "email or password refused"],
    ["staff: account changed", "fr", "Camille Agent : Fin de la convention"],
    ["staff: account changed", "en", "Camille Agent: Fin de la convention"],
    ["staff: colleague request", "fr", "Message Elle nous rejoint"],
    ["organisation", "fr", "Motif : Cette personne"],
    ["organisation", "en", "Reason: Cette personne"],
  ])("%s, in %s: %s", async (state, locale, said) => {
    const { elements } = await open(state, `ui_locales=${locale}`);
    expect(textOf(withId(elements, "content") as Element)).toContain(said);
  });
});

describe("staff's page of a request for a colleague without account", () => {
  const invites = "une invitation part";

  it("says that an invitation is sent as long as one would be", async () => {
    const said = async (state: string) =>
      textOf(withId((await open(state)).elements, "content") as Element);
    expect(await said("staff: colleague request refused")).toContain(invites);
    expect(await said("staff: colleague request decided")).not.toContain(invites);
  });
});

describe("the resend page asked too soon", () => {
  it("tells how long to wait, from the server's number", async () => {
    const { elements } = await open("sign-up sent too soon");
    const alert = elements.find((element) => attribute(element, "role") === "alert") as Element;
    expect(textOf(alert)).toContain("dans 45 secondes");
  });
});

describe("renderPage", () => {
  it("escapes what people typed, and leaves their apostrophes", async () => {
    const email = `"><script>alert('x')</script>&`;
    const { html } = await open("recovery sent", `email=${encodeURIComponent(email)}`);
    expect(html).toContain("&#34;&gt;&lt;script&gt;alert('x')&lt;/script&gt;&amp;");
  });

  it("answers each of twenty concurrent requests with its own page (koa-views #147)", async () => {
    const addresses = Array.from({ length: 20 }, (_none, index) => `a${String(index)}@b.fr`);
    const answers = await Promise.all(
      addresses.map(async (email) => ({
        email,
        ...(await open("sign-up sent", `email=${email}`)),
      })),
    );
    for (const { response, html, email } of answers) {
      expect(response.status).toBe(200);
      expect(html).toContain(`sur votre email : ${email}.`);
    }
  });
});
