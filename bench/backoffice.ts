import { openArtifactStore } from "../src/artifacts/index.ts";
import { systemClock } from "../src/foundation/index.ts";
import { openDatabase } from "../src/storage/index.ts";
import { fillBackoffice, seeded } from "./backoffice-register.ts";
import { type Visitor, expect, newVisitor, signIn } from "./flows.ts";
import { openConnection } from "./http-connection.ts";
import { median, percentile, rounded } from "./measure.ts";
import { askServer, freePort, startChild } from "./processes.ts";
import { preparePlace } from "./provider-settings.ts";

/** How long pages of the back office take, in ms. */
export interface BackofficeCost {
  readonly accounts: number;
  readonly events: number;
  /** The median of the slowest page, and which one it is. */
  readonly slowestMedian: number;
  readonly slowest: string;
  /** The worst of all answers. */
  readonly worst: number;
  /** The median of each page. */
  readonly pages: Readonly<Record<string, number>>;
}

const { accounts, events } = seeded;
const rounds = 30;
const subject = "/admin/accounts/bench-many-50001";
const client = `/admin/clients/${seeded.client}`;

/** Every page of the back office that is looked at, with its everyday and its awkward questions. */
const pages = [
  "/admin",
  "/admin?before=50000",
  "/admin?q=durand",
  "/admin?q=zzz",
  "/admin?q=personne.77777@partenaire-2777.com",
  "/admin?q=130025265",
  "/admin?q=13002526500013",
  "/admin/endings",
  "/admin/sign-ups",
  "/admin/requests",
  "/admin/requests?state=waiting&older=7",
  "/admin/requests?state=accepted",
  "/admin/requests/notices",
  `/admin/requests/${seeded.request}`,
  `/admin/requests/${seeded.request}/refuse`,
  "/admin/invite",
  "/admin/invitations",
  `/admin/invitations/${seeded.invitation}/withdraw`,
  "/admin/organisations",
  `/admin/organisations/cares/${seeded.care}/end`,
  `/admin/organisations/requests/${seeded.colleagueRequest}`,
  subject,
  `${subject}/open`,
  `${subject}/close`,
  `${subject}/seen`,
  `${subject}/email`,
  `${subject}/factors/reset`,
  `${subject}/disable`,
  `${subject}/sessions/end`,
  `${subject}/claims?client=bench`,
  `${subject}/delete`,
  "/admin/import",
  "/admin/export",
  "/admin/audit",
  "/admin/audit?event=signed-in&before=500",
  "/admin/audit?event=account-deleted",
  "/admin/audit?person=bench-many-50001",
  "/admin/audit?since=2020-01-01&until=2020-12-31",
  "/admin/audit?event=signed-in&outcome=refused&since=2020-01-01",
  "/admin/audit?siret=13002526500013",
  "/admin/audit?client=bench",
  "/admin/audit?client=nobodys",
  "/admin/clients",
  "/admin/clients/new",
  "/admin/clients/bench",
  ...["", "/edit", "/rotate-secret", "/disable", "/remove"].map((act) => `${client}${act}`),
  "/admin/signals",
  `/admin/signals/${seeded.stream}`,
  "/admin/outbox",
  "/admin/outbox?kind=mail&state=failed",
  "/admin/outbox?destination=bench.test",
  `/admin/outbox/${seeded.waiting}/drop`,
  "/admin/members",
  "/admin/members/everybody-out",
  ...["enrolment-code", "remove"].map((act) => `/admin/members/${seeded.colleague}/${act}`),
];

/** Measures each page, one request at a time, as an admin meets it, on a register of 100 000 accounts. */
export async function measureBackoffice(databaseUrl: string | undefined): Promise<BackofficeCost> {
  const port = await freePort();
  const place = await preparePlace(databaseUrl, port);
  try {
    await fillBackoffice(place);
    const env = { ...place.env, ORGANISATION_ADMINS: "on", SIGNALS: "on" };
    const server = await startChild("server.ts", { env });
    const connection = await openConnection(port);
    const visitor = newVisitor(connection);
    await signIn(visitor, 0);
    await proveSecondFactor(visitor, place.databaseUrl);
    const measured = new Map<string, number[]>();
    for (const page of pages) measured.set(page, await measure(visitor, page));
    connection.close();
    await askServer(server, { ask: "stop" });
    await server.ended();
    return costOf(measured);
  } finally {
    await place.remove();
  }
}

function costOf(measured: ReadonlyMap<string, readonly number[]>): BackofficeCost {
  const medians = [...measured].map(([page, all]) => [page, rounded(median(all))] as const);
  const [slowest = "", slowestMedian = 0] = medians.toSorted((a, b) => b[1] - a[1])[0] ?? [];
  const worst = percentile([...measured.values()].flat(), 1);
  return { accounts, events, slowestMedian, slowest, worst, pages: Object.fromEntries(medians) };
}

async function measure(visitor: Visitor, path: string): Promise<number[]> {
  const milliseconds: number[] = [];
  const cookie = cookieOf(visitor);
  for (let round = 0; round <= rounds; round++) {
    const startedAt = performance.now();
    expect(await visitor.connection.send({ method: "GET", path, headers: { cookie } }), 200);
    // The first one compiles the template.
    if (round > 0) milliseconds.push(performance.now() - startedAt);
  }
  return milliseconds;
}

/** The session as it is once a second factor was used: what is measured are the pages. */
async function proveSecondFactor(visitor: Visitor, databaseUrl: string): Promise<void> {
  // Held from now on, and after the sign-in, which would ask for it: it opens the back office as long as it is held.
  const database = openDatabase(databaseUrl);
  await database.knex("accounts").where({ sub: "bench-admin" }).update({ staff_term: "bench" });
  await database.knex("totp_factors").insert({
    ...{
      account_sub: "bench-admin",
      secret: "-",
      last_step: 0,
      created_at: 1,
      staff_term: "bench",
    },
  });
  await database.close();
  const artifacts = await openArtifactStore(databaseUrl, systemClock);
  for (const jti of visitor.cookies.values()) {
    const found = await artifacts.find("Session", jti);
    if (!found) continue;
    const payload = { ...found.payload, amr: ["pwd", "otp", "mfa"] };
    const { accountId, uid } = payload as { accountId?: string; uid?: string };
    await artifacts.put("Session", jti, { payload, accountId, uid }, 3600);
  }
  await artifacts.close();
}

function cookieOf({ cookies }: Visitor): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}
