import type { Context } from "koa";
import { type ClientEntry, clientEntryView, serviceName } from "../clients/index.ts";
import { AppError } from "../foundation/index.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { clientSecret, clientUrl, secretOnce } from "./secret-once.ts";
import { moments, namesOf } from "./shown.ts";
import { ask } from "./questions.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";
import { seeOther } from "../web/index.ts";

const admin = { role: "admin" } as const;
const fresh = { role: "admin", fresh: "proven" } as const;
const notices = ["registered", "edited", "rotated", "disabled", "enabled", "unchanged"];

/** `/admin/clients…`: the applications, declared and registered, and what may be done with them. */
export function clientRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const { clients } = parts;
  const secrets = secretOnce(parts, clientSecret);
  routes.page("/admin/clients", admin, async (ctx, staff) => {
    await renderStaffPage(ctx, staff, 200, "backoffice/staff-clients", {
      newUrl: "/admin/clients/new",
      signalsUrl: parts.signals.transmitter && "/admin/signals",
      clients: clients.list().map((entry) => listed(entry, parts.clock.epochSeconds())),
      done: queryValue(ctx, "done") === "removed" ? "removed" : undefined,
    });
  });
  routes.page(
    "/admin/clients/:id",
    admin,
    found(parts, async (ctx, staff, entry) => {
      const secret = secrets.take(ctx, staff, entry.clientId);
      await showClient(ctx, parts, staff, { entry, secret });
    }),
  );
  clientQuestions(routes, parts);
  clientActs(routes, parts, secrets);
}

/** What is done to a registered client, once it was asked. */
function clientActs(
  routes: StaffRouter,
  parts: BackofficeParts,
  secrets: ReturnType<typeof secretOnce>,
): void {
  const { clientRegistry } = parts;
  routes.act(
    "/admin/clients/:id/rotate-secret",
    fresh,
    found(parts, async (ctx, staff, { clientId }) => {
      const outcome = await clientRegistry.rotateSecret(clientId, staff.account.sub);
      if (outcome.accepted) secrets.leave(ctx, staff, clientId, outcome.value.secret);
      seeOther(ctx, clientUrl(clientId), { done: outcome.accepted ? "rotated" : "unchanged" });
    }),
  );
  for (const [act, done] of [
    ["disable", "disabled"],
    ["enable", "enabled"],
  ] as const) {
    routes.act(
      `/admin/clients/:id/${act}`,
      fresh,
      found(parts, async (ctx, staff, { clientId }) => {
        const outcome = await clientRegistry[act](clientId, staff.account.sub);
        seeOther(ctx, clientUrl(clientId), { done: outcome.accepted ? done : "unchanged" });
      }),
    );
  }
  routes.act(
    "/admin/clients/:id/remove",
    fresh,
    found(parts, async (ctx, staff, { clientId }) => {
      const outcome = await clientRegistry.remove(clientId, staff.account.sub);
      if (outcome.accepted) seeOther(ctx, "/admin/clients", { done: "removed" });
      else seeOther(ctx, clientUrl(clientId), { done: "unchanged" });
    }),
  );
}

const questions = {
  disable: "client-disable",
  remove: "client-remove",
  "rotate-secret": "client-rotate",
} as const;

/** What is asked before a client is disabled, removed or given another secret. */
function clientQuestions(routes: StaffRouter, parts: BackofficeParts): void {
  for (const act of ["disable", "remove", "rotate-secret"] as const) {
    routes.page(
      `/admin/clients/:id/${act}`,
      fresh,
      found(parts, async (ctx, staff, entry) => {
        const url = clientUrl(entry.clientId);
        const { secrets } = clientEntryView(entry, parts.clock.epochSeconds());
        const people = { name: "people", count: await parts.holdings.peopleOf(entry.clientId) };
        const valid = { name: "secrets", count: secrets.length };
        // The one before the last ends at once: no more than two are valid at a time.
        const ending = { name: "secrets-ending", count: Math.max(secrets.length - 1, 0) };
        const effects = {
          disable: [people],
          remove: [people, valid],
          "rotate-secret": [ending],
        };
        await ask(ctx, staff, {
          ...{ reason: questions[act], subject: nameOf(entry), effects: effects[act] },
          ...{ action: `${url}/${act}`, backUrl: url },
        });
      }),
    );
  }
}

function found(
  { clients }: BackofficeParts,
  answer: (ctx: Context, staff: StaffMember, entry: ClientEntry) => Promise<void>,
): StaffAnswer {
  return async (ctx, staff) => {
    const id = ctx.params["id"] ?? "";
    const entry = clients.list().find(({ clientId }) => clientId === id);
    if (!entry) throw new AppError("client-unknown", { status: 404 });
    await answer(ctx, staff, entry);
  };
}

/** What a client is called, or its identifier while it is not served. */
export function nameOf({ metadata, clientId }: ClientEntry): string {
  return metadata ? serviceName(metadata) : clientId;
}

function listed(entry: ClientEntry, now: number) {
  const { client_id: clientId, source, state } = clientEntryView(entry, now);
  return { url: clientUrl(clientId), name: nameOf(entry), clientId, source, state };
}

async function showClient(
  ctx: Context,
  { clock, accounts, clients }: BackofficeParts,
  staff: StaffMember,
  { entry, secret }: { readonly entry: ClientEntry; readonly secret: string | undefined },
): Promise<void> {
  const now = clock.epochSeconds();
  const view = clientEntryView(entry, now);
  const url = clientUrl(entry.clientId);
  const isRegistered = entry.source === "registered";
  const names = await namesOf(accounts, [entry.registeredBy]);
  const { instant } = moments(ctx);
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-client", {
    client: {
      ...listed(entry, now),
      metadata: JSON.stringify(entry.metadata ?? {}, undefined, 2),
      secrets: view.secrets.length,
      registeredAt: entry.registeredAt === undefined ? undefined : instant(entry.registeredAt),
      registeredBy: names(entry.registeredBy),
      declaredAt: clients.declaredAt(entry.clientId),
      problems: view.problems.map(({ field, rule, found }) => ({
        ...{ field: field ?? "client", rule, found },
      })),
    },
    secret,
    done: notices.find((notice) => notice === queryValue(ctx, "done")),
    acts: {
      editUrl: isRegistered ? `${url}/edit` : undefined,
      rotateUrl: isRegistered && entry.secrets.length > 0 ? `${url}/rotate-secret` : undefined,
      disableUrl: view.state === "enabled" ? `${url}/disable` : undefined,
      enable: view.state === "disabled" ? `${url}/enable` : undefined,
      removeUrl: isRegistered ? `${url}/remove` : undefined,
    },
    backUrl: "/admin/clients",
  });
}
