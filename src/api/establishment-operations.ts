import { z } from "zod";
import { type Accesses, parseSiret } from "../establishments/index.ts";
import { type Operation, operation } from "./operation.ts";
import { problem } from "./problems.ts";
import { mayDo } from "./token-check.ts";

/** What the operation needs. */
export interface EstablishmentOperationParts {
  readonly accesses: Pick<Accesses, "establishments">;
  readonly clients: {
    readonly find: (
      clientId: string,
    ) => { readonly sirets?: readonly string[] | undefined } | undefined;
  };
}

/** The same array as the claim of a person's userinfo. */
export const establishmentsSchema = z.strictObject({
  establishments: z
    .array(
      z.strictObject({
        siret: z.string().regex(/^[0-9]{14}$/),
        siren: z.string().regex(/^[0-9]{9}$/),
        name: z.string().optional().meta({ description: "Absent while it is not known" }),
      }),
    )
    .meta({ description: "Ordered by SIRET; empty when the client is bound to none" }),
});

/**
 * What userinfo is to a person, for a machine: the establishments a client is bound to, however many. Its own it
 * reads with any token of the API. A resource server, which meets tokens that name none because there
 * are more than a token holds, asks for those of another client with the scope `access:read`.
 */
export function establishmentOperations(parts: EstablishmentOperationParts): Operation[] {
  const list = operation({
    id: "listEstablishments",
    method: "get",
    path: "/establishments",
    summary: "The establishments a machine client is bound to",
    query: z.strictObject({
      client_id: z.string().min(1).max(255).optional().meta({
        description: "Another client than the caller; needs the scope `access:read`",
      }),
    }),
    answers: { 200: ["All of them, ordered by SIRET", establishmentsSchema] },
    problems: ["not-found"],
    handle: async ({ caller, query: { client_id: clientId = caller.clientId } }) => {
      if (clientId !== caller.clientId && !mayDo(caller, "access:read")) {
        return problem("scope-missing", { detail: "It needs the scope access:read." });
      }
      const client = parts.clients.find(clientId);
      if (!client) return problem("not-found");
      const sirets = parsed(client.sirets ?? []);
      const known = await parts.accesses.establishments(sirets);
      const names = new Map(known.map(({ siret, name }) => [siret, name]));
      const establishments = sirets.map((siret) => {
        const name = names.get(siret);
        return { siret, siren: siret.slice(0, 9), ...(name === undefined ? {} : { name }) };
      });
      return { status: 200, body: { establishments } };
    },
  });
  return [list];
}

function parsed(sirets: readonly string[]) {
  return [...sirets].sort().flatMap((each) => {
    const siret = parseSiret(each);
    return siret.accepted ? [siret.value] : [];
  });
}
