import { z } from "zod";
import type { AccountStore } from "../accounts/index.ts";
import type { AccessPageStore, Accesses } from "../establishments/index.ts";
import type { Clock } from "../foundation/index.ts";
import type { RecordEvent } from "../operations/index.ts";
import { accessPageSchema, accessQuery, accessSchema, accessView } from "./access-schemas.ts";
import { closeOperation } from "./close-operation.ts";
import { type Cursors, cutPage } from "./cursors.ts";
import { openOperation } from "./open-operation.ts";
import { type Operation, operation } from "./operation.ts";
import { problem } from "./problems.ts";
import { unknownCursor } from "./refusals.ts";

/** What the access operations need. */
export interface AccessOperationParts {
  readonly accesses: Accesses;
  readonly accessPages: AccessPageStore;
  readonly accounts: Pick<AccountStore, "findByEmail">;
  readonly cursors: Cursors;
  readonly clock: Clock;
  readonly record: RecordEvent;
}

/** Opening, closing and listing accesses. */
export function accessOperations(parts: AccessOperationParts): Operation[] {
  const { accessPages, cursors, clock } = parts;
  const list = operation({
    id: "listAccesses",
    method: "get",
    path: "/accesses",
    summary: "Accesses, past and present",
    scope: "access:read",
    query: accessQuery,
    answers: { 200: ["A page of accesses, the oldest first", accessPageSchema] },
    problems: [],
    handle: async ({ query: { email, siret, state, cursor, limit } }) => {
      const after = cursors.read("accesses", cursor);
      if (!after.accepted) return unknownCursor(cursor);
      const place = { after: after.value, limit: limit + 1, now: clock.epochSeconds() };
      const rows = await accessPages.page({ email, siret, state }, place);
      const numbered = rows.map((row) => ({ ...row, id: row.accessId }));
      const how = { cursors, list: "accesses", toItem: accessView };
      return { status: 200, body: cutPage(numbered, limit, how) };
    },
  });
  const show = operation({
    id: "showAccess",
    method: "get",
    path: "/accesses/{id}",
    summary: "One access",
    scope: "access:read",
    pathParameters: { id: z.int().min(1) },
    query: z.strictObject({}),
    answers: { 200: ["The access", accessSchema] },
    problems: ["not-found"],
    handle: async ({ path }) => {
      const id = accessId(path);
      const found = id === undefined ? undefined : await accessPages.find(id, clock.epochSeconds());
      return found ? { status: 200, body: accessView(found) } : problem("not-found");
    },
  });
  return [list, openOperation(parts), show, closeOperation(parts)];
}

/** The number that a path names; undefined when it is none that a row could have. */
export function accessId({ id = "" }: Readonly<Record<string, string>>): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(id) ? Number(id) : undefined;
}
