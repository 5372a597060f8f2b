import { z } from "zod";
import { type AccessOperationParts, accessId } from "./access-operation-parts.ts";
import { accessPageSchema, accessQuery, accessSchema, accessView } from "./access-schemas.ts";
import { closeOperation } from "./close-operation.ts";
import { cutPage } from "./cursors.ts";
import { openOperation } from "./open-operation.ts";
import { type Operation, operation } from "./operation.ts";
import { problem } from "./problems.ts";
import { unknownCursor } from "./refusals.ts";

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
