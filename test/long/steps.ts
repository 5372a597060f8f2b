import { stockClients } from "./stock-clients.ts";

/** One thing that `npm run ci:long` does: a command of its own, which ends with 0 or has failed. */
export interface Step {
  /** What it is chosen by: `npm run ci:long -- upgrade` runs every step whose name begins so. */
  readonly name: string;
  /** What it shows, in a few words. */
  readonly shows: string;
  readonly command: readonly [program: string, ...words: string[]];
  /** Programs that must be on the path, by the Debian package that brings each. */
  readonly needs?: Readonly<Record<string, string>>;
}

const script = (path: string, ...words: string[]) =>
  ["node", "--disable-warning=ExperimentalWarning", path, ...words] as const;

/** What the fast lane carries; the budget of calls is that of the lane itself. */
const plainJourneys = [
  ...["access-closing", "authorization", "back-channel-logout", "choice-among-many", "claims"],
  ...["consent", "establishment-choice", "frozen-establishment", "grants-at-sign-out"],
  ...["interruptions", "kept-requests", "own-sign-in", "second-factor", "sign-in", "sign-out"],
  ...["sign-up", "tokens", "validation"],
].join("|");

/** What takes too long for each commit, in the order it is run. */
export const steps: readonly Step[] = [
  {
    name: "attacks",
    shows: "floods, kills, guesses and interleavings in their long forms",
    command: ["env", "ENDURANCE=1", "npm", "run", "test:attacks"],
  },
  {
    name: "signals-latency",
    shows: "from an act to its receipt by Shared Signals: the median over two hundred",
    command: ["env", "ENDURANCE=1", "npm", "test", "--", "test/signals/latency"],
  },
  {
    name: "without-fast-lane",
    shows: "the journeys of tokens, grants and sessions where no request shares anything",
    command: ["env", "FAST_LANE=off", "npm", "test", "--", `test/journeys/(${plainJourneys})`],
  },
  {
    name: "addresses",
    shows: "a test that is named for a source file without its own runs it",
    command: script("test/long/addresses.ts"),
  },
  {
    name: "upgrade-sqlite",
    shows: "the newest release and this build, one after the other, side by side and back",
    command: script("test/operations/upgrade.ts", "sqlite"),
    needs: { haproxy: "haproxy" },
  },
  {
    name: "upgrade-postgres",
    shows: "the same on PostgreSQL",
    command: script("test/operations/upgrade.ts", "postgres"),
    needs: { haproxy: "haproxy", initdb: "postgresql" },
  },
  ...Object.entries(stockClients).map(([name, { title, hears, needs = {} }]) => ({
    name: `stock-${name}`,
    shows: `${title}, as it is published, ${hears ? "hears of a closed access" : "signs in"}`,
    command: script("test/long/stock-client.ts", name),
    needs,
  })),
  ...(["sqlite", "postgres"] as const).map((kind) => ({
    name: `restore-drill-${kind}`,
    shows: "a copy is restored, verified, served without writing to anybody, and moved; timed",
    command: script("test/operations/restore-drill.ts", kind),
    needs: { initdb: "postgresql", psql: "postgresql-client", pg_dump: "postgresql-client" },
  })),
  {
    name: "morning",
    shows:
      "a correspondent's morning by keyboard, on release 0.2.0 and on this build: keys counted",
    command: script("test/operations/morning.ts"),
    needs: { chromium: "chromium" },
  },
  {
    name: "deployment-files",
    shows: "the files of deploy/, read by the programs they are for",
    command: script("test/operations/deployment-files.ts"),
    needs: { nginx: "nginx", haproxy: "haproxy", promtool: "prometheus" },
  },
  {
    name: "old-node",
    shows: "what is too old to run it says so in one line, at the install and at each start",
    command: script("test/operations/old-node.ts"),
    needs: { npm: "npm" },
  },
  {
    name: "alerts",
    shows: "each alert fires once, in a real Prometheus, and none for a healthy node",
    command: script("test/operations/alerts.ts"),
    needs: { prometheus: "prometheus" },
  },
  ...(["haproxy", "nginx"] as const).map((proxy) => ({
    name: `stop-${proxy}`,
    shows: `twenty rolling restarts under load behind ${proxy}: who is told anything but a good answer`,
    command: script("test/operations/stop-rolling.ts", proxy),
    needs: { [proxy]: proxy, initdb: "postgresql" },
  })),
  ...["silent", "crash", "promotion"].flatMap((fault) =>
    ([undefined, "haproxy", "nginx"] as const).map((proxy) => ({
      name: ["fault-database", fault, ...(proxy ? [proxy] : [])].join("-"),
      shows: `answers within five seconds${proxy ? ` behind ${proxy}` : ""}, honest ones meanwhile, good ones after`,
      command: script("test/operations/fault-database.ts", fault, ...(proxy ? [proxy] : [])),
      needs: { initdb: "postgresql", ...(proxy && { [proxy]: proxy }) },
    })),
  ),
  {
    name: "fault-maintenance",
    shows: "the register only reads for a while under load, thrice: nobody fails, nothing is lost",
    command: script("test/operations/fault-maintenance.ts"),
    needs: { haproxy: "haproxy", initdb: "postgresql" },
  },
  ...(["haproxy", "nginx"] as const).map((proxy) => ({
    name: `fault-clock-${proxy}`,
    shows: `a node whose clock is wrong, behind ${proxy}, serves nobody and destroys nothing`,
    command: script("test/operations/fault-clock.ts", proxy),
    needs: { [proxy]: proxy, initdb: "postgresql" },
  })),
  {
    name: "fault-receiver",
    shows: "a receiver and a mail domain that hang hold up nobody else",
    command: script("test/operations/fault-receiver.ts"),
    needs: { initdb: "postgresql" },
  },
  {
    name: "redis-failover",
    shows:
      "thirty masters of a cluster are lost under load: nothing spent or removed is good again",
    command: script("test/long/redis-failover.ts"),
    needs: { "redis-server": "redis-server" },
  },
  {
    name: "redis-memory",
    shows: "what a session, a grant and a token take in a Redis",
    command: script("test/long/redis-memory.ts"),
    needs: { "redis-server": "redis-server" },
  },
  ...["transaction", "session"].map((mode) => ({
    name: `fault-pgbouncer-${mode}`,
    shows: "everybody signs in by way of pgbouncer, before and after its restart",
    command: script("test/operations/fault-pgbouncer.ts", mode),
    needs: { pgbouncer: "pgbouncer", initdb: "postgresql" },
  })),
];
