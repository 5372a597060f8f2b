import { deliveryMethods } from "./stream-requests.ts";
import { signalPaths } from "./stream-view.ts";

const wellKnown = "/.well-known/ssf-configuration";

/** Where the metadata stand: between the host of the issuer and its path (SSF 1.0 §7.2). */
export function metadataPath(issuer: string): string {
  const path = new URL(issuer).pathname.replace(/\/$/, "");
  return `${wellKnown}${path}`;
}

/** What the transmitter says of itself (SSF 1.0 §7.1). */
export function transmitterMetadata(issuer: string): object {
  const at = (path: string) => `${issuer}${path}`;
  return {
    spec_version: "1_0",
    issuer,
    jwks_uri: at("/jwks"),
    delivery_methods_supported: [deliveryMethods.push, deliveryMethods.poll],
    configuration_endpoint: at(signalPaths.streams),
    status_endpoint: at(signalPaths.status),
    add_subject_endpoint: at(signalPaths.addSubject),
    remove_subject_endpoint: at(signalPaths.removeSubject),
    verification_endpoint: at(signalPaths.verification),
    authorization_schemes: [{ spec_urn: "urn:ietf:rfc:6749" }],
    default_subjects: "ALL",
  };
}

/** What the transmitter says of itself, and where. */
export function transmitterAt(issuer: string): { readonly url: string; readonly metadata: object } {
  const url = new URL(metadataPath(issuer), issuer).href;
  return { url, metadata: transmitterMetadata(issuer) };
}
