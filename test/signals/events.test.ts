import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { parseSiret } from "../../src/establishments/index.ts";
import { BrowserAgent } from "../support/browser-agent.ts";
import { databases } from "../support/databases.ts";
import { accountOf, enrolPasskey } from "../support/passkeys.ts";
import { totpCode } from "../support/second-factor.ts";
import { type TestProvider, goodPassword, startTestProvider } from "../support/test-provider.ts";
import { type EventToken, nameOf, receiver, receivingClient, saidBy } from "./receiver.ts";

const [one, two, three] = ["13002526500013", "35600000009075", "41816609600051"] as const;

describe.each(databases)("what relying parties hear, on $name", (kind) => {
  let provider: TestProvider;
  const parties = new Map<string, ReturnType<typeof receiver>>();
  const streams = new Map<string, string>();

  beforeAll(async () => {
    provider = await startTestProvider(kind, {
      clients: {
        portal: receivingClient,
        pairwise: { ...receivingClient, subject_type: "pairwise" },
        narrow: { ...receivingClient, scope: "openid siret ssf.manage" },
        never: receivingClient,
      },
      environment: { SIGNALS: "on", PRIVATE_HOSTS: "127.0.0.1" },
    });
    for (const clientId of ["portal", "pairwise", "narrow", "never"]) {
      const party = receiver(provider, clientId);
      parties.set(clientId, party);
      streams.set(clientId, String((await party.create())["stream_id"]));
    }
  });
  /** What waits at a client, and is acknowledged. */
  const heard = async (clientId: string): Promise<EventToken[]> => {
    const party = parties.get(clientId) as ReturnType<typeof receiver>;
    const tokens = await party.tokens(streams.get(clientId));
    const ack = tokens.map(({ jti }) => jti);
    await party.poll(streams.get(clientId), { ack, maxEvents: 0 });
    return tokens;
  };
  const namesHeard = async (clientId: string) => (await heard(clientId)).map(nameOf);
  afterEach(async () => {
    // Whoever never signed in anywhere is nobody that this client hears of.
    expect(await heard("never")).toEqual([]);
    for (const clientId of streams.keys()) await heard(clientId);
  });
  afterAll(() => provider.stop());

  // What names the session in a subject must be known to the receiver.
  const claims = JSON.stringify({ id_token: { sid: null } });
  let count = 0;
  const person = async (...sirets: string[]) => {
    const email = `signaux.${(count += 1)}@partenaire.test`;
    await provider.addAccount(email);
    if (sirets.length > 0) await provider.openAccess(email, ...sirets);
    const found = await provider.application.administration.find(email);
    if (!found.accepted) throw new Error("no account");
    return found.value;
  };
  const signIn = async (
    clientId: string,
    email: string,
    { browser = new BrowserAgent(), siret, scope }: SignInOptions = {},
  ) => {
    const asked =
      clientId === "narrow" ? "openid siret" : (scope ?? "openid email siret establishments");
    const login = await provider.party(clientId).login(browser, { scope: asked, claims });
    if (browser.page.h1 === "Connexion")
      await browser.fill({ email, password: goodPassword }).submit();
    if (browser.page.find("[name=siret]")) await browser.fill({ siret: siret ?? one }).submit();
    if (/Autoriser|accéder/i.test(browser.page.h1)) await browser.submit();
    return { browser, ...(await login.signedIn()) };
  };
  const issSub = (sub: string) => ({ format: "iss_sub", iss: provider.issuer, sub });

  it("session-revoked, once to each client of the session, as the subject that it knows, of one cause", async () => {
    const { email, sub } = await person();
    const { browser, tokens } = await signIn("portal", email);
    const { claims } = await signIn("pairwise", email, { browser });
    await browser.open(await provider.party("portal").endSessionUrl(tokens.id_token ?? ""));
    const before = Math.floor(Date.now() / 1000);
    await browser.submit("Se déconnecter");
    const [token, ...others] = await heard("portal");
    expect(others).toEqual([]);
    expect(token).toMatchObject({ iss: provider.issuer, aud: "portal", sub_id: issSub(sub) });
    // The act, and then the token that tells of it: a second may begin between them.
    const at = Number(saidBy(token as EventToken)["event_timestamp"]);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Number(token?.iat));
    expect(saidBy(token as EventToken)).toMatchObject({
      initiating_entity: "user",
      reason_admin: { en: "The person signed out." },
    });
    const [pairwise] = await heard("pairwise");
    expect(claims.sub).not.toBe(sub);
    expect(pairwise).toMatchObject({
      aud: "pairwise",
      sub_id: issSub(claims.sub),
      txn: token?.txn,
    });
    expect(pairwise?.jti).not.toBe(token?.jti);
    expect(await heard("narrow")).toEqual([]);
  });

  it("session-revoked names the session alone while another of the person's goes on there", async () => {
    const { email, sub } = await person();
    const first = await signIn("portal", email);
    await signIn("portal", email);
    const url = await provider.party("portal").endSessionUrl(first.tokens.id_token ?? "");
    await first.browser.open(url);
    await first.browser.submit("Se déconnecter");
    const [token] = await heard("portal");
    expect(token?.sub_id).toEqual({
      format: "complex",
      user: issSub(sub),
      session: { format: "opaque", id: first.claims["sid"] },
    });
  });

  it("session-revoked when staff end the sessions of a person", async () => {
    const { email, sub } = await person();
    await signIn("portal", email);
    await provider.application.administration.endSessions(email, "operator");
    const [token] = await heard("portal");
    expect([nameOf(token as EventToken), token?.sub_id]).toEqual(["session-revoked", issSub(sub)]);
  });

  it("credential-change when the password changes, before the sessions end", async () => {
    const account = await person();
    await signIn("portal", account.email);
    const password = "phare-brume-goeland-rocher";
    const form = { current_password: goodPassword, password, password_confirmation: password };
    const changed = await provider.application.ownAccount.changePassword(account, form, {
      secret: undefined,
      isShared: false,
    });
    expect(changed.accepted).toBe(true);
    const [token, ended] = await heard("portal");
    expect(nameOf(token as EventToken)).toBe("credential-change");
    expect(saidBy(token as EventToken)).toMatchObject({
      ...{ credential_type: "password", change_type: "update", initiating_entity: "user" },
      reason_admin: { en: "A new password was set." },
    });
    expect(nameOf(ended as EventToken)).toBe("session-revoked");
  });

  it("credential-change and assurance-level-change when the first factor comes and the last goes", async () => {
    const account = await person();
    await signIn("portal", account.email);
    const { totp } = provider.application.secondFactors;
    const { secret, sealed } = totp.propose(account);
    const enrolled = await totp.enrol(account, { code: totpCode(secret), enrolment: sealed });
    expect(enrolled.accepted).toBe(true);
    const [added, raised] = await heard("portal");
    expect(saidBy(added as EventToken)).toMatchObject({
      credential_type: "app",
      change_type: "create",
    });
    expect(nameOf(raised as EventToken)).toBe("assurance-level-change");
    expect(saidBy(raised as EventToken)).toMatchObject({
      namespace: "https://auth.lopcommerce.com/acr",
      current_level: "https://auth.lopcommerce.com/acr/two-factors",
      previous_level: "https://auth.lopcommerce.com/acr/one-factor",
      change_direction: "increase",
    });
    expect(raised?.txn).toBe(added?.txn);
    await totp.remove(account);
    const [removed, lowered, ended] = await heard("portal");
    expect(saidBy(removed as EventToken)).toMatchObject({
      credential_type: "app",
      change_type: "delete",
    });
    expect(saidBy(lowered as EventToken)).toMatchObject({ change_direction: "decrease" });
    expect(nameOf(ended as EventToken)).toBe("session-revoked");
  });

  it.each([
    ["fido2-roaming", { transports: "usb nfc" }],
    ["fido2-platform", { transports: "internal hybrid" }],
    ["fido2-platform", { synchronised: true }],
  ])("credential-change calls a passkey %s by how it is reached: %j", async (type, kept) => {
    const { email, sub } = await person();
    await signIn("portal", email);
    const { device } = await enrolPasskey(provider, { sub });
    await provider.application.database.knex("passkeys").where({ account_sub: sub }).update(kept);
    await heard("portal");
    const { passkeys } = provider.application.secondFactors;
    await passkeys.remove(await accountOf(provider, sub), device.credentialId);
    const [removed] = await heard("portal");
    expect(saidBy(removed as EventToken)).toMatchObject({
      ...{ credential_type: type, change_type: "delete" },
    });
  });

  it("token-claims-change names the SIRETs of the act alone, to whom `establishments` was granted", async () => {
    const { email, sub } = await person(one, two);
    const { browser } = await signIn("portal", email, { siret: one });
    await signIn("narrow", email, { browser });
    await signIn("pairwise", email, { browser, scope: "openid" });
    await provider.openAccess(email, three);
    const [opened, ...others] = await heard("portal");
    expect(others).toEqual([]);
    expect(opened?.sub_id).toEqual(issSub(sub));
    expect(saidBy(opened as EventToken)).toMatchObject({
      claims: { establishments: { opened: [three] } },
    });
    await provider.closeAccess(email, two);
    const [closed] = await heard("portal");
    expect(saidBy(closed as EventToken)).toMatchObject({
      claims: { establishments: { closed: [two] } },
    });
    expect(await heard("narrow")).toEqual([]);
    expect(await heard("pairwise")).toEqual([]);
    // The authorizations that were for it end: that is heard by whoever has one.
    await provider.closeAccess(email, one);
    expect(await namesHeard("portal")).toEqual(["token-claims-change", "session-revoked"]);
    expect(await namesHeard("narrow")).toEqual(["session-revoked"]);
  });

  it("account-disabled, account-enabled and account-purged, to whom knew the account", async () => {
    const { email, sub } = await person();
    await signIn("portal", email);
    const { administration, deleteAccount } = provider.application;
    await administration.setState(email, "disabled", "operator");
    expect(await namesHeard("portal")).toEqual(["account-disabled", "session-revoked"]);
    await administration.setState(email, "active", "operator");
    expect(await namesHeard("portal")).toEqual(["account-enabled"]);
    // Nobody has a grant or a session there any more.
    await administration.setState(email, "disabled", "operator");
    expect(await namesHeard("portal")).toEqual([]);
    await administration.setState(email, "active", "operator");
    await signIn("portal", email);
    const deleted = await deleteAccount({ account: { sub }, by: "operator" });
    expect(deleted.accepted).toBe(true);
    const [purged] = await heard("portal");
    expect([nameOf(purged as EventToken), purged?.sub_id]).toEqual(["account-purged", issSub(sub)]);
  });

  it("identifier-changed names the older address, to whom `email` was granted alone", async () => {
    const account = await person();
    const { browser } = await signIn("portal", account.email);
    await signIn("pairwise", account.email, { browser, scope: "openid" });
    const email = `nouvelle.${account.email}`;
    const form = { email, email_confirmation: email, current_password: goodPassword };
    const { addressChange } = provider.application;
    expect((await addressChange.request(account, form, undefined)).accepted).toBe(true);
    const letter = await provider.smtp.waitForMessage(({ envelope }) =>
      envelope.to.includes(email),
    );
    const secret = letter.links.join(" ").match(/account\/email\/([\w-]+)/)?.[1] ?? "";
    expect((await addressChange.confirm(secret, goodPassword, undefined)).accepted).toBe(true);
    const [changed] = await heard("portal");
    expect(nameOf(changed as EventToken)).toBe("identifier-changed");
    expect(changed?.sub_id).toEqual({ format: "email", email: account.email });
    expect(saidBy(changed as EventToken)).toEqual({ "new-value": email });
    expect(await namesHeard("pairwise")).toEqual(["session-revoked"]);
  });

  it("nothing of a person whom the receiver left out, until it takes them in again", async () => {
    const { email, sub } = await person(one);
    await signIn("portal", email);
    const party = parties.get("portal") as ReturnType<typeof receiver>;
    const body = { stream_id: streams.get("portal"), subject: { format: "email", email } };
    await party.call("POST", "/signals/subjects/remove", { body });
    await provider.openAccess(email, two);
    expect(await heard("portal")).toEqual([]);
    await party.call("POST", "/signals/subjects/add", { body: { ...body, subject: issSub(sub) } });
    await provider.openAccess(email, three);
    expect(await namesHeard("portal")).toEqual(["token-claims-change"]);
  });

  it("nothing of an act that is undone", async () => {
    const { email, sub, id } = await person(one);
    await signIn("portal", email);
    const siret = parseSiret(two);
    if (!siret.accepted) throw new Error("not a SIRET");
    const undone = provider.application.database.transaction(async (transaction) => {
      const now = Math.floor(Date.now() / 1000);
      const access = { id: 0, accountId: id, sub, siret: siret.value, openedAt: now };
      await provider.application.written.tell(transaction, "opened", [
        { ...access, openedBy: "operator" },
      ]);
      throw new Error("undone");
    });
    await expect(undone).rejects.toThrow("undone");
    expect(await heard("portal")).toEqual([]);
  });
});

interface SignInOptions {
  readonly browser?: BrowserAgent;
  readonly siret?: string;
  readonly scope?: string;
}
