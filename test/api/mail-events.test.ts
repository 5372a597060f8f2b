import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { bouncesOf } from "../../src/api/mail-event-shapes.ts";
import { askRecovery, mailsTo, newAddress, signUp } from "../support/account-journey.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { fakeDate } from "../support/fake-date.ts";
import { newPerson } from "../support/person.ts";
import { newColleague } from "../support/staff.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

const email = "jeanne@partenaire.test";

/** One report a provider, as its documentation writes it, of an address that is gone. */
const reports: Readonly<Record<string, (email: string) => object>> = {
  ours: (to) => ({ events: [{ type: "bounced", email: to, status: "5.1.1" }] }),
  "Amazon SES": (to) => ({
    notificationType: "Bounce",
    bounce: { bounceType: "Permanent", bouncedRecipients: [{ emailAddress: to, status: "5.1.1" }] },
  }),
  "Amazon SNS": (to) => ({
    Type: "Notification",
    Message: JSON.stringify(reports["Amazon SES"]?.(to)),
  }),
  Mailgun: (to) => ({
    "event-data": {
      ...{ event: "failed", severity: "permanent", recipient: to },
      "delivery-status": { code: 550, "enhanced-code": "5.1.1" },
    },
  }),
  Postmark: (to) => ({ RecordType: "Bounce", Type: "HardBounce", Email: to, Inactive: true }),
  SendGrid: (to) => [{ event: "bounce", type: "bounce", email: to, status: "5.1.1" }],
  Brevo: (to) => ({ event: "hard_bounce", email: to, reason: "550 5.1.1 <x> unknown" }),
  Mailjet: (to) => [{ event: "bounce", email: to, hard_bounce: true }],
};

describe("a report of mail that came back", () => {
  it.each(Object.keys(reports))("is read in the shape of %s", (name) => {
    const found = bouncesOf(reports[name]?.(email));
    expect(found).toHaveLength(1);
    expect(found[0]?.email).toBe(email);
    expect(["", "5.1.1"]).toContain(found[0]?.status);
  });

  it.each([
    ["a full mailbox at SES", { notificationType: "Bounce", bounce: { bounceType: "Transient" } }],
    ["a complaint", { notificationType: "Complaint" }],
    ["a delay at Mailgun", { "event-data": { event: "failed", severity: "temporary", email } }],
    ["a soft bounce at Postmark", { RecordType: "Bounce", Type: "SoftBounce", Email: email }],
    ["a block at SendGrid", [{ event: "bounce", type: "blocked", email }]],
    ["a soft bounce at Brevo", { event: "soft_bounce", email }],
    ["a soft bounce at Mailjet", { event: "bounce", hard_bounce: false, email }],
    ["what passes, in our form", { events: [{ type: "bounced", permanent: false, email }] }],
    ["no address", { events: [{ type: "bounced", email: "a b@c" }, null, "x"] }],
    ["nothing", null],
  ])("takes %s for none", (_what, report) => {
    expect(bouncesOf(report)).toEqual([]);
  });
});

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const secrets = ["a-secret-of-thirty-two-characters-1", "a-secret-of-thirty-two-characters-2"];
const mailgunKey = "mailgun-signing-key";
const now = () => Math.floor(Date.now() / 1000);

type Headers = Readonly<Record<string, string>>;

/** Each way of signing: the body as it is sent, and its headers. */
const signatures: Readonly<
  Record<string, (report: object, at: number) => { body: string; headers: Headers }>
> = {
  "Standard Webhooks": (report, at) => standard(report, at),
  "Standard Webhooks by the older secret": (report, at) => standard(report, at, secrets[1]),
  Mailgun: (report, at) => {
    const token = randomUUID();
    const signature = createHmac("sha256", mailgunKey).update(`${at}${token}`).digest("hex");
    const body = { ...report, signature: { timestamp: String(at), token, signature } };
    return { body: JSON.stringify(body), headers: {} };
  },
  SendGrid: (report, at) => {
    const body = JSON.stringify(report);
    const signature = sign("sha256", Buffer.from(`${at}${body}`), pair.privateKey);
    return {
      body,
      headers: {
        "X-Twilio-Email-Event-Webhook-Signature": signature.toString("base64"),
        "X-Twilio-Email-Event-Webhook-Timestamp": String(at),
      },
    };
  },
};

function standard(report: object, at: number, secret = secrets[0], id: string = randomUUID()) {
  const body = JSON.stringify(report);
  const signed = createHmac("sha256", secret ?? "").update(`${id}.${at}.${body}`);
  const signature = `v1,${signed.digest("base64")}`;
  const headers = {
    ...{ "webhook-id": id, "webhook-timestamp": String(at) },
    "webhook-signature": signature,
  };
  return { body, headers };
}

