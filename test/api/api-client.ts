import type { DatabaseKind } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** What the API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A program that calls the API with a token of its own. */
export interface ApiClient {
  readonly token: string;
  readonly get: (path: string) => Promise<ApiAnswer>;
  readonly post: (
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<ApiAnswer>;
}

const machine = { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] };

/** A provider with a CRM that may do everything, a reader that may only read accesses, and a portal. */
export function startApiProvider(
  kind: DatabaseKind,
  environment: Record<string, string> = {},
): Promise<TestProvider> {
  const all = "access:read access:write accounts:read";
  return startTestProvider(kind, {
    clients: {
      portal: { scope: `openid siret offline_access ${all}` },
      crm: { ...machine, scope: all },
      anything: { grant_types: ["client_credentials", "authorization_code"], scope: undefined },
      reader: { ...machine, scope: "access:read" },
    },
    environment,
  });
}

/** Asks the token endpoint for a token of the API. */
export async function apiToken(
  { issuer, clientSecret }: TestProvider,
  clientId: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}`, ...headers },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      resource: `${issuer}/api/v1`,
      scope: clientId === "reader" ? "access:read" : "access:read access:write accounts:read",
      ...fields,
    }),
  });
  return (await response.json()) as Record<string, unknown>;
}

/** Calls the API as a program. */
export async function apiClient(provider: TestProvider, clientId = "crm"): Promise<ApiClient> {
  const { access_token: token } = await apiToken(provider, clientId);
  if (typeof token !== "string") throw new Error(`${clientId} got no token`);
  return callerWith(provider, token);
}

/** Calls the API with this token. */
export function callerWith({ issuer }: TestProvider, token: string): ApiClient {
  const authorization = `Bearer ${token}`;
  const call = async (path: string, options: RequestInit) =>
    answerOf(await fetch(`${issuer}/api/v1${path}`, options));
  return {
    token,
    get: (path) => call(path, { headers: { authorization } }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: "POST",
        headers: { authorization, "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
  };
}

/** An answer as it came. */
export async function answerOf(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** The code of a problem. */
export function problemCode({ headers, body }: ApiAnswer): string {
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return "no problem";
  return String(body["type"]).replace("urn:lopcommerce:problem:", "");
}
