import Provider, { type KoaContextWithOIDC, type TokenEndpointGrantContext } from "oidc-provider";
import { carryLanguage } from "./asked-language.ts";
import { judgeRequestObjects, judgeWayBackAgain } from "./asked-request.ts";
import { carryCredentials } from "./carried-credentials.ts";
import { compareSecretsByDigest, keepClients } from "./client-adapter.ts";
import {
  type ConfigurationParts,
  type ProviderPages,
  providerConfiguration,
} from "./configuration.ts";
import { reportFaults } from "./faults.ts";
import type { ResponseMode } from "./form-post.ts";
import { buildWithoutStacks } from "./stackless-tokens.ts";
import { pinOrigin } from "../web/index.ts";

/**
 * The library with our configuration: a pure factory, so that a new set of keys is a new provider.
 * Everything it publishes is built from the issuer, whatever host a request names.
 */
export function createProvider(parts: ConfigurationParts): Provider {
  buildWithoutStacks();
  const configuration = providerConfiguration(parts);
  const Hosted = hosting(parts.pages, new Set(configuration.scopes));
  const provider = new Hosted(parts.issuer, configuration);
  pinOrigin(provider, parts.issuer);
  carryCredentials(provider);
  carryLanguage(provider);
  compareSecretsByDigest(provider, parts.clients);
  keepClients(provider, parts.clients, parts.sectors);
  judgeRequestObjects(provider);
  judgeWayBackAgain(provider);
  reportFaults(provider, parts);
  return provider;
}

/**
 * What the library registers while it is built, and each thing once: the page of one response mode is ours, and a refresh
 * passes over scopes that nobody knows, as an authorization request does.
 */
function hosting(pages: ProviderPages, scopes: ReadonlySet<string>): typeof Provider {
  return class extends Provider {
    override registerResponseMode(name: string, handler: ResponseMode): void {
      super.registerResponseMode(name, name === "form_post" ? pages.formPost : handler);
    }

    override registerGrantType<Params extends object>(
      name: string,
      handler: GrantHandler<Params>,
      ...further: FurtherParameters
    ): void {
      const refresh: typeof handler = (ctx) => {
        leaveOutUnknown(ctx, scopes);
        return handler(ctx);
      };
      super.registerGrantType(name, name === "refresh_token" ? refresh : handler, ...further);
    }
  };
}

type GrantHandler<Params extends object> = (
  ctx: TokenEndpointGrantContext<Params>,
) => Promise<void> | void;
type FurtherParameters =
  Parameters<Provider["registerGrantType"]> extends [unknown, unknown, ...infer Rest]
    ? Rest
    : never;

function leaveOutUnknown(
  { oidc: { params } }: KoaContextWithOIDC,
  scopes: ReadonlySet<string>,
): void {
  const scope = params?.["scope"];
  if (!params || typeof scope !== "string") return;
  const known = scope.split(" ").filter((name) => scopes.has(name));
  params["scope"] = known.length === 0 ? undefined : known.join(" ");
}

const protocolEndpoints = [
  "authorization",
  "token",
  "userinfo",
  "introspection",
  "revocation",
  "pushed_authorization_request",
];

/** Where programs and redirects arrive: the library answers these itself, none of our pages is there. */
export function protocolPathsOf(provider: Provider): ReadonlySet<string> {
  return new Set(protocolEndpoints.map((name) => provider.pathFor(name)));
}
