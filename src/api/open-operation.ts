import { z } from "zod";
import { nearestName } from "../clients/index.ts";
import { type Siret, parseSiret } from "../establishments/index.ts";
import { requestEvent } from "../web/index.ts";
import type { AccessOperationParts } from "./access-operations.ts";
import { accessView, openedSchema, openingBody } from "./access-schemas.ts";
import { isoInstantOrNull } from "./instants.ts";
import { type Operation, operation } from "./operation.ts";
import { type Answer, problem } from "./problems.ts";
import { refusedOpening, unknownAccount } from "./refusals.ts";

/** `POST /accesses`: opens establishments to an account, all or nothing, with one mail. */
export function openOperation(parts: AccessOperationParts): Operation {
  const { accesses, accessPages, accounts, clock, record } = parts;
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
    handle: async ({ body, caller, keep, ctx }) => {
      const { email, sirets, reason, until: untilAt } = body;
      const names = namesOf(sirets, body.names ?? {});
      if (!names.accepted) return names.answer;
      const found = await accounts.findByEmail(email);
      if (!found) return unknownAccount(email);
      const { account } = found;
      let answer: Answer | undefined;
      const by = `client:${caller.clientId}`;
      const outcome = await accesses.open({
        ...{ account, sirets, names: names.value, untilAt, reason, by },
        within: async (transaction, opened) => {
          const ids = opened.map(({ id }) => id);
          const store = accessPages.within(transaction);
          const views = (await store.findAll(ids, clock.epochSeconds())).map(accessView);
          const done = new Set(opened.map(({ siret }) => siret));
          const alreadyOpen = [...new Set(sirets)].filter((siret) => !done.has(siret)).sort();
          answer = {
            status: views.length > 0 ? 201 : 200,
            body: { opened: views, already_open: alreadyOpen },
          };
          await keep(transaction, answer);
        },
      });
      if (outcome.accepted && answer) return answer;
      if (outcome.accepted) throw new Error("an opening was written without its answer");
      const about = { subject: { sub: account.sub }, clientId: caller.clientId };
      await record({ ...requestEvent(ctx, "access-opened", outcome, about), actor: by });
      const until = isoInstantOrNull(untilAt) ?? undefined;
      return refusedOpening(outcome.problems, { email, until });
    },
  });
}

type Names =
  | { readonly accepted: true; readonly value: ReadonlyMap<Siret, string> }
  | { readonly accepted: false; readonly answer: Answer };

/** Names are given for the establishments that are opened, and for no others. */
function namesOf(sirets: readonly Siret[], given: Readonly<Record<string, string>>): Names {
  const value = new Map<Siret, string>();
  const errors = Object.entries(given).flatMap(([typed, name]) => {
    const siret = parseSiret(typed);
    if (siret.accepted && sirets.includes(siret.value)) {
      value.set(siret.value, name);
      return [];
    }
    const meant = nearestName(typed, sirets);
    const expected = `one of sirets${meant === undefined ? "" : `: did you mean ${meant}?`}`;
    return [{ field: "names", found: "a SIRET that is not opened here", expected }];
  });
  return errors.length > 0
    ? { accepted: false, answer: problem("fields-invalid", { errors }) }
    : { accepted: true, value };
}
