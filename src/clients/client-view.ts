import type { ValidatedClients } from "./client-metadata.ts";
import type { ClientProblem } from "./client-problem.ts";
import type { ClientMetadata } from "./metadata-fields.ts";
import { serviceName, spaceName } from "./service-names.ts";

/** A client as `lopauth client list` and `show` print it: its metadata, defaults filled in, and no secret. */
export type ClientView = Omit<ClientMetadata, "client_secret" | "service_name" | "space_name"> & {
  /** Where it stands: in `CLIENTS_FILE`. */
  readonly source: "declared";
  readonly service_name: string;
  readonly space_name: string;
};

/** The answer of `lopauth client check`. */
export interface ClientCheckView {
  readonly file: string;
  readonly valid: boolean;
  readonly clients: readonly ClientView[];
  readonly problems: readonly ClientProblem[];
}

/** A declared client in plain words, as JSON or as lines; its secret stays behind. */
export function clientView(client: ClientMetadata): ClientView {
  const shown = { ...client };
  delete shown.client_secret;
  return {
    ...shown,
    source: "declared",
    service_name: serviceName(client),
    space_name: spaceName(client),
  };
}

/** What a check of a file found: every client, or every problem. */
export function clientCheckView(file: string, validated: ValidatedClients): ClientCheckView {
  return {
    file,
    valid: validated.clients !== undefined,
    clients: (validated.clients ?? []).map(clientView),
    problems: validated.problems ?? [],
  };
}
