import { setTimeout as pause } from "node:timers/promises";
import { askToSignIn, exchangeCode, newVisitor, sendPassword, signIn } from "./flows.ts";
import { type Connection, header, openConnection } from "./http-connection.ts";
import { percentile } from "./measure.ts";
import { type Target, benchAccounts } from "./targets.ts";

/** What the others felt of a sign-in storm. */
export interface StormResult {
  readonly signInsPerSecond: number;
  /** Milliseconds of a userinfo request beside it. */
  readonly p50: number;
  readonly p99: number;
}

/** So many people sign in at once, one after the other for ever, with userinfo at a steady rate beside them. */
export async function storm(order: {
  readonly target: Target;
  readonly seconds: number;
  readonly people: number;
  readonly userinfoPerSecond: number;
}): Promise<StormResult> {
  const { port } = order.target;
  const asking = await openPool(port, 8);
  const visitor = newVisitor(await openConnection(port));
  const { accessToken } = await exchangeCode(visitor, await signIn(visitor, benchAccounts - 1));
  const headers = { authorization: `Bearer ${accessToken}` };
  const state = { ended: false, signIns: 0 };
  const people = Array.from({ length: order.people }, (_, index) =>
    keepSigningIn(port, index, state),
  );
  await pause(1000);
  state.signIns = 0;
  const latencies: number[] = [];
  await steadily(order.userinfoPerSecond, order.seconds, async () => {
    const connection = await asking.take();
    const startedAt = performance.now();
    await connection.send({ method: "GET", path: "/me", headers });
    latencies.push(performance.now() - startedAt);
    asking.giveBack(connection);
  });
  const signInsPerSecond = state.signIns / order.seconds;
  state.ended = true;
  await Promise.all(people);
  asking.close();
  visitor.connection.close();
  return { signInsPerSecond, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
}

/** What became of more sign-ins than can be hashed. */
export interface OverloadResult {
  readonly offeredPerSecond: number;
  readonly acceptedPerSecond: number;
  readonly shareRefused: number;
  /** Milliseconds until a refusal, and until an accepted answer. */
  readonly refusal: { readonly p50: number; readonly p99: number };
  readonly accepted: { readonly p50: number; readonly p99: number };
  /** How many refusals lacked `Retry-After`. */
  readonly withoutRetryAfter: number;
  /** Answers that are neither, by status. */
  readonly others: Readonly<Record<string, number>>;
}

/** Passwords sent at a steady rate, whatever comes back; the interactions are made beforehand. */
export async function overload(order: {
  readonly target: Target;
  readonly seconds: number;
  readonly perSecond: number;
}): Promise<OverloadResult> {
  const visits = await prepareVisits(order.target.port, Math.ceil(order.perSecond * order.seconds));
  // Afterwards: the server ends a connection that sends nothing for ten seconds.
  const pool = await openPool(order.target.port, 600);
  const times = { refused: [] as number[], accepted: [] as number[] };
  const others: Record<string, number> = {};
  let withoutRetryAfter = 0;
  let next = 0;
  const startedAt = performance.now();
  await steadily(order.perSecond, order.seconds, async () => {
    const index = next++;
    const visit = visits[index];
    if (!visit) return;
    const connection = await pool.take();
    const visitor = { connection, cookies: visit.cookies };
    const sentAt = performance.now();
    const answer = await sendPassword(visitor, visit.interaction, index % benchAccounts);
    const took = performance.now() - sentAt;
    if (answer.status === 303) times.accepted.push(took);
    else if (answer.status === 503) {
      times.refused.push(took);
      if (header(answer, "retry-after") === undefined) withoutRetryAfter += 1;
    } else others[answer.status] = (others[answer.status] ?? 0) + 1;
    pool.giveBack(connection);
  });
  const elapsed = (performance.now() - startedAt) / 1000;
  pool.close();
  const spread = (values: readonly number[]) => ({
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
  });
  return {
    offeredPerSecond: order.perSecond,
    acceptedPerSecond: times.accepted.length / elapsed,
    shareRefused: times.refused.length / (times.refused.length + times.accepted.length),
    refusal: spread(times.refused),
    accepted: spread(times.accepted),
    withoutRetryAfter,
    others,
  };
}

async function prepareVisits(port: number, count: number) {
  // In a run of all workloads the other address has had most of what it may have kept in an hour.
  const connection = await openConnection(port, "127.0.0.2");
  const visits = [];
  for (let index = 0; index < count; index++) {
    const visitor = newVisitor(connection);
    visits.push({ cookies: visitor.cookies, interaction: await askToSignIn(visitor) });
  }
  connection.close();
  return visits;
}

async function keepSigningIn(
  port: number,
  index: number,
  state: { readonly ended: boolean; signIns: number },
): Promise<void> {
  const connection = await openConnection(port);
  for (let account = index; !state.ended; account = (account + 16) % (benchAccounts - 16)) {
    await signIn(newVisitor(connection), account);
    state.signIns += 1;
  }
  connection.close();
}

/** Starts work at a steady rate without waiting for it, then waits for all of it. */
async function steadily(
  perSecond: number,
  seconds: number,
  work: () => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  const under: Promise<void>[] = [];
  for (let count = 0; count < perSecond * seconds; count++) {
    const due = startedAt + (count * 1000) / perSecond - performance.now();
    if (due > 1) await pause(due);
    under.push(work());
  }
  await Promise.all(under);
}

/** Connections at rest, so that opening one is never measured. */
async function openPool(port: number, size: number) {
  const all = await Promise.all(Array.from({ length: size }, () => openConnection(port)));
  const resting = [...all];
  const waiting: ((connection: Connection) => void)[] = [];
  return {
    take: (): Promise<Connection> => {
      const connection = resting.pop();
      return connection
        ? Promise.resolve(connection)
        : new Promise((resolve) => waiting.push(resolve));
    },
    giveBack: (connection: Connection): void => {
      const next = waiting.shift();
      if (next) next(connection);
      else resting.push(connection);
    },
    close: (): void => {
      for (const connection of all) connection.close();
    },
  };
}
