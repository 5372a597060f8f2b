/**
 * `lopauth maintenance on`, then `off`, again and again, while people sign up and in and relying parties ask, on two nodes
 * behind haproxy. Nobody fails: who would write is told to come later, who reads is served. Nothing is lost at the turn: who
 * was told that a message comes gets it, and the audit is whole.
 *
 *     node test/operations/fault-maintenance.ts
 */
import { setTimeout as pause } from "node:timers/promises";
import { BrowserAgent } from "../support/browser-agent.ts";
import { thisCheckout } from "./builds.ts";
import { install } from "./installation.ts";
import { lopauth } from "./node-process.ts";
import { password } from "./people.ts";
import { failed, keepAsking, told } from "./sampler.ts";

const rounds = Number(process.env["ROUNDS"] ?? 3);
const stageSeconds = Number(process.env["STAGE_SECONDS"] ?? 8);
/** Every node follows within two seconds, and a request under way is ended. */
const turnSeconds = 4;

const installation = await install({ nodes: ["one", "two"], proxy: "haproxy" });
const { issuer, smtp, environment } = installation;
const promised: string[] = [];
const refused: string[] = [];
const faults: string[] = [];
let isEnded = false;

try {
  const load = keepAsking(installation, [issuer], { atOnce: 6, signIns: 2 });
  const signingUp = keepSigningUp();
  const reading: [from: number, until: number][] = [];
  for (let round = 0; round < rounds; round += 1) {
    await pause(stageSeconds * 1000);
    await lopauth(thisCheckout, environment(), "maintenance", "on", "--until", "10m");
    const from = performance.now() + turnSeconds * 1000;
    await pause(stageSeconds * 1000);
    reading.push([from, performance.now()]);
    await lopauth(thisCheckout, environment(), "maintenance", "off");
  }
  await pause((stageSeconds + turnSeconds) * 1000);
  isEnded = true;
  await signingUp;
  const samples = await load.end();
  const meanwhile = reading.map(([from, until]) => `  meanwhile ${told(samples, from, until)}`);
  console.log([`${String(rounds)} times read-only: ${told(samples)}`, ...meanwhile].join("\n"));
  const bad = [...failed(samples), ...faults];
  if (bad.length > 0)
    throw new Error(`${String(bad.length)} failed:\n${bad.slice(0, 10).join("\n")}`);
  for (const [from, until] of reading) {
    const some = samples.filter(({ at }) => at >= from && at < until);
    const kinds = (what: string) =>
      new Set(some.filter((each) => each.what.includes(what)).map(({ kind }) => kind));
    if (kinds("sign-in by password").has("good")) throw new Error("somebody signed in meanwhile");
    if (kinds("/me").has("later")) throw new Error("userinfo was not served meanwhile");
  }
  if (refused.length === 0 || promised.length === 0) throw new Error("no turn was met");
  for (const email of promised) {
    await smtp.waitForMessage(({ envelope }) => envelope.to.includes(email), 60_000);
  }
  await lopauth(thisCheckout, environment(), "audit", "verify");
  console.log(
    `${String(promised.length)} sign-ups were promised a message and got it, ${String(refused.length)} were told to come later; the audit is whole`,
  );
} finally {
  isEnded = true;
  await installation.remove();
}

/** One after the other, until the end. */
async function keepSigningUp(): Promise<void> {
  for (let count = 0; !isEnded; count += 1) {
    const email = `nouvelle.${String(count)}@partenaire.test`;
    const browser = new BrowserAgent();
    const first = await browser.open(`${issuer}/signup`);
    const last = first.status === 200 ? await sent(browser, email) : first;
    if (last.status === 200) promised.push(email);
    else if (last.status === 503 && Number(last.headers["retry-after"]) > 0) refused.push(email);
    else faults.push(`a sign-up: ${String(last.status)} ${last.h1}`);
    await pause(200);
  }
}

function sent(browser: BrowserAgent, email: string) {
  const typed = { email, email_confirmation: email, password, password_confirmation: password };
  return browser
    .fill({ ...typed, given_name: "Camille", family_name: "Moulin" })
    .submit("#primary");
}
