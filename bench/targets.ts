/** A server under load, as the load process sees it. */
export interface Target {
  readonly name: "ours" | "beside" | "bare" | "koa" | "keycloak";
  readonly pid: number;
  readonly port: number;
}

/** The one client that both providers know, confidential, with its secret in the Authorization header. */
export const benchClient = {
  client_id: "bench",
  client_secret: "a-secret-of-the-benchmark-that-opens-nothing-else-0123456789",
  client_name: "Bench",
  redirect_uris: ["http://127.0.0.1:9/callback"],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  response_types: ["code" as const],
  scope: "openid profile email siret",
  token_endpoint_auth_method: "client_secret_basic" as const,
};

/** The password of every account of the benchmark. */
export const benchPassword = "cheval-pile-agrafe-correct";

/** So many accounts that no limit per account is met, even with all sign-ins at once. */
export const benchAccounts = 1000;

/** The address of one of {@link benchAccounts}. */
export const benchEmail = (index: number): string => `person-${index}@bench.test`;

/** The establishment that is open to every account. */
export const benchSiret = "13002526500013";
