import type { EstablishmentActs } from "../establishments/index.ts";
import { isoInstant, seconds } from "../foundation/index.ts";
import type { ClaimedTable, Ground, Room } from "../house/index.ts";
import type { OrganisationActs } from "../organisations/index.ts";
import { noticesPath, requestsPath } from "./request-list-routes.ts";
import { RequestNoticeStore } from "./request-notice-store.ts";
import {
  type RequestNoticeParts,
  type RequestNotices,
  createRequestNotices,
} from "./request-notices.ts";

/** What telling staff of requests stands on. */
export interface NoticePorts
  extends
    Pick<RequestNoticeParts, "enqueue">,
    Pick<EstablishmentActs, "accessRequests">,
    Pick<OrganisationActs, "colleagueRequests" | "organisationAdmins"> {
  readonly ground: Pick<Ground, "database" | "clock" | "settings">;
}

/** Opens what tells staff that requests wait: of organisations' administrators, too, where there are any. */
export function openNotices({
  ground: { database, clock, settings },
  enqueue,
  accessRequests,
  colleagueRequests,
  organisationAdmins,
}: NoticePorts): Pick<Room, "jobs" | "tables"> & { readonly requestNotices: RequestNotices } {
  const requestNotices = createRequestNotices({
    ...{ database, clock, enqueue },
    waiting: [
      (until) => accessRequests.waitingSpan(until),
      ...(organisationAdmins ? [colleagueRequests.waitingSpan] : []),
    ],
    queueUrl: `${settings.issuer}${requestsPath}`,
    choiceUrl: `${settings.issuer}${noticesPath}`,
  });
  return {
    requestNotices,
    jobs: [
      {
        name: "tell-staff-of-requests",
        everySeconds: seconds(30),
        run: async (stopping) => {
          await requestNotices.tell(stopping);
        },
      },
    ],
    tables: [noticeTable(new RequestNoticeStore(database.knex))],
  };
}

/** Whom of the staff a letter tells of requests. */
function noticeTable(store: RequestNoticeStore): ClaimedTable {
  return {
    table: "request_notices",
    personal: ["account_sub", "choice", "chosen_at", "last_sent_at"],
    impersonal: ["staff_term", "told_until"],
    export: {
      as: "request_notices",
      read: async ({ sub }) => {
        const notice = await store.findOf(sub);
        // Whoever never chose is told nothing; the part is there all the same, so that no program looks for it in vain.
        if (!notice) return { choice: "none" };
        const { choice, chosenAt, lastSentAt } = notice;
        return {
          ...{ choice, chosen_at: isoInstant(chosenAt) },
          last_sent_at: lastSentAt === undefined ? undefined : isoInstant(lastSentAt),
        };
      },
    },
    erase: (transaction, { sub }) => store.within(transaction).erase(sub),
    purge: [{ as: "requestNotices", run: () => store.removeFormer() }],
  };
}
