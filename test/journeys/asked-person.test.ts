import { describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { opened } from "../support/opened.ts";
import { newPerson } from "../support/person.ts";
import { plainClient } from "../support/plain-client.ts";
import { startTestProvider } from "../support/test-provider.ts";

const clients = { portal: {}, pairwise: { subject_type: "pairwise" } };
const ways = ["id_token_hint", "claims"] as const;

describe.each(databases)("a person whom a client asks for, on $name", (kind) => {
  const provider = opened(async () => {
    const started = await startTestProvider(kind, { clients });
    return { ...started, drop: started.stop };
  });

  /** Somebody's browser, and the two ways in which a client asks for them. */
  async function askedFor(clientId: string) {
    const client = plainClient(provider, clientId);
    const stopBefore = [provider.party(clientId).origin];
    const person = await newPerson(provider);
    const own = new BrowserAgent({ stopBefore });
    const code = await client.code(own, {}, () => person.signIn(own));
    const idToken = String((await client.redeem(code)).body["id_token"]);
    const { sub } = claimsOf(idToken);
    const claims = JSON.stringify({ id_token: { sub: { value: sub } } });
    const asked = { id_token_hint: { id_token_hint: idToken }, claims: { claims } };
    return { client, person, sub, asked, browser: new BrowserAgent({ stopBefore }) };
  }

  it.each(ways.flatMap((way) => Object.keys(clients).map((clientId) => [way, clientId] as const)))(
    "by %s (%s) alone comes back: another one is told, and asked again",
    async (way, clientId) => {
      const { client, person, sub, asked, browser } = await askedFor(clientId);
      const another = await newPerson(provider);
      await client.authorize(browser, asked[way]);
      expect(browser.page.text).not.toContain("en attend un autre");
      await another.signIn(browser);
      const told = `Vous êtes connecté avec le compte ${another.email}, mais « Service ${clientId} » en attend un autre.`;
      expect(browser.page).toMatchObject({ status: 200, h1: "Connexion" });
      expect(browser.page.text).toContain(told);
      await person.signIn(browser);
      const code = client.answer(browser.page).get("code") ?? "";
      expect(claimsOf((await client.redeem(code)).body["id_token"])).toMatchObject({ sub });
    },
  );

  it.each(ways)(
    "by %s is not who is signed in: they may go back, and prompt=none says so",
    async (way) => {
      const { client, asked, browser } = await askedFor("portal");
      const another = await newPerson(provider);
      await client.code(browser, {}, () => another.signIn(browser));
      const none = await client.authorize(browser, { ...asked[way], prompt: "none" });
      expect(client.answer(none).get("error")).toBe("login_required");
      await client.authorize(browser, asked[way]);
      expect(browser.page.text).toContain(`avec le compte ${another.email}`);
      await browser.submit("Retour au service");
      expect(client.answer(browser.page).get("error")).toBe("access_denied");
    },
  );

  it.each(["select_account", "login select_account", "create select_account"])(
    "by prompt=%s has picked their account once they have signed in, and is not asked again",
    async (prompt) => {
      const client = plainClient(provider, "portal");
      const browser = new BrowserAgent({ stopBefore: [provider.party("portal").origin] });
      const person = await newPerson(provider);
      const another = await newPerson(provider);
      for (const each of [person, another]) {
        await client.authorize(browser, { prompt });
        if (prompt.startsWith("create")) await browser.click("Se connecter");
        await each.signIn(browser);
        expect(client.answer(browser.page).get("code")).toBeTruthy();
      }
    },
  );
});

function claimsOf(idToken: unknown): Record<string, unknown> {
  const [, payload = ""] = String(idToken).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>;
}
