/**
 * Userinfo of ours and of a Keycloak on the same PostgreSQL, in turn (docs/performance.md):
 *
 *     node bench/keycloak.ts FOLDER --database postgres://… [--rounds N] [--seconds N] [--warm SECONDS]
 *
 * The folder is what `mvn dependency:get -Dartifact=org.keycloak:keycloak-quarkus-dist:26.7.3:tar.gz` fetches, unpacked. Both are
 * asked for so many seconds before the first round: a Java server is at its speed after minutes.
 */
import { parseArgs } from "node:util";
import { serve } from "./builds.ts";
import { startKeycloak } from "./keycloak-server.ts";
import { median, spread } from "./measure.ts";
import { freePort, orderLoad, startChild } from "./processes.ts";
import { ownFolder } from "./provider-settings.ts";
import { createReport, note } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: "string" },
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    warm: { type: "string", default: "120" },
  },
});
const [folder] = positionals;
const databaseUrl = values.database;
if (folder === undefined || databaseUrl?.startsWith("postgres") !== true) {
  note("node bench/keycloak.ts FOLDER --database postgres://…: one of the two is missing");
  process.exit(2);
}

const ended: (() => Promise<void>)[] = [];
try {
  const theirs = await startKeycloak(folder, databaseUrl, await freePort());
  ended.push(theirs.stop);
  const ours = await serve("ours", ownFolder, await freePort(), { databaseUrl });
  ended.push(ours.place.remove, ours.server.stop);
  const client = await startChild("load-client.ts");
  ended.push(client.stop);
  const load = (whom: "ours" | "keycloak", seconds: number) =>
    orderLoad(client, "closedLoop", {
      workload: whom === "ours" ? "userinfo" : "keycloak-userinfo",
      target: whom === "ours" ? ours.target : theirs.target,
      seconds,
      connections: 10,
    });
  note(`warming both for ${values.warm} s`);
  await load("keycloak", Number(values.warm));
  await load("ours", 10);
  const rounds = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    note(`round ${round} of ${values.rounds}`);
    rounds.push({
      ours: await load("ours", Number(values.seconds)),
      theirs: await load("keycloak", Number(values.seconds)),
    });
  }
  const ratios = rounds.map((each) => each.ours.perSecond / each.theirs.perSecond);
  createReport("postgres").line("userinfo beside Keycloak", {
    ratio: median(ratios),
    spread: spread(ratios),
    perSecond: median(rounds.map((each) => each.ours.perSecond)),
    keycloakPerSecond: median(rounds.map((each) => each.theirs.perSecond)),
    keycloakSpread: spread(rounds.map((each) => each.theirs.perSecond)),
    cpu: median(rounds.map((each) => each.ours.cpu)),
    keycloakCpu: median(rounds.map((each) => each.theirs.cpu)),
  });
} finally {
  for (const end of ended.reverse()) await end();
}
