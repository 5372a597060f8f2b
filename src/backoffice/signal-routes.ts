import type { Context } from "koa";
import { serviceName } from "../clients/index.ts";
import { AppError } from "../foundation/index.ts";
import type { ShownStream } from "../signals/index.ts";
import { seeOther } from "../web/index.ts";
import type { ListedStream } from "./admin-page-models.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { moments } from "./shown.ts";
import type { StaffMember } from "./staff-member.ts";
import { queryValue, renderStaffPage } from "./staff-page.ts";
import type { StaffAnswer, StaffRouter } from "./staff-router.ts";

const path = "/admin/signals";
const dones = ["paused", "resumed", "unchanged"] as const;

/** `/admin/signals…`: the transmitter, its streams and what waits for them; neither about whom nor what it says. */
export function signalRoutes(routes: StaffRouter, parts: BackofficeParts): void {
  const admin = { role: "admin" } as const;
  routes.page(path, admin, async (ctx, staff) => {
    const { transmitter } = parts.signals;
    const streams = await parts.signals.list();
    await renderStaffPage(ctx, staff, 200, "backoffice/staff-signals", {
      transmitter: transmitter && {
        url: transmitter.url,
        metadata: JSON.stringify(transmitter.metadata, undefined, 2),
      },
      streams: streams.map((stream) => listed(parts, stream)),
      backUrl: "/admin/clients",
    });
  });
  routes.page(
    `${path}/:id`,
    admin,
    found(parts, (ctx, staff, stream) => showStream(ctx, parts, staff, stream)),
  );
  for (const [act, done] of [
    ["pause", "paused"],
    ["resume", "resumed"],
  ] as const) {
    routes.act(
      `${path}/:id/${act}`,
      { role: "admin", fresh: "proven" },
      found(parts, async (ctx, staff, stream) => {
        const { id } = stream;
        const isDue = dueAct(stream) === act;
        const outcome = isDue ? await parts.signals[act](id, staff.account.sub) : undefined;
        seeOther(ctx, `${path}/${id}`, { done: outcome?.accepted ? done : "unchanged" });
      }),
    );
  }
}

/** What its receiver has stopped itself is its receiver's to take up again. */
function dueAct({ status, statusBy }: ShownStream): "pause" | "resume" | undefined {
  if (status === "enabled") return "pause";
  return statusBy === "staff" ? "resume" : undefined;
}

function found(
  { signals }: BackofficeParts,
  answer: (ctx: Context, staff: StaffMember, stream: ShownStream) => Promise<void>,
): StaffAnswer {
  return async (ctx, staff) => {
    const stream = await signals.find(ctx.params["id"] ?? "");
    if (!stream) throw new AppError("stream-unknown", { status: 404 });
    await answer(ctx, staff, stream);
  };
}

function listed({ clients }: BackofficeParts, stream: ShownStream): ListedStream {
  const { id, clientId, delivery, status, waiting } = stream;
  const metadata = clients.list().find((entry) => entry.clientId === clientId)?.metadata;
  const client = metadata ? serviceName(metadata) : clientId;
  return { url: `${path}/${id}`, id, client, clientId, delivery, status, waiting };
}

async function showStream(
  ctx: Context,
  parts: BackofficeParts,
  staff: StaffMember,
  stream: ShownStream,
): Promise<void> {
  const { instant } = moments(ctx);
  const { statusBy, reason, description } = stream;
  const due = dueAct(stream);
  const waiting = await parts.signals.waitingKinds(stream.id);
  const one = listed(parts, stream);
  await renderStaffPage(ctx, staff, 200, "backoffice/staff-signal-stream", {
    stream: {
      ...one,
      ...{ statusBy, reason, description, created: instant(stream.createdAt) },
      events: stream.events.map((address) => address.slice(address.lastIndexOf("/") + 1)),
    },
    waiting: waiting.map(({ name, count, oldestAt }) => ({
      ...{ name, count, since: instant(oldestAt) },
    })),
    done: dones.find((done) => done === queryValue(ctx, "done")),
    acts: {
      pause: due === "pause" ? `${one.url}/pause` : undefined,
      resume: due === "resume" ? `${one.url}/resume` : undefined,
    },
    backUrl: path,
  });
}
