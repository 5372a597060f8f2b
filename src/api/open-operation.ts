import { z } from "zod";
import type { Account } from "../accounts/index.ts";
import { nearestName } from "../clients/index.ts";
import { type Access, type Siret, parseSiret } from "../establishments/index.ts";
import type { Transaction } from "../storage/index.ts";
import { requestEvent } from "../web/index.ts";
import type { AccessOperationParts } from "./access-operation-parts.ts";
import { accessView, openedSchema, openingBody } from "./access-schemas.ts";
import { mostProblems } from "./field-problems.ts";
import { isoInstantOrNull } from "./instants.ts";
import { type Call, type Operation, operation } from "./operation.ts";
import { type Answer, problem } from "./problems.ts";
import { refusedOpening, unknownAccount } from "./refusals.ts";

type OpenCall = Call<unknown, z.infer<typeof openingBody>>;

/** `POST /accesses`: opens establishments to an account, all or nothing, with one mail. */
export function openOperation(parts: AccessOperationParts): Operation {
  return operation({
    id: "openAccesses",
    method: "post",
    path: "/accesses",
    summary: "Open establishments to an account, all or none, with one mail to the person",
    scope: "access:write",
    query: z.strictObject({}),
    body: openingBody,
    answers: {
      201: ["Opened", openedSchema],
      200: ["Nothing changed: all of them were open", openedSchema],
    },
    problems: ["account-unknown", "account-not-active"],
    handle: async (call) => {
      const { email, sirets } = call.body;
      const names = namesOf(sirets, call.body.names ?? {});
      if (!names.accepted) return names.answer;
      const found = await parts.accounts.findByEmail(email);
      if (!found) return unknownAccount(email);
      return open(parts, call, found.account, names.value);
    },
  });
}

async function open(
  parts: AccessOperationParts,
  { body, caller, keep, ctx }: OpenCall,
  account: Account,
  names: ReadonlyMap<Siret, string>,
): Promise<Answer> {
  const { email, sirets, reason, until: untilAt } = body;
  const by = `client:${caller.clientId}`;
  let answer: Answer | undefined;
  const outcome = await parts.accesses.open({
    ...{ account, sirets, names, untilAt, reason, by },
    within: async (transaction, opened) => {
      answer = await openedAnswer(parts, transaction, sirets, opened);
      await keep(transaction, answer);
    },
  });
  if (outcome.accepted) {
    if (!answer) throw new Error("an opening was written without its answer");
    return answer;
  }
  const about = { subject: { sub: account.sub }, clientId: caller.clientId };
  await parts.record({ ...requestEvent(ctx, "access-opened", outcome, about), actor: by });
  return refusedOpening(outcome.problems, { email, until: isoInstantOrNull(untilAt) ?? undefined });
}

/** What is answered, as the transaction sees it: it is kept with the change. */
async function openedAnswer(
  { accessPages, clock }: AccessOperationParts,
  transaction: Transaction,
  sirets: readonly Siret[],
  opened: readonly Access[],
): Promise<Answer> {
  const ids = opened.map(({ id }) => id);
  const entries = await accessPages.within(transaction).findAll(ids, clock.epochSeconds());
  const done = new Set(opened.map(({ siret }) => siret));
  const alreadyOpen = [...new Set(sirets)].filter((siret) => !done.has(siret)).sort();
  const body = { opened: entries.map(accessView), already_open: alreadyOpen };
  return { status: opened.length > 0 ? 201 : 200, body };
}

type Names =
  | { readonly accepted: true; readonly value: ReadonlyMap<Siret, string> }
  | { readonly accepted: false; readonly answer: Answer };

/** Names are given for the establishments that are opened, and for no others. */
function namesOf(sirets: readonly Siret[], given: Readonly<Record<string, string>>): Names {
  const value = new Map<Siret, string>();
  const others = Object.entries(given).flatMap(([typed, name]) => {
    const siret = parseSiret(typed);
    if (!siret.accepted || !sirets.includes(siret.value)) return [typed];
    value.set(siret.value, name);
    return [];
  });
  const errors = others.slice(0, mostProblems).map((typed) => {
    const meant = nearestName(typed, sirets);
    const expected = `one of sirets${meant === undefined ? "" : `: did you mean ${meant}?`}`;
    return { field: "names", found: "a SIRET that is not opened here", expected };
  });
  return errors.length > 0
    ? { accepted: false, answer: problem("fields-invalid", { errors }) }
    : { accepted: true, value };
}
