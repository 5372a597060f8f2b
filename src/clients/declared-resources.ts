import { z } from "zod";
import { type ClientProblem, clientProblemLine } from "./client-problem.ts";
import { parseDeclaredDocument, readClientFile } from "./client-document.ts";
import { isResourceScope } from "./metadata-names.ts";
import type { PlaceholderLookup } from "./placeholders.ts";

/** An API that takes JWT access tokens (RFC 9068) of this provider, named by its resource indicator (RFC 8707). */
export interface ResourceServer {
  /** The resource indicator, which is the audience of the tokens. */
  readonly resource: string;
  readonly name: string;
  /** Its scopes: with a colon (`access:read`), but for a standard's own (`ssf.manage`). */
  readonly scopes: readonly string[];
  readonly signingAlg: "RS256" | "PS256" | "ES256" | "EdDSA" | "Ed25519";
  /** Opaque tokens can be taken back, and are looked up at each use: a JWT unless told. */
  readonly tokens?: "jwt" | "opaque";
  /** Whether its scopes alone, by `client_credentials`, say which resource is meant: its standard knows no `resource`. */
  readonly namedByScope?: boolean;
  /** Only for clients whose metadata name its scopes: one without `scope` may ask for any other. */
  readonly mustBeNamed?: boolean;
}

const indicator = z
  .string()
  .max(500)
  .refine((value) => URL.canParse(value) && !value.includes("#"), {
    error: "must be an absolute address without fragment (RFC 8707 §2)",
  });

const resourceServer = z.strictObject({
  resource: indicator,
  name: z.string().min(1).max(200),
  scope: z.string().refine((value) => value.split(" ").every(isResourceScope), {
    error: "must be scopes with a colon (access:read), with one space between them",
  }),
  access_token_signing_alg: z
    .enum(["RS256", "PS256", "ES256", "EdDSA", "Ed25519"])
    .default("ES256"),
});

/**
 * Reads the declared resource servers: `resources.json` beside `CLIENTS_FILE`. Without the file there is none.
 * @returns the resource servers, or one line a problem
 */
export async function readDeclaredResources(
  file: string,
  placeholder: PlaceholderLookup,
): Promise<{
  readonly resources: readonly ResourceServer[];
  readonly problems: readonly string[];
}> {
  const read = await readClientFile(file);
  if (read.problems) {
    const missing = read.problems.every(({ found }) => found === "no file");
    return { resources: [], problems: missing ? [] : read.problems.map(clientProblemLine) };
  }
  const parsed = parseDeclaredDocument(file, read.text, placeholder);
  if (parsed.problems) return { resources: [], problems: parsed.problems.map(clientProblemLine) };
  const { unread } = parsed.reading;
  if (unread.length > 0) {
    const problems = unread.map(({ path, found, rule }) => problemAt(file, path, rule, found));
    return { resources: [], problems: problems.map(clientProblemLine) };
  }
  const judged = z.array(resourceServer).max(100).safeParse(parsed.document);
  if (!judged.success) {
    const problems = judged.error.issues.map(({ path, message }) => problemAt(file, path, message));
    return { resources: [], problems: problems.map(clientProblemLine) };
  }
  const resources = judged.data.map(({ resource, name, scope, access_token_signing_alg }) => {
    return { resource, name, scopes: scope.split(" "), signingAlg: access_token_signing_alg };
  });
  return { resources, problems: [] };
}

function problemAt(
  file: string,
  path: readonly PropertyKey[],
  rule: string,
  found = "this",
): ClientProblem {
  return { file, client: undefined, field: path.map(String).join("."), found, rule };
}
