/** A bare oidc-provider with its in-memory adapter: what ours is measured against. Run as a process. */
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import { benchClient, benchSiret } from "./targets.ts";

const port = Number(process.argv[2]);
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [benchClient],
  jwks: { keys: [privateKey.export({ format: "jwk" })] },
  cookies: { keys: ["a key of the benchmark"] },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
  },
  scopes: ["openid", "profile", "email", "siret"],
  claims: {
    profile: ["given_name", "family_name", "name", "updated_at"],
    email: ["email", "email_verified"],
    siret: ["siret"],
  },
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  findAccount: (_ctx, sub) => ({
    accountId: sub,
    claims: () => ({
      sub,
      given_name: "Jeanne",
      family_name: "Durand",
      name: "Jeanne Durand",
      updated_at: 1_700_000_000,
      email: "jeanne@bench.test",
      email_verified: true,
      siret: benchSiret,
    }),
  }),
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    Grant: 86_400,
    IdToken: 600,
    Interaction: 3600,
    RefreshToken: 86_400,
    Session: 43_200,
  },
});
const handle = provider.callback();

// Whoever is asked to sign in is signed in, and consents, at once.
createServer((request, response) => {
  if (!request.url?.startsWith("/interaction/")) {
    void handle(request, response);
    return;
  }
  void (async () => {
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({
      accountId: "account-1",
      clientId: String(params["client_id"]),
    });
    grant.addOIDCScope(String(params["scope"]));
    const consent = { grantId: await grant.save() };
    const login = { accountId: "account-1" };
    await provider.interactionFinished(request, response, { login, consent });
  })();
}).listen(port, "127.0.0.1", () => process.send?.({ ready: true }));
