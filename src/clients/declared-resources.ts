import { z } from "zod";
import type { ClientProblem } from "./client-problem.ts";
import { parseDeclaredDocument, readClientFile } from "./client-document.ts";
import { documentProblem, schemaProblems } from "./document-problems.ts";
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

const indicatorRule = "must be an absolute address without fragment (RFC 8707 §2)";
const nameRule = "must be a text of 1 to 200 characters";
const scopeRule = "must be scopes with a colon (access:read), with one space between them";
const algorithms = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"] as const;

const indicator = z
  .string({ error: indicatorRule })
  .max(500, "must be at most 500 characters")
  .refine((value) => URL.canParse(value) && !value.includes("#"), {
    error: indicatorRule,
  });

const members = {
  resource: indicator,
  name: z.string({ error: nameRule }).min(1, nameRule).max(200, nameRule),
  scope: z
    .string({ error: scopeRule })
    .refine((value) => value.split(" ").every(isResourceScope), { error: scopeRule }),
  access_token_signing_alg: z
    .enum(algorithms, { error: `must be one of ${algorithms.join(", ")}` })
    .default("ES256"),
};

const resourceServer = z.strictObject(members, { error: "must be an object, in curly brackets" });

const resourceServers = z
  .array(resourceServer, { error: "must be a list, in square brackets" })
  .max(100, { error: "must be at most 100 resource servers" });

/** Resource servers as they are declared, or why they cannot be had. */
export type DeclaredResources =
  | { readonly resources: readonly ResourceServer[]; readonly problems?: undefined }
  | { readonly resources?: undefined; readonly problems: readonly ClientProblem[] };

/** Reads the declared resource servers: `resources.json` beside `CLIENTS_FILE`. Without the file there is none. */
export async function readDeclaredResources(
  file: string,
  placeholder: PlaceholderLookup,
): Promise<DeclaredResources> {
  const read = await readClientFile(file);
  if (read.problems?.every(({ found }) => found === "no file")) return { resources: [] };
  if (read.problems) return read;
  const parsed = parseDeclaredDocument(file, read.text, placeholder);
  if (parsed.problems) return parsed;
  const { unread } = parsed.reading;
  if (unread.length > 0) {
    const untold = unread.filter(({ isTold }) => !isTold);
    return {
      problems: untold.map(({ path, found, rule }) => documentProblem(file, path, rule, found)),
    };
  }
  const judged = resourceServers.safeParse(parsed.document);
  if (!judged.success) {
    const show = (path: readonly PropertyKey[]) =>
      parsed.reading.show(path, valueAt(parsed.document, path));
    return {
      problems: judged.error.issues.flatMap((issue) =>
        schemaProblems(file, issue, Object.keys(members), show),
      ),
    };
  }
  const resources = judged.data.map(({ resource, name, scope, access_token_signing_alg }) => {
    return { resource, name, scopes: scope.split(" "), signingAlg: access_token_signing_alg };
  });
  return { resources };
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step],
    document,
  );
}
