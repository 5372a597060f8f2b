import { type IncomingMessage, type Server, createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";

const siretOne = "13002526500013";
const siretTwo = "41816609600051";

/** What a logout token says (OpenID Connect Back-Channel Logout 1.0 §2.4). */
interface LogoutToken {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly sid?: string;
  readonly jti: string;
  readonly events: Record<string, object>;
  readonly nonce?: string;
}

describe.each(databases)("OpenID Connect Back-Channel Logout 1.0 on $name", (kind) => {
  let provider: TestProvider;
  let listener: Server;
  let port: number;
  const received: { readonly path: string; readonly token: LogoutToken }[] = [];
  let answerStatus = 200;
  /** What a client waits for before it answers. */
  let answers: Promise<unknown> = Promise.resolve();

  beforeAll(async () => {
    port = await freePort();
    listener = createServer((request, response) => {
      void readToken(request).then((token) => {
        received.push({ path: request.url ?? "", token });
        response.statusCode = answerStatus;
        void answers.then(() => response.end());
      });
    });
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    const told = (path: string) => ({
      backchannel_logout_uri: `http://127.0.0.1:${port}/${path}`,
      backchannel_logout_session_required: true,
    });
    provider = await startTestProvider(kind, {
      clients: { portal: told("portal"), other: told("other"), silent: {} },
      environment: { PRIVATE_HOSTS: "127.0.0.1" },
    });
  });
  beforeEach(() => {
    received.length = 0;
    answerStatus = 200;
    answers = Promise.resolve();
  });
  afterAll(async () => {
    await provider.stop();
    await new Promise((resolve) => listener.close(resolve));
  });

  async function signIn(browser: BrowserAgent, clientId: string, email: string, siret?: string) {
    const login = await provider.party(clientId).login(browser);
    if (browser.page.h1 === "Connexion")
      await browser.fill({ email, password: goodPassword }).submit();
    if (siret) await browser.fill({ siret }).submit();
    return login.signedIn();
  }
  const tokensFor = (path: string) => received.filter((each) => each.path === `/${path}`);
  const waitForToken = (path: string) =>
    waitFor(`a logout token at ${path}`, () => tokensFor(path)[0]?.token, 5);

  it("tells every client of the session after a sign-out, each with its own sid", async () => {
    await provider.addAccount("sortie@partenaire.test");
    const browser = new BrowserAgent();
    const first = await signIn(browser, "portal", "sortie@partenaire.test");
    const second = await signIn(browser, "other", "sortie@partenaire.test");
    await signIn(browser, "silent", "sortie@partenaire.test");
    await browser.open(await provider.party("portal").endSessionUrl(first.tokens.id_token ?? ""));
    await browser.submit("Se déconnecter");
    const token = await waitForToken("portal");
    expect(token).toMatchObject({
      iss: provider.issuer,
      aud: "portal",
      sub: first.claims.sub,
      sid: first.claims["sid"],
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    expect(token.nonce).toBeUndefined();
    expect((await waitForToken("other")).sid).toBe(second.claims["sid"]);
    expect(received).toHaveLength(2);
  });

  it("does not keep the person waiting for a client that hangs, and tries again", async () => {
    await provider.addAccount("lent@partenaire.test");
    const browser = new BrowserAgent();
    const { tokens } = await signIn(browser, "portal", "lent@partenaire.test");
    answerStatus = 500;
    const { promise: hanging, resolve: answer } = Promise.withResolvers<undefined>();
    answers = hanging;
    await browser.open(await provider.party("portal").endSessionUrl(tokens.id_token ?? ""));
    await browser.submit("Se déconnecter");
    const first = await waitForToken("portal");
    answer(undefined);
    await provider.application.logoutNotices.idle();
    answerStatus = 200;
    const again = await waitFor("another try", () => tokensFor("portal")[1]?.token, 15);
    expect(again.sub).toBe(first.sub);
    expect(again.jti).not.toBe(first.jti);
  });

  it("ends no session whose notice cannot be written: it is told at the next try", async () => {
    await provider.addAccount("muet@partenaire.test");
    const browser = new BrowserAgent();
    const { tokens } = await signIn(browser, "portal", "muet@partenaire.test");
    const address = await provider.party("portal").endSessionUrl(tokens.id_token ?? "");
    await browser.open(address);
    const { database } = provider.application;
    const writing = jest.spyOn(database, "transaction");
    writing.mockRejectedValueOnce(new Error("the register is away"));
    await browser.submit("Se déconnecter");
    writing.mockRestore();
    expect(browser.page.status).toBe(500);
    await browser.open(address);
    await browser.submit("Se déconnecter");
    expect(await waitForToken("portal")).toMatchObject({ aud: "portal" });
  });

  it("tells the clients of an access that closes, before any job runs, and those alone", async () => {
    const email = "ferme@partenaire.test";
    await provider.addAccount(email);
    await provider.openAccess(email, siretOne, siretTwo);
    const browser = new BrowserAgent();
    const first = await signIn(browser, "portal", email, siretOne);
    await signIn(browser, "other", email, siretTwo);
    await provider.closeAccess(email, siretOne);
    await provider.application.logoutNotices.idle();
    const token = await waitForToken("portal");
    expect(token.sid).toBe(first.claims["sid"]);
    expect(tokensFor("other")).toEqual([]);
  });

  it("tells every client when the account is disabled", async () => {
    const email = "bloque@partenaire.test";
    await provider.addAccount(email);
    await signIn(new BrowserAgent(), "portal", email);
    await signIn(new BrowserAgent(), "other", email);
    await provider.application.administration.setState(email, "disabled", "operator");
    await waitForToken("portal");
    await waitForToken("other");
  });

  it("is announced in the discovery document", async () => {
    const document = await (
      await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    ).json();
    expect(document).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    });
  });
});

async function readToken(request: IncomingMessage): Promise<LogoutToken> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const jwt = new URLSearchParams(Buffer.concat(chunks).toString()).get("logout_token") ?? "";
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as LogoutToken;
}
