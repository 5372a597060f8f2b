import Provider from "oidc-provider";
import type { Logger } from "../operations/index.ts";
import { carryCredentials } from "./carried-credentials.ts";
import { compareSecretsByDigest, keepClients } from "./client-adapter.ts";
import {
  type ConfigurationParts,
  type ProviderPages,
  providerConfiguration,
} from "./configuration.ts";
import { reportFaults } from "./faults.ts";
import type { ResponseMode } from "./form-post.ts";
import { pinOrigin } from "../web/index.ts";

/**
 * The library with our configuration: a pure factory, so that a new set of keys is a new provider.
 * Everything it publishes is built from the issuer, whatever host a request names.
 */
export function createProvider(parts: ConfigurationParts & { readonly logger: Logger }): Provider {
  const provider = new (hosting(parts.pages))(parts.issuer, providerConfiguration(parts));
  pinOrigin(provider, parts.issuer);
  carryCredentials(provider);
  compareSecretsByDigest(provider, parts.clients);
  keepClients(provider, parts.clients);
  reportFaults(provider, parts);
  return provider;
}

/** The library registers its response modes while it is built, and each once: the page of one of them is ours. */
function hosting(pages: ProviderPages): typeof Provider {
  return class extends Provider {
    override registerResponseMode(name: string, handler: ResponseMode): void {
      super.registerResponseMode(name, name === "form_post" ? pages.formPost : handler);
    }
  };
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
