import type { ClientDirectory } from "./client-directory.ts";
import { parseJson } from "./client-document.ts";
import { type ClientEntry, registeredRules } from "./client-entry.ts";
import { validateClients } from "./client-metadata.ts";
import { type ClientProblem, quoted } from "./client-problem.ts";
import type { ClientMetadata } from "./metadata-fields.ts";

/** What a registration is judged with. */
export interface RegistrationParts {
  readonly production: boolean;
  readonly directory: Pick<ClientDirectory, "entry">;
}

/** A client that may be registered: as it was judged, and as it was written. */
export interface JudgedClient {
  readonly metadata: ClientMetadata;
  readonly document: unknown;
}

/** Clients that may be registered, or every problem of all of them. */
export type JudgedRegistration =
  | { readonly clients: readonly JudgedClient[]; readonly problems?: undefined }
  | { readonly problems: readonly ClientProblem[] };

/** Judges the text of a client, or of a list of them, by the one validation and against every client there is. */
export function judgeRegistration(
  file: string,
  text: string,
  { production, directory }: RegistrationParts,
): JudgedRegistration {
  const parsed = parseJson(file, text);
  if (parsed.problems) return parsed;
  const documents: readonly unknown[] = Array.isArray(parsed.written)
    ? parsed.written
    : [parsed.written];
  if (documents.length === 0) return { problems: [noClient(file)] };
  const judged = validateClients(file, documents, registeredRules(production));
  if (judged.problems) return judged;
  const clashes = judged.clients.flatMap(({ client_id: clientId }) => {
    const taken = directory.entry(clientId);
    return taken ? [clash(file, taken)] : [];
  });
  if (clashes.length > 0) return { problems: clashes };
  return {
    clients: judged.clients.map((metadata, index) => ({ metadata, document: documents[index] })),
  };
}

/** Whether a client proves who it is by a secret. */
export function needsSecret({ token_endpoint_auth_method: method }: ClientMetadata): boolean {
  return method === "client_secret_basic" || method === "client_secret_post";
}

/** Who registers means somebody: nothing done would look like all of them done. */
function noClient(file: string): ClientProblem {
  const rule = "must hold a client, or a list of them";
  return { file, client: undefined, field: undefined, found: "an empty list", rule };
}

function clash(file: string, { clientId, source }: ClientEntry): ClientProblem {
  const rule =
    source === "declared"
      ? "must be unique: CLIENTS_FILE declares it already; change it there, or choose another"
      : `must be unique: it is registered already; choose another, or remove that one first`;
  return { file, client: clientId, field: "client_id", found: quoted(clientId), rule };
}
