import { z } from "zod";
import type { AccountStore } from "../accounts/index.ts";
import type { AccessRequests, QueuedRequest } from "../establishments/index.ts";
import { isoInstant } from "../foundation/index.ts";
import { accessId } from "./access-operation-parts.ts";
import { type Cursors, cutPage, pageOf, pageParameters } from "./cursors.ts";
import { isoInstantOrNull, saidInstant } from "./instants.ts";
import { type Operation, operation } from "./operation.ts";
import { problem } from "./problems.ts";
import { unknownCursor } from "./refusals.ts";
import { givenEmail } from "./typed-values.ts";

/** What the operations on requests for access need. */
export interface RequestOperationParts {
  readonly accessRequests: Pick<AccessRequests, "list" | "find">;
  readonly accounts: Pick<AccountStore, "findByEmail">;
  readonly cursors: Cursors;
}

const states = ["waiting", "accepted", "refused", "withdrawn"] as const;

/** A request as the API tells of it. */
export const requestSchema = z.strictObject({
  id: z.int().min(1),
  sub: z.string().meta({ description: "The account, by its subject identifier" }),
  email: z.string().nullable().meta({ description: "null once the account is deleted" }),
  state: z.enum(states).meta({ description: "`accepted` when a part of it was" }),
  establishments: z.array(
    z.strictObject({ siret: z.string().regex(/^[0-9]{14}$/), state: z.enum(states) }),
  ),
  message: z.string().nullable(),
  client_id: z.string().nullable().meta({ description: "Whose page it was asked on" }),
  asked_at: saidInstant,
  decided_at: saidInstant.nullable(),
  refusal_reason: z.string().nullable().meta({ description: "As the person was told it" }),
});

/** A page of requests. */
export const requestPageSchema = pageOf(requestSchema);

const requestQuery = z.strictObject({
  email: givenEmail.optional().meta({ description: "Of the account with this address" }),
  state: z
    .enum(["waiting", "accepted", "refused"], { error: "waiting, accepted or refused" })
    .optional()
    .meta({ description: "One that was withdrawn is among the refused ones" }),
  ...pageParameters,
});

/** What partners ask to be opened, and what became of each establishment. */
export function requestOperations(parts: RequestOperationParts): Operation[] {
  const { accessRequests, accounts, cursors } = parts;
  const list = operation({
    id: "listAccessRequests",
    method: "get",
    path: "/access-requests",
    summary: "Requests for access, waiting and decided",
    scope: "access:read",
    query: requestQuery,
    answers: { 200: ["A page of requests, the oldest first", requestPageSchema] },
    problems: [],
    handle: async ({ query: { email, state, cursor, limit } }) => {
      const after = cursors.read("access-requests", cursor);
      if (!after.accepted) return unknownCursor(cursor);
      const account = email && (await accounts.findByEmail(email));
      const accountId = email === undefined ? undefined : (account?.account.id ?? 0);
      const place = { after: after.value, limit: limit + 1 };
      const rows = await accessRequests.list({ state, accountId, ...place });
      const how = { cursors, list: "access-requests", toItem: requestView };
      return { status: 200, body: cutPage(rows, limit, how) };
    },
  });
  const show = operation({
    id: "showAccessRequest",
    method: "get",
    path: "/access-requests/{id}",
    summary: "One request for access",
    scope: "access:read",
    pathParameters: { id: z.int().min(1) },
    query: z.strictObject({}),
    answers: { 200: ["The request", requestSchema] },
    problems: ["not-found"],
    handle: async ({ path }) => {
      const found = await accessRequests.find(accessId(path) ?? 0);
      return found ? { status: 200, body: requestView(found) } : problem("not-found");
    },
  });
  return [list, show];
}

function requestView(request: QueuedRequest): z.infer<typeof requestSchema> {
  const { state, reason, refusalReason } = request;
  return {
    id: request.id,
    sub: request.sub,
    email: request.email ?? null,
    state,
    establishments: request.establishments.map((each) => ({ ...each })),
    message: request.message ?? null,
    client_id: request.clientId ?? null,
    asked_at: isoInstant(request.askedAt),
    decided_at: isoInstantOrNull(request.decidedAt),
    refusal_reason: (state === "refused" ? reason : refusalReason) ?? null,
  };
}
