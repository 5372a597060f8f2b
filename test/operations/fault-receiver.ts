/**
 * One receiver of each kind hangs: a webhook that never answers, beside one that does; a client that never answers to a logout
 * token, beside one that does; a mail domain whose server never accepts, beside healthy ones. Prints how long who is healthy waited, from the act to its arrival.
 *
 *     node test/operations/fault-receiver.ts
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { BrowserAgent } from "../support/browser-agent.ts";
import { freePort } from "../support/free-port.ts";
import { startRelyingParty } from "../support/relying-party.ts";
import { waitFor } from "../support/wait-for.ts";
import { startListener, webhookSecret } from "../webhooks/webhook-listener.ts";
import { thisCheckout } from "./builds.ts";
import { install } from "./installation.ts";
import { lopauth } from "./node-process.ts";
import { password, signIn } from "./people.ts";

/** More than the senders of the channel: without fairness each would hang. */
const acts = 12;
const sirets = ["13002526500013", "41816609600051", "35600000009075"];

let asked = 0;
/** Logout tokens of the client that hangs, and of the healthy one. */
const logouts = { hanging: 0, healthy: 0 };
/** Seconds, of who is healthy. */
const waited: number[] = [];
const hangingPort = await freePort();
// It takes the request, and says nothing.
const hanging = createServer(({ url }) => {
  if (url === "/logout") logouts.hanging += 1;
  else asked += 1;
});
const listening = createServer((_request, response) => {
  logouts.healthy += 1;
  response.end();
});
const listeningPort = await freePort();
await new Promise<void>((resolve) => listening.listen(listeningPort, "127.0.0.1", resolve));
await new Promise<void>((resolve) => hanging.listen(hangingPort, "127.0.0.1", resolve));
const healthy = await startListener();
const events = ["access.opened", "access.closed"];
const logoutAt = (port: number) => ({
  backchannel_logout_uri: `http://127.0.0.1:${String(port)}/logout`,
});
const otherSecret = randomBytes(32).toString("base64url");
let issuer = "";
const other = await startRelyingParty({
  ...{ issuer: () => issuer, clientId: "other", clientSecret: otherSecret, scope: "openid" },
});
const installation = await install({
  nodes: ["one"],
  client: logoutAt(hangingPort),
  otherClients: [
    {
      ...{ client_id: "other", client_secret: otherSecret, client_name: "Autre" },
      ...{ redirect_uris: [other.redirectUri], scope: "openid", ...logoutAt(listeningPort) },
    },
  ],
  people: 2,
  environment: { PRIVATE_HOSTS: "127.0.0.1" },
  webhooks: [
    { url: `http://127.0.0.1:${String(hangingPort)}/`, events, secret: webhookSecret },
    { url: healthy.url("healthy"), events, secret: webhookSecret },
  ],
});

try {
  const { emails, environment } = installation;
  ({ issuer } = installation);
  // Those of the sign-ups come first, and are not counted.
  await waitFor("the first ones", () => healthy.received.length >= emails.length, 60);
  for (let count = 0; count < acts; count += 1) {
    const before = healthy.received.length;
    const begin = performance.now();
    const [act, email] = [count % 2 === 0 ? "open" : "close", emails[count % 4 < 2 ? 0 : 1] ?? ""];
    await lopauth(thisCheckout, environment(), "access", act, email, sirets[1] ?? "");
    const done = performance.now();
    await waitFor("the healthy one to hear", () => healthy.received.length > before, 120);
    waited.push((performance.now() - done) / 1000);
    await pause(Math.max(0, 1000 - (performance.now() - begin)));
  }
  const words = ["outbox", "list", "--kind", "webhook", "--json"];
  const list = await lopauth(thisCheckout, environment(), ...words);
  const waiting = (JSON.parse(list) as unknown[]).length;
  console.log(
    `a healthy webhook waited ${told(waited)} (${String(acts)} acts); the hanging one was tried ${String(asked)} times, ${String(waiting)} wait for it`,
  );
  if (waiting < acts) throw new Error("the hanging one has got what it never answered");
  await logoutTokens();
  await letters();
  if (Math.max(...waited) > 10) throw new Error("who is healthy waited for who hangs");
} finally {
  await installation.remove();
  await healthy.close();
  await other.close();
  for (const server of [hanging, listening]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Sessions of two clients end, one of which never answers to what tells it so. */
async function logoutTokens(): Promise<void> {
  const { party, emails, environment } = installation;
  const [email = ""] = emails;
  const taken: number[] = [];
  for (let count = 0; count < acts; count += 1) {
    const { browser } = await signIn(party, email);
    await (await other.login(browser)).signedIn();
    const before = logouts.healthy;
    await lopauth(thisCheckout, environment(), "sessions", "end", email);
    const done = performance.now();
    await waitFor("the healthy client to hear", () => logouts.healthy > before, 120);
    taken.push((performance.now() - done) / 1000);
  }
  console.log(
    `a healthy client heard of ${String(acts)} ended sessions after ${told(taken)}; the hanging one was tried ${String(logouts.hanging)} times`,
  );
  if (logouts.hanging === 0) throw new Error("the hanging client was told nothing");
  waited.push(...taken);
}

/** A mail domain that takes nothing, with twelve letters on their way to it, and a person of another who asks for one. */
async function letters(): Promise<void> {
  const { issuer, smtp, emails } = installation;
  const release = Promise.withResolvers<undefined>();
  smtp.behaviours.delay = (to) => (to.endsWith("@lente.test") ? release.promise : pause(0));
  const typed = { given_name: "Camille", family_name: "Moulin" };
  const passwords = { password, password_confirmation: password };
  for (let count = 0; count < acts; count += 1) {
    const email = `personne.${String(count)}@lente.test`;
    const browser = new BrowserAgent();
    await browser.open(`${issuer}/signup`);
    const form = { ...typed, ...passwords, email, email_confirmation: email };
    await browser.fill(form).submit("#primary");
  }
  const taken: number[] = [];
  for (const email of emails) {
    const browser = new BrowserAgent();
    await browser.open(`${issuer}/recovery`);
    await browser.fill({ email }).submit("#primary");
    const begin = performance.now();
    await smtp.waitForMessage(
      ({ envelope, subject }) => envelope.to.includes(email) && subject.startsWith("Récupération"),
      120_000,
    );
    taken.push((performance.now() - begin) / 1000);
  }
  release.resolve(undefined);
  console.log(
    `with ${String(acts)} letters on their way to a domain that takes none, another's waited ${told(taken)}`,
  );
  waited.push(...taken);
}

function told(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return `${(sorted.at(-1) ?? 0).toFixed(1)} s at most, ${middle.toFixed(1)} s in the middle`;
}
