import { type IncomingMessage, type Server, createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect } from "@jest/globals";
import { decodeJwt } from "jose";
import { databases } from "../support/databases.ts";
import { freePort } from "../support/free-port.ts";
import { type Person, newPerson } from "../support/person.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";
import { waitFor } from "../support/wait-for.ts";
import { conformancePlan } from "./plans.ts";
import { verifiedJwt } from "./verified-jwt.ts";

describe.each(databases)("OpenID Foundation conformance, logout on $name", (kind) => {
  const plan = conformancePlan("oidcc-rp-initiated-logout-certification-test-plan");
  const back = conformancePlan("oidcc-backchannel-rp-initiated-logout-certification-test-plan");
  let provider: TestProvider;
  let listener: Server;
  const posted: { readonly type: string | undefined; readonly fields: URLSearchParams }[] = [];

  beforeAll(async () => {
    const port = await freePort();
    listener = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const fields = new URLSearchParams(body);
        posted.push({ type: request.headers["content-type"], fields });
        response.end();
      });
    });
    await new Promise<void>((resolve) => listener.listen(port, "127.0.0.1", resolve));
    provider = await startTestProvider(kind, {
      clients: {
        client: {
          require_pkce: false,
          backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel_logout`,
          backchannel_logout_session_required: true,
        },
      },
      environment: { PRIVATE_HOSTS: "127.0.0.1" },
    });
  });
  beforeEach(() => {
    posted.length = 0;
  });
  afterAll(async () => {
    await provider.stop();
    await new Promise((resolve) => listener.close(resolve));
  });

  const party = () => provider.party("client");
  const registered = () => `${party().origin}/`;

  async function signedIn() {
    const person = await newPerson(provider);
    const login = await party().login(person.browser, { scope: "openid" });
    await person.signIn();
    const { tokens, claims } = await login.signedIn();
    return { person, claims, idToken: tokens.id_token ?? "" };
  }

  async function isSignedIn({ browser }: Person): Promise<boolean> {
    const login = await party().login(browser, { prompt: "none", scope: "openid" });
    return (await login.result()).error !== "login_required";
  }

  const endSession = ({ browser }: Person, parameters: Record<string, string>) =>
    browser.open(`${provider.issuer}/session/end?${new URLSearchParams(parameters).toString()}`);

  const discovery = async () =>
    (await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;

  plan.covers(
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "RP-Initiated Logout §2.1",
    async () => {
      expect((await discovery())["end_session_endpoint"]).toBe(`${provider.issuer}/session/end`);
    },
  );

  plan.covers("oidcc-rp-initiated-logout", "RP-Initiated Logout §2 and §3", async () => {
    const { person, idToken } = await signedIn();
    await endSession(person, {
      id_token_hint: idToken,
      post_logout_redirect_uri: registered(),
      state: "s-1",
    });
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.url).toBe(`${registered()}?state=s-1`);
    expect(await isSignedIn(person)).toBe(false);
  });

  plan.covers("oidcc-rp-initiated-logout-no-state", "RP-Initiated Logout §3", async () => {
    const { person, idToken } = await signedIn();
    const parameters = { id_token_hint: idToken, post_logout_redirect_uri: registered() };
    await endSession(person, parameters);
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.url).toBe(registered());
  });

  /** An error page of ours, and the person stays signed in. */
  async function isRefused(parameters: (idToken: string) => Record<string, string>) {
    const { person, idToken } = await signedIn();
    const page = await endSession(person, parameters(idToken));
    expect([page.status, new URL(page.url).origin]).toEqual([400, provider.issuer]);
    expect(await isSignedIn(person)).toBe(true);
  }

  plan.covers(
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "RP-Initiated Logout §3",
    () =>
      isRefused((idToken) => ({
        id_token_hint: idToken,
        post_logout_redirect_uri: `${registered()}bad`,
      })),
  );

  plan.covers(
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "RP-Initiated Logout §3",
    () =>
      isRefused((idToken) => ({
        id_token_hint: idToken,
        post_logout_redirect_uri: `${registered()}?foo=bar`,
      })),
  );

  plan.covers("oidcc-rp-initiated-logout-modified-id-token-hint", "RP-Initiated Logout §2", () =>
    isRefused((idToken) => ({
      id_token_hint: withOtherSubject(idToken),
      post_logout_redirect_uri: registered(),
    })),
  );

  plan.covers("oidcc-rp-initiated-logout-bad-id-token-hint", "RP-Initiated Logout §2", () =>
    isRefused(() => ({ id_token_hint: "bad.id.token", post_logout_redirect_uri: registered() })),
  );

  /** The person is asked, and after a yes stays on a page of ours. */
  async function endsHere(parameters: (idToken: string) => Record<string, string>) {
    const { person, idToken } = await signedIn();
    const page = await endSession(person, parameters(idToken));
    expect(page.h1).toBe("Se déconnecter ?");
    await person.browser.submit("Se déconnecter");
    expect(person.browser.page.h1).toBe("Vous êtes déconnecté");
    expect(new URL(person.browser.page.url).origin).toBe(provider.issuer);
    expect(await isSignedIn(person)).toBe(false);
  }

  plan.covers("oidcc-rp-initiated-logout-no-id-token-hint", "RP-Initiated Logout §3", () =>
    endsHere(() => ({ post_logout_redirect_uri: registered() })),
  );

  plan.covers("oidcc-rp-initiated-logout-no-params", "RP-Initiated Logout §2", () =>
    endsHere(() => ({})),
  );

  plan.covers(
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "RP-Initiated Logout §2",
    () => endsHere((idToken) => ({ id_token_hint: idToken, state: "s-1" })),
  );

  plan.covers("oidcc-rp-initiated-logout-only-state", "RP-Initiated Logout §2", () =>
    endsHere(() => ({ state: "s-1" })),
  );

  plan.isCovered();

  back.covers(
    "oidcc-backchannel-logout-discovery-endpoint-verification",
    "Back-Channel Logout §2.1",
    async () => {
      expect(await discovery()).toMatchObject({
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        end_session_endpoint: `${provider.issuer}/session/end`,
      });
    },
  );

  back.covers("oidcc-backchannel-rp-initiated-logout", "Back-Channel Logout §2.4", async () => {
    const { person, idToken, claims } = await signedIn();
    const parameters = {
      id_token_hint: idToken,
      post_logout_redirect_uri: registered(),
      state: "s",
    };
    await endSession(person, parameters);
    await person.browser.submit("Se déconnecter");
    const { type, fields } = await waitFor(
      "a logout token",
      // Those of the people before may arrive still.
      () => posted.find((post) => subjectOf(post.fields.get("logout_token")) === claims.sub),
      10,
    );
    expect(type).toMatch(/^application\/x-www-form-urlencoded/);
    const token = await verifiedJwt(provider.issuer, fields.get("logout_token"));
    expect(token.header).toMatchObject({ alg: "RS256", typ: "logout+jwt" });
    expect(token.claims).toMatchObject({
      iss: provider.issuer,
      aud: "client",
      sub: claims.sub,
      sid: claims["sid"],
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
      jti: expect.any(String) as unknown,
      iat: expect.any(Number) as unknown,
      exp: expect.any(Number) as unknown,
    });
    expect(token.claims).not.toHaveProperty("nonce");
    expect(person.browser.page.url).toBe(`${registered()}?state=s`);
    expect(await isSignedIn(person)).toBe(false);
  });

  back.isCovered();
});

/** Whom a token is about, unverified. */
function subjectOf(token: string | null): unknown {
  return decodeJwt(token ?? "").sub;
}

function withOtherSubject(idToken: string): string {
  const [header, payload = "", signature] = idToken.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "another" })).toString("base64url");
  return [header, changed, signature].join(".");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
