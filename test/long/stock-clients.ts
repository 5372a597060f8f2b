import type { BrowserContext, Page } from "playwright-core";
import { waitFor } from "../support/wait-for.ts";

/** A stock client that is run against this provider: `docs/try/NAME.sh` installs and starts its example. */
export interface StockClient {
  /** What people call it, and its language. */
  readonly title: string;
  /** Paths of its redirect URIs; of its home page too when it signs out. */
  readonly redirects: readonly string[];
  /** What it is registered with, beside that. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Metadata that are addresses of its own, by their paths. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Whether it takes no issuer but an https one: the provider is put behind TLS. */
  readonly needsTls?: boolean;
  /** Whether it receives Shared Signals, too: an access that is closed in the back office must end its session. */
  readonly hears?: boolean;
  /** The one setting that it needs or that people miss; for `docs/interoperability.md`. */
  readonly setting: string;
  /** Programs that its script needs, by the Debian package that brings each. */
  readonly needs?: Readonly<Record<string, string>>;
  /** What it does after the sign-in by a browser without JavaScript, when it needs none. */
  readonly pages?: Readonly<Record<string, string>>;
  /** Its page that signs out here too; a sign-out elsewhere must end its session before that. */
  readonly signOut?: string;
  /** What it does in Chromium, in this order. Each act throws when it does not work. */
  readonly acts?: Readonly<Record<string, (at: InChromium) => Promise<void>>>;
}

/** Where the acts of a client in Chromium are tried. */
export interface InChromium {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly siret: string;
  /** Signs the person in on this provider's page, which is open in a window. */
  readonly signIn: (window: Page) => Promise<void>;
}

const go = { go: "golang" };
const python = { python3: "python3-venv" };
/** What a client needs to receive beside its sign-ins. */
const receiver = {
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  scope: "openid profile email siret establishment establishments offline_access ssf.manage",
};
const publicClient = { token_endpoint_auth_method: "none" };

/** What the page of an example says it came to. */
async function result({ page }: InChromium, beginning: string, part: string): Promise<void> {
  const text = () => page.locator("#result").innerText();
  await waitFor(`${beginning} to be told`, async () => (await text()).startsWith(beginning));
  const told = await text();
  if (!told.includes(part)) throw new Error(`${part} is not in ${told}`);
}

/** Presses a button that opens a window, signs in there when asked, and waits until it has closed itself. */
async function byWindow(at: InChromium, button: string, isAsked: boolean): Promise<void> {
  const [window] = await Promise.all([at.context.waitForEvent("page"), at.page.click(button)]);
  const closed = window.isClosed() ? Promise.resolve() : window.waitForEvent("close");
  if (isAsked) await at.signIn(window);
  await closed;
}

/** Signs in to Keycloak's own account pages by way of this provider. */
async function throughKeycloak({ page, siret, signIn }: InChromium, isAsked: boolean) {
  const { origin } = new URL(page.url());
  await page.goto(`${origin}/realms/exemple/account/`);
  await page.click("#social-lopcommerce");
  if (isAsked) await signIn(page);
  await page.waitForSelector("text=Jeanne Durand", { timeout: 90_000 });
  // What it learnt is what its administrator is shown.
  const asAdministrator = { client_id: "admin-cli", username: "admin", password: "admin" };
  const token = await page.request.post(`${origin}/realms/master/protocol/openid-connect/token`, {
    form: { grant_type: "password", ...asAdministrator },
  });
  const { access_token: admin } = (await token.json()) as { access_token: string };
  const users = await page.request.get(`${origin}/admin/realms/exemple/users`, {
    headers: { authorization: `Bearer ${admin}` },
    params: { briefRepresentation: "false" },
  });
  const told = await users.text();
  if (!told.includes(`"siret":["${siret}"]`)) throw new Error(`no SIRET in ${told}`);
}

