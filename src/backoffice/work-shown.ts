import type { Context } from "koa";
import { isAtLeast } from "../accounts/index.ts";
import type { DayCounts } from "../audit/index.ts";
import { days } from "../foundation/index.ts";
import type { EventName } from "../operations/index.ts";
import { type PageModels, pageState, wordsOf } from "../web/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { type Day, barsOf, chartSize, drawn, lastDays } from "./day-charts.ts";
import { endingSpan, endingsPath } from "./ending-routes.ts";
import { invitationsPath } from "./invitation-routes.ts";
import { requestsPath } from "./request-list-routes.ts";
import { moments } from "./shown.ts";
import { signUpsPath } from "./sign-up-routes.ts";
import type { StaffMember } from "./staff-member.ts";

type Model = PageModels["backoffice/staff-search"];
type Work = NonNullable<Model["work"]>;

const daysShown = 90;

/** What waits for whoever looks, each number with the list that it counts: nobody is told of what they may not open. */
export async function showWork(
  { accessRequests, invitations, accessPages, outbox, pendingSignUps, clock }: BackofficeParts,
  { role }: StaffMember,
): Promise<Work> {
  const now = clock.epochSeconds();
  const asked = (days_: number) => accessRequests.waitingCount({ askedBefore: now - days(days_) });
  const [requests, olderThan2, olderThan7, invited, endings, signUps, letters] = await Promise.all([
    accessRequests.waitingCount(),
    asked(2),
    asked(7),
    invitations.waitingCount(),
    accessPages.countEnding(endingSpan(now)),
    isAtLeast(role, "agent") ? pendingSignUps.stuckCount() : undefined,
    isAtLeast(role, "admin") ? outbox.failedCount() : undefined,
  ]);
  const older = (age: number) => `${requestsPath}?state=waiting&older=${String(age)}`;
  const all = [
    { name: "requests", count: requests, url: requestsPath },
    { name: "requests-2", count: olderThan2, url: older(2) },
    { name: "requests-7", count: olderThan7, url: older(7) },
    { name: "invitations", count: invited, url: invitationsPath },
    { name: "endings", count: endings, url: endingsPath },
    { name: "sign-ups", count: signUps, url: signUpsPath },
    { name: "letters", count: letters, url: "/admin/outbox?kind=mail&state=failed" },
  ];
  return all.flatMap(({ count, ...each }) => (count === undefined ? [] : [{ ...each, count }]));
}

/** Which events a number counts. */
const events: Readonly<Record<(typeof drawn)[number], { event: EventName; outcome: string }>> = {
  signIns: { event: "signed-in", outcome: "accepted" },
  refusals: { event: "signed-in", outcome: "refused" },
  accounts: { event: "account-validated", outcome: "accepted" },
};

/** Ninety days as charts and as a table, whose every number leads to its events. */
export async function showDays(
  ctx: Context,
  { audit, clock }: BackofficeParts,
): Promise<NonNullable<Model["days"]>> {
  const asked = lastDays(daysShown, clock.epochSeconds());
  const counts = await audit.dayCounts(asked);
  const { day: shown } = moments(ctx);
  const number = numbersIn(ctx);
  const t = wordsOf(ctx);
  const charts = drawn.map((name) => {
    const numbers = counts.map((each) => each[name]);
    const most = Math.max(...numbers);
    const total = numbers.reduce((sum, each) => sum + each, 0);
    const at = asked[numbers.indexOf(most)];
    const values = { total: number(total), most: number(most), day: at ? shown(at.since) : "" };
    return {
      ...{ name, path: barsOf(numbers), ...chartSize, most: number(most) },
      description: t(total === 0 ? "staff-days.none" : "staff-days.description", values),
    };
  });
  const rows = asked.map((day, place) => rowOf(day, counts[place], { shown, number }));
  return {
    charts,
    first: shown(asked[0]?.since ?? 0),
    last: shown(asked.at(-1)?.since ?? 0),
    rows: rows.reverse(),
  };
}

function rowOf(
  { date, since }: Day,
  counts: DayCounts | undefined,
  { shown, number }: { shown: (at: number) => string; number: (count: number) => string },
) {
  const cells = drawn.map((name) => {
    const count = counts?.[name] ?? 0;
    const query = new URLSearchParams({ ...events[name], since: date, until: date });
    return {
      name,
      count: number(count),
      url: count === 0 ? undefined : `/admin/audit?${query.toString()}`,
    };
  });
  return { day: shown(since), cells };
}

const formats = {
  fr: new Intl.NumberFormat("fr"),
  en: new Intl.NumberFormat("en"),
};

function numbersIn(ctx: Context): (count: number) => string {
  const format = formats[pageState(ctx).locale ?? "fr"];
  return (count) => format.format(count).replace(/\s/g, "\u00a0");
}
