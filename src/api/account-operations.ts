import { z } from "zod";
import { type AccountPageStore, isSubject } from "../accounts/index.ts";
import { accountPageSchema, accountQuery, accountSchema, accountView } from "./account-schemas.ts";
import { type Cursors, cutPage } from "./cursors.ts";
import { type Operation, operation } from "./operation.ts";
import { problem } from "./problems.ts";
import { unknownCursor } from "./refusals.ts";

/** What the account operations need. */
export interface AccountOperationParts {
  readonly accountPages: Pick<AccountPageStore, "page" | "find">;
  readonly cursors: Cursors;
}

/** Finding accounts. */
export function accountOperations({ accountPages, cursors }: AccountOperationParts): Operation[] {
  const list = operation({
    id: "listAccounts",
    method: "get",
    path: "/accounts",
    summary: "Find accounts",
    scope: "accounts:read",
    query: accountQuery,
    answers: { 200: ["A page of accounts, the oldest first", accountPageSchema] },
    problems: [],
    handle: async ({ query: { email, q: part, cursor, limit } }) => {
      const after = cursors.read("accounts", cursor);
      if (!after.accepted) return unknownCursor(cursor);
      const place = { after: after.value, limit: limit + 1 };
      const rows = await accountPages.page({ email, part }, place);
      const page = cutPage(rows, limit, { cursors, list: "accounts", toItem: accountView });
      return { status: 200, body: page };
    },
  });
  const show = operation({
    id: "showAccount",
    method: "get",
    path: "/accounts/{sub}",
    summary: "One account",
    scope: "accounts:read",
    pathParameters: { sub: z.string().meta({ description: "The subject identifier" }) },
    query: z.strictObject({}),
    answers: { 200: ["The account", accountSchema] },
    problems: ["not-found"],
    handle: async ({ path }) => {
      const { sub = "" } = path;
      const found = isSubject(sub) ? await accountPages.find(sub) : undefined;
      return found ? { status: 200, body: accountView(found) } : problem("not-found");
    },
  });
  return [list, show];
}
