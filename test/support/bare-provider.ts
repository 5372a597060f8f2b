import { generateKeyPairSync } from "node:crypto";
import { type Server, createServer } from "node:http";
import {
  type Adapter,
  type ClientMetadata,
  type InteractionResults,
  Provider,
} from "oidc-provider";

/** An OpenID provider that is not ours: what a relying party is tried against without our pages. */
export interface BareProvider {
  readonly issuer: string;
  /** The parameters of every authorization request that asked the person something. */
  readonly asked: Readonly<Record<string, unknown>>[];
  /** What the next interactions answer: an account signs in, or an error goes to the client. */
  answer: InteractionAnswer;
  readonly close: () => Promise<void>;
}

/** Who signs in without being asked, with these claims; or the error that ends the authorization. */
export type InteractionAnswer =
  { readonly claims: Readonly<Record<string, unknown>> } | { readonly error: string };

/** What its tokens are signed with. */
export const signingKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;

/** Starts the bare library on a port, with pages that press every button by themselves. */
export async function startBareProvider(
  port: number,
  clients: readonly ClientMetadata[],
): Promise<BareProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const server = createServer();
  const bare: BareProvider = {
    issuer,
    asked: [],
    answer: { error: "access_denied" },
    close: () => close(server),
  };
  const provider = createProvider(bare, clients);
  const handle = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url?.startsWith("/interaction/")) {
      void handle(request, response);
      return;
    }
    void (async () => {
      const { params } = await provider.interactionDetails(request, response);
      bare.asked.push(params);
      const result = await interactionResult(provider, bare.answer, params);
      await provider.interactionFinished(request, response, result);
    })();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return bare;
}

function createProvider(bare: BareProvider, clients: readonly ClientMetadata[]): Provider {
  const scopes = ["profile", "email", "siret", "establishment", "establishments"];
  const provider = new Provider(bare.issuer, {
    adapter: memoryAdapter(),
    clients: [...clients],
    jwks: { keys: [signingKey.export({ format: "jwk" })] },
    cookies: { keys: ["a key for tests only"] },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          const button = '<button form="op.logoutForm" name="logout" value="yes">Sign out</button>';
          ctx.body = `<h1>Sign out</h1>${form}${button}`;
        },
      },
      revocation: { enabled: true, allowedPolicy: () => true },
      backchannelLogout: { enabled: true },
    },
    // Everything here is on this machine, which the library would not call.
    fetch: (url, options) => {
      const own: RequestInit & { dispatcher?: unknown } = { ...options };
      delete own.dispatcher;
      return fetch(url, own);
    },
    scopes: ["openid", "offline_access", ...scopes],
    claims: {
      profile: ["name", "given_name", "family_name"],
      email: ["email", "email_verified"],
      establishment: ["siret", "siren", "establishment_name"],
      establishments: ["establishments"],
    },
    extraParams: ["siret_hint"],
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...("claims" in bare.answer ? bare.answer.claims : {}) }),
    }),
    pkce: { required: () => false },
    ttl: {
      Session: 600,
      Grant: 600,
      Interaction: 600,
      AccessToken: 600,
      IdToken: 600,
      RefreshToken: 600,
    },
  });
  return provider;
}

async function interactionResult(
  provider: Provider,
  answer: InteractionAnswer,
  params: Readonly<Record<string, unknown>>,
): Promise<InteractionResults> {
  if ("error" in answer) return { error: answer.error };
  const grant = new provider.Grant({
    accountId: "account-1",
    clientId: String(params["client_id"]),
  });
  grant.addOIDCScope(String(params["scope"]));
  return { login: { accountId: "account-1" }, consent: { grantId: await grant.save() } };
}

/** The least that an adapter can be; ours have suites of their own. */
function memoryAdapter(): new (name: string) => Adapter {
  const rows = new Map<string, Record<string, unknown>>();
  return class {
    readonly #name: string;
    constructor(name: string) {
      this.#name = name;
    }
    upsert(id: string, payload: object) {
      rows.set(`${this.#name}:${id}`, { ...payload });
      return Promise.resolve();
    }
    find(id: string) {
      return Promise.resolve(rows.get(`${this.#name}:${id}`));
    }
    findByUid(uid: string) {
      return Promise.resolve([...rows.values()].find((row) => row["uid"] === uid));
    }
    findByUserCode() {
      return Promise.resolve(undefined);
    }
    destroy(id: string) {
      rows.delete(`${this.#name}:${id}`);
      return Promise.resolve();
    }
    consume(id: string) {
      Object.assign(rows.get(`${this.#name}:${id}`) ?? {}, { consumed: Date.now() / 1000 });
      return Promise.resolve();
    }
    revokeByGrantId(grantId: string) {
      for (const [key, row] of rows) if (row["grantId"] === grantId) rows.delete(key);
      return Promise.resolve();
    }
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