/** Every stock client, by the name of its script. */
export const stockClients: Readonly<Record<string, StockClient>> = {
  "auth-js": {
    title: "Auth.js for Express (Node)",
    redirects: ["/auth/callback/lopcommerce"],
    setting: "`idToken: false`: the claims are in userinfo",
  },
  "express-openid-connect": {
    title: "express-openid-connect (Node)",
    redirects: ["/callback"],
    metadata: { backchannel_logout_session_required: true },
    addresses: { backchannel_logout_uri: "/backchannel-logout" },
    setting: '`response_type: "code"`; the claims by `fetchUserInfo()`',
    pages: { refresh: "/refresh" },
    signOut: "/logout",
  },
  "openid-client-fapi": {
    title: "openid-client as FAPI 2.0 (Node)",
    redirects: ["/callback"],
    metadata: { profile: "fapi2", client_secret: undefined },
    addresses: { jwks_uri: "/jwks" },
    setting: '`"profile": "fapi2"` and a `jwks_uri`: PAR, JAR, DPoP and `private_key_jwt`',
    pages: { refresh: "/refresh" },
  },
  authlib: {
    title: "Authlib (Python, Flask)",
    redirects: ["/callback"],
    needs: python,
    setting: '`"code_challenge_method": "S256"` switches PKCE on',
  },
  "mod-auth-openidc": {
    title: "mod_auth_openidc (Apache)",
    redirects: ["/callback"],
    needs: { apache2: "apache2-bin libapache2-mod-auth-openidc" },
    setting: "`OIDCPKCEMethod S256`; read `OIDC_CLAIM_siret`, no list of establishments",
  },
  "oauth2-proxy": {
    title: "oauth2-proxy (in front of any)",
    redirects: ["/oauth2/callback"],
    needs: go,
    setting: "`--cookie-csrf-per-request`, else a second tab breaks the first",
  },
  spring: {
    title: "Spring Security (Java)",
    redirects: ["/login/oauth2/code/lopcommerce"],
    needs: { mvn: "maven", java: "default-jdk-headless" },
    setting: "`profile` among the scopes: version 6.5 asks userinfo for no other",
  },
  "go-oidc": {
    title: "coreos/go-oidc (Go)",
    redirects: ["/callback"],
    needs: go,
    setting: "`oauth2.S256ChallengeOption`: PKCE is switched on by hand",
    pages: { refresh: "/refresh" },
  },
  "zitadel-oidc": {
    title: "zitadel/oidc (Go)",
    redirects: ["/callback"],
    needs: go,
    setting: "`rp.WithPKCE`; it sends its scopes again at each refresh: ask `offline_access`",
    pages: { refresh: "/refresh" },
  },
  "rust-openidconnect": {
    title: "openidconnect (Rust)",
    redirects: ["/callback"],
    needs: { cargo: "cargo" },
    setting: "`AdditionalClaims` with `siret`, else userinfo drops it",
    pages: { refresh: "/refresh" },
  },
  "requests-oauthlib": {
    title: "requests-oauthlib (Python, Flask)",
    redirects: ["/callback"],
    needs: python,
    setting: '`pkce="S256"`; it keeps the verifier in the object alone; no ID token is read',
    pages: { refresh: "/refresh" },
  },
  "mozilla-django-oidc": {
    title: "mozilla-django-oidc (Python, Django)",
    redirects: ["/oidc/callback/"],
    needs: python,
    setting: "`OIDC_USE_PKCE = True`; find people by `sub`, not by address",
  },
  "oidc-client-ts": {
    title: "oidc-client-ts (in the browser)",
    redirects: ["/"],
    metadata: publicClient,
    setting: "`loadUserInfo: true`: the claims are in userinfo",
    acts: {
      redirect: async (at) => {
        await at.page.click("#redirect");
        await at.signIn(at.page);
        await result(at, "callback", at.siret);
      },
      popup: async (at) => {
        await byWindow(at, "#popup", false);
        await result(at, "popup", at.siret);
      },
      refresh: async (at) => {
        await at.page.click("#refresh");
        await result(at, "refresh", '"rotated":true');
      },
      revocation: async (at) => {
        await at.page.click("#revoke");
        await result(at, "revoke", "done");
      },
      "hidden frame": async (at) => {
        await at.page.click("#silent");
        await result(at, "silent", at.siret);
      },
      "sign-out": async (at) => {
        await at.page.click("#out");
        await at.page.click("#primary");
        await at.page.waitForURL(/^http:\/\/localhost:\d+\/(\?|$)/);
      },
    },
  },
  "swagger-ui": {
    title: "Swagger UI (in the browser)",
    redirects: ["/oauth2-redirect.html"],
    metadata: publicClient,
    setting: "`usePkceWithAuthorizationCodeGrant: true`, and no `clientSecret`",
    acts: {
      popup: async (at) => {
        await at.page.click("button.authorize");
        for (const box of await at.page.locator(".scopes input").all()) {
          if (!(await box.isChecked()))
            await box.locator("xpath=following-sibling::label[1]").click();
        }
        await byWindow(at, ".auth-btn-wrapper button.authorize", true);
        await at.page.waitForSelector("text=Logout");
      },
      userinfo: async (at) => {
        await at.page.click(".btn-done");
        await at.page.click(".opblock-summary-control");
        await at.page.click(".try-out__btn");
        await at.page.click("button.execute");
        await at.page.waitForSelector(`.live-responses-table :text("${at.siret}")`);
      },
    },
  },
  "angular-oauth2-oidc": {
    title: "angular-oauth2-oidc (in the browser)",
    redirects: ["/"],
    metadata: publicClient,
    setting:
      "the page of the redirect hands its answer to `window.opener`; claims by `loadUserProfile`",
    acts: {
      popup: async (at) => {
        await byWindow(at, "#popup", true);
        await result(at, "popup", at.siret);
      },
      refresh: async (at) => {
        await at.page.click("#refresh");
        await result(at, "refresh", '"rotated":true');
      },
      "revocation and sign-out": async (at) => {
        await at.page.click("#revoke");
        await at.page.click("#primary");
        await at.page.waitForURL(/^http:\/\/localhost:\d+\/(\?|$)/);
      },
    },
  },
  "msal-browser": {
    title: "MSAL Browser (in the browser)",
    redirects: ["/redirect.html"],
    metadata: publicClient,
    needsTls: true,
    needs: { openssl: "openssl" },
    setting:
      '`protocolMode: "OIDC"`, its host in `knownAuthorities`, and an https issuer, on localhost too',
    acts: {
      popup: async (at) => {
        await byWindow(at, "#popup", true);
        await result(at, "popup", at.siret);
      },
      refresh: async (at) => {
        await at.page.click("#silent");
        await result(at, "silent", at.siret);
      },
    },
  },
  "signals-jose": {
    title: "Shared Signals with jose (Node)",
    redirects: ["/callback"],
    metadata: receiver,
    hears: true,
    setting: "`client_credentials` and `ssf.manage` at its client ([signals.md](signals.md))",
  },
  "rust-signals": {
    title: "oidc-caep-risc, Shared Signals (Rust)",
    redirects: ["/callback"],
    metadata: receiver,
    hears: true,
    needs: { cargo: "cargo" },
    setting: "the same; `end_on` with `tokenClaimsChange`, else only an ended session counts",
  },
  keycloak: {
    title: "Keycloak as broker (Java)",
    redirects: ["/realms/exemple/broker/lopcommerce/endpoint"],
    needs: { java: "openjdk-17-jre-headless", mvn: "maven" },
    setting:
      "`pkceEnabled`; a mapper for `siret`, and a profile that keeps it (`unmanagedAttributePolicy`)",
    acts: {
      "first sign-in as broker": async (at) => {
        await throughKeycloak(at, true);
      },
      "second sign-in": async (at) => {
        await at.context.clearCookies({ name: /^(?:KC_|KEYCLOAK|AUTH_SESSION)/ });
        await throughKeycloak(at, false);
      },
    },
  },
};
