import { z } from "zod";
import type { AccessOfAccount } from "../establishments/index.ts";
import { type AccessOperationParts, accessId } from "./access-operation-parts.ts";
import { accessSchema, accessView, closingBody } from "./access-schemas.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { type Answer, problem } from "./problems.ts";

type CloseCall = Call<unknown, z.infer<typeof closingBody>>;

/** `POST /accesses/{id}/close`: closes one access, with a mail; what was authorized for it ends at once. */
export function closeOperation(parts: AccessOperationParts): Operation {
  const { accessPages, clock } = parts;
  return operation({
    id: "closeAccess",
    method: "post",
    path: "/accesses/{id}/close",
    summary: "Close an access, with a mail to the person",
    scope: "access:write",
    pathParameters: { id: z.int().min(1) },
    query: z.strictObject({}),
    body: closingBody,
    answers: { 200: ["The access, closed", accessSchema] },
    problems: ["not-found", "access-not-open"],
    handle: async (call) => {
      const id = accessId(call.path);
      const found = id === undefined ? undefined : await accessPages.find(id, clock.epochSeconds());
      return found ? close(parts, call, found) : problem("not-found");
    },
  });
}

async function close(
  { accesses, accessPages, clock }: AccessOperationParts,
  { body: { reason }, caller, keep }: CloseCall,
  { accountId, accessId, siret }: AccessOfAccount,
): Promise<Answer> {
  let answer: Answer = problem("access-not-open");
  const outcome = await accesses.close({
    ...{ account: { id: accountId }, sirets: [siret], accessId, reason },
    by: `client:${caller.clientId}`,
    within: async (transaction, [closed]) => {
      if (!closed) return;
      const access = await accessPages.within(transaction).find(closed.id, clock.epochSeconds());
      if (!access) throw new Error("a closed access is not there any more");
      answer = { status: 200, body: accessView(access) };
      await keep(transaction, answer);
    },
  });
  if (!outcome.accepted) throw new Error(`refused: ${outcome.problems[0].reason}`);
  return answer;
}