describe.each(databases)("POST /api/v1/mail-events, on $name", (kind) => {
  let provider: TestProvider;

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: { portal: {} },
      environment: {
        MAIL_EVENTS_SECRETS: secrets.join(","),
        MAILGUN_SIGNING_KEY: mailgunKey,
        SENDGRID_PUBLIC_KEY: pair.publicKey
          .export({ format: "der", type: "spki" })
          .toString("base64"),
      },
    });
  });
  afterEach(() => {
    jest.useRealTimers();
    delete provider.smtp.behaviours.refuseRecipient;
  });
  afterAll(async () => {
    await provider.stop();
  });

  async function post({ body, headers }: { body: string; headers: Headers }) {
    const response = await fetch(`${provider.issuer}/api/v1/mail-events`, {
      ...{ method: "POST", body, headers: { "content-type": "application/json", ...headers } },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  const bounce = (to: string) => ({ events: [{ type: "bounced", email: to, status: "5.1.1" }] });
  const stopped = async (to: string) =>
    (await provider.application.refusedAddresses.find(to as never))?.isStopped === true;

  it.each(Object.keys(signatures))("takes what is signed as %s", async (name) => {
    const to = newAddress();
    const report = name === "Mailgun" ? reports["Mailgun"]?.(to) : bounce(to);
    const signed = signatures[name]?.(report ?? {}, now());
    if (!signed) throw new Error("no signature");
    expect(await post(signed)).toEqual({ status: 200, body: { noted: 1 } });
    expect(await stopped(to)).toBe(true);
  });

  it("refuses what nobody known signed, what was altered, and what is old or early", async () => {
    const to = newAddress();
    const good = standard(bounce(to), now());
    const refusals = [
      { body: good.body, headers: {} },
      { ...good, body: good.body.replace("5.1.1", "5.1.2") },
      standard(bounce(to), now(), "another-secret-of-thirty-two-characters"),
      ...Object.values(signatures).flatMap((each) => [
        each(reports["Mailgun"]?.(to) ?? {}, now() - 301),
        each(reports["Mailgun"]?.(to) ?? {}, now() + 360),
      ]),
    ];
    for (const each of refusals) {
      const { status, body } = await post(each);
      expect([status, body["type"]]).toEqual([401, "urn:lopcommerce:problem:signature-refused"]);
    }
    expect((await post({ body: "{", headers: good.headers })).status).toBe(400);
    expect((await post({ body: "null", headers: {} })).status).toBe(401);
    expect(await stopped(to)).toBe(false);
  });

  it("counts a report once: sent again it changes nothing that a person changed since", async () => {
    const to = newAddress();
    const report = standard(bounce(to), now());
    expect((await post(report)).body).toEqual({ noted: 1 });
    expect(await provider.application.refusedAddresses.forget(to as never)).toBe(true);
    expect((await post(report)).body).toEqual({ noted: 0 });
    expect(await stopped(to)).toBe(false);
  });

  it("stops further mail, tells staff, and a member of staff has it sent again", async () => {
    const person = await newPerson(provider);
    await post(standard(bounce(person.email), now()));
    await askRecovery(provider, person.email);
    expect(await mailsTo(provider, person.email)).toEqual([]);
    const staff = await newColleague(provider, "agent");
    const url = `${provider.issuer}/admin/accounts/${person.sub}`;
    await staff.browser.open(url);
    expect(staff.browser.page.text).toMatch(/sont revenus, le dernier le .+ \(bounced 5\.1\.1\)/);
    await staff.browser.submit("Lui écrire de nouveau");
    expect(staff.browser.page.text).not.toContain("sont revenus");
    fakeDate(Date.now() + 61_000);
    await askRecovery(provider, person.email);
    expect(await mailsTo(provider, person.email)).toHaveLength(1);
  });

  it("shows a refusal by the server to staff, and forgets it when a letter is taken", async () => {
    const person = await newPerson(provider);
    provider.smtp.behaviours.refuseRecipient = () => "550 5.1.1 no such user";
    await askRecovery(provider, person.email);
    await mailsTo(provider, person.email);
    const found = await provider.application.refusedAddresses.find(person.email as never);
    expect(found).toMatchObject({ reason: "RCPT TO 550 5.1.1", isStopped: false });
    delete provider.smtp.behaviours.refuseRecipient;
    fakeDate(Date.now() + 61_000);
    await askRecovery(provider, person.email);
    expect(await mailsTo(provider, person.email)).toHaveLength(1);
    expect(await provider.application.refusedAddresses.find(person.email as never)).toBeUndefined();
  });

  it("tells who signed up, the same whether the address has an account or not, and no stranger at a recovery", async () => {
    provider.smtp.behaviours.refuseRecipient = () => "550 5.1.1 no such user";
    const person = await newPerson(provider);
    for (const to of [newAddress(), person.email]) {
      const browser = await signUp(provider, to);
      expect(browser.page.text).not.toContain("a refusé notre message");
      await mailsTo(provider, to);
      await browser.open(browser.page.url);
      expect(browser.page.text).toContain(`La messagerie de ${to} a refusé notre message.`);
    }
    const events = provider.log.filter((line) => line.includes('"event":"mail-failed"'));
    expect(events.some((line) => line.includes("addressReference"))).toBe(true);
    const stranger = await askRecovery(provider, person.email, new BrowserAgent());
    await mailsTo(provider, person.email);
    await stranger.open(stranger.page.url);
    expect(stranger.page.text).not.toContain("a refusé notre message");
    await provider.party("portal").login(person.browser);
    await person.signIn();
    const own = await askRecovery(provider, person.email, person.browser);
    expect(own.page.text).toContain("a refusé notre message");
  });
});
