import { generateKeyPairSync } from "node:crypto";
import { clientProblemLine, validateClients } from "../../src/clients/index.ts";

/** A secret as an operator would make it; no problem may ever show it. */
export const secret = "S3cret-of-a-test-client-0123456789abcdef";

/** The metadata of the plainest confidential client. */
export const confidential = {
  client_id: "of",
  client_secret: secret,
  redirect_uris: ["https://of.example/callback"],
};

/** The metadata of the plainest public client. */
export const open = {
  client_id: "open",
  token_endpoint_auth_method: "none",
  redirect_uris: ["https://open.example/callback"],
};

/** A fresh public key, as a client would publish it. */
export const publicKey = {
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
  kid: "k1",
  use: "sig",
};

/** The rules of declared clients in production. */
export const production = { production: true, firstParty: true };

/** The rules of declared clients in development. */
export const development = { production: false, firstParty: true };

/** The problems of one client, one line each, without the file and the client they all share. */
export function linesOf(metadata: unknown, rules = production): string[] {
  const { problems } = validateClients("clients.json", [metadata], rules);
  return (problems ?? []).map((problem) =>
    clientProblemLine(problem).replace(/^clients\.json: client \S+: /, ""),
  );
}
