import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { days, months } from "../../src/foundation/index.ts";
import { addressReference } from "../../src/operations/index.ts";
import { databases } from "../support/databases.ts";
import { type Audited, address, collected, openAudit, signInOf } from "./audited.ts";

describe.each(databases)("the audit on $name", (kind) => {
  let audited: Audited;
  beforeAll(async () => {
    audited = await openAudit(kind);
  });
  afterAll(async () => {
    await audited.close();
  });

  it("keeps who, on whom, what, why, when and the outcome, and where from without the whole address", async () => {
    const { audit, clock } = audited;
    const { seq, hash } = await audit.append({
      name: "access-opened",
      outcome: "accepted",
      reason: "requested",
      subject: { sub: "partner" },
      actor: "agent",
      clientId: "portal",
      clientAddress: "192.0.2.77",
      reference: "ref-1",
      details: { siret: "73282932000074" },
    });
    const [entry] = await collected(audit.all({ person: { sub: "partner" } }));
    expect(entry).toEqual({
      seq,
      hash,
      occurredAt: clock.now,
      name: "access-opened",
      outcome: "accepted",
      reason: "requested",
      sub: "partner",
      addressReference: undefined,
      actor: "agent",
      clientId: "portal",
      network: "192.0.2.0/24",
      networkReference: expect.stringMatching(/^[\w-]{22}$/),
      requestReference: "ref-1",
      details: { siret: "73282932000074" },
      erased: false,
    });
  });

  it("names who has no account by a reference, and finds them by their address", async () => {
    const { audit } = audited;
    const email = address("unknown@partenaire.test");
    await audit.append({ name: "sign-up-requested", outcome: "accepted", subject: { email } });
    const [entry] = await collected(audit.all({ person: { email } }));
    expect(entry?.addressReference).toBe(addressReference(email, "key"));
    expect(JSON.stringify(entry)).not.toContain("unknown");
  });

  it("hides an address that an error quotes, and takes what a database would refuse", async () => {
    const { audit } = audited;
    await audit.append({
      name: "mail-failed",
      outcome: "refused",
      reason: "nul \0 and half \ud83d",
      subject: { sub: "mailed" },
      details: { error: "550 jeanne@partenaire.test unknown \0 \ud83d" },
    });
    const [entry] = await collected(audit.all({ person: { sub: "mailed" } }));
    expect(entry?.details?.["error"]).toContain("550 [address] unknown");
    expect(await audit.verify()).toMatchObject({ intact: true });
  });

  it("tells a person their own sign-ins, refused ones too, the newest first", async () => {
    const { audit, clock } = audited;
    const email = address("me@partenaire.test");
    await audit.append(signInOf("other"));
    await audit.append(signInOf("me"));
    clock.now += 60;
    const refused = { outcome: "refused", reason: "credentials-refused" } as const;
    await audit.append(signInOf("", { subject: { email }, ...refused }));
    clock.now += 60;
    await audit.append(signInOf("me", { clientAddress: "2001:db8:1:2::3" }));
    const signIns = await audit.signIns({ sub: "me", email }, 10);
    expect(signIns.map(({ outcome, network, clientId }) => [outcome, network, clientId])).toEqual([
      ["accepted", "2001:db8:1::/48", "portal"],
      ["refused", "192.0.2.0/24", "portal"],
      ["accepted", "192.0.2.0/24", "portal"],
    ]);
    expect(await audit.signIns({ sub: "me", email }, 1)).toEqual(signIns.slice(0, 1));
  });

  it("finds by actor, name and instant, page after page", async () => {
    const { audit, clock } = audited;
    clock.now += 1000;
    const since = clock.now;
    for (let count = 0; count < 5; count += 1) {
      await audit.append(signInOf("paged", { actor: "staff-9" }));
    }
    const first = await audit.page({ actor: "staff-9", since }, { limit: 3 });
    const second = await audit.page({ actor: "staff-9" }, { limit: 3, before: first.next });
    expect([first.entries.length, second.entries.length, second.next]).toEqual([3, 2, undefined]);
    expect(await audit.page({ actor: "staff-9", until: since }, { limit: 3 })).toMatchObject({
      entries: [],
    });
    expect(await audit.page({ name: "signed-out" }, { limit: 3 })).toMatchObject({ entries: [] });
  });

  it("is written with its act, or not at all", async () => {
    const { audit, database } = audited;
    await database.transaction((transaction) =>
      audit.appendWithin(transaction, signInOf("within")),
    );
    const failing = database.transaction(async (transaction) => {
      await audit.appendWithin(transaction, signInOf("rolled back"));
      throw new Error("the act failed");
    });
    await expect(failing).rejects.toThrow("the act failed");
    await audit.append(signInOf("after"));
    expect(await collected(audit.all({ person: { sub: "within" } }))).toHaveLength(1);
    expect(await collected(audit.all({ person: { sub: "rolled back" } }))).toEqual([]);
    expect(await audit.verify()).toMatchObject({ intact: true });
  });
});

describe.each(databases)("the audit of two nodes on $name", (kind) => {
  it("loses none of 100 parallel events, alone and in transactions, and its chain holds", async () => {
    const audited = await openAudit(kind);
    const other = audited.anotherNode();
    const nodes = [audited, other];
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const { audit, database } = nodes[index % 2] ?? audited;
        const event = signInOf(`person-${index}`);
        return index % 5 === 0
          ? database.transaction((transaction) => audit.appendWithin(transaction, event))
          : audit.append(event);
      }),
    );
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (nodes[index % 2] ?? audited).audit.append(signInOf(`person-${50 + index}`)),
      ),
    );
    const found = await collected(other.audit.all({}));
    expect(found.map(({ seq }) => seq)).toEqual(found.map((_, index) => index + 1));
    expect(new Set(found.map(({ sub }) => sub)).size).toBe(100);
    expect(await audited.audit.verify()).toMatchObject({ intact: true, events: 100, erased: 0 });
    await audited.close();
  });
});

describe.each(databases)("erasing from the audit on $name", (kind) => {
  it("forgets a person's addresses and details, keeps the acts, and the chain holds", async () => {
    const { audit, database, close } = await openAudit(kind);
    const email = address("gone@partenaire.test");
    const siret = "73282932000074";
    await audit.append({ name: "sign-up-requested", outcome: "accepted", subject: { email } });
    await audit.append(signInOf("gone"));
    await audit.append(signInOf("gone", { actor: "agent", details: { siret } }));
    await audit.append(signInOf("other", { actor: "gone", details: { siret } }));
    await audit.append(signInOf("other"));
    const before = await collected(audit.all({}));
    await database.transaction((transaction) =>
      audit.erasePerson(transaction, { sub: "gone", email }),
    );
    const after = await collected(audit.all({}));
    const told = after.map(({ sub, actor, addressReference: reference, network, details }) => [
      sub ?? reference,
      actor,
      network,
      details,
    ]);
    expect(told).toEqual([
      [undefined, undefined, undefined, undefined],
      ["gone", undefined, undefined, undefined],
      // Where the agent acted from is not the person's.
      ["gone", "agent", "192.0.2.0/24", undefined],
      ["other", "gone", undefined, { siret }],
      ["other", undefined, "192.0.2.0/24", undefined],
    ]);
    expect(after.map(({ hash }) => hash)).toEqual(before.map(({ hash }) => hash));
    expect(await audit.verify()).toMatchObject({ intact: true, events: 5, erased: 4 });
    expect(await collected(audit.all({ person: { email } }))).toEqual([]);
    await close();
  });

  it("removes days older than twelve months, to the second, and the chain holds", async () => {
    const { audit, clock, close } = await openAudit(kind);
    clock.now -= clock.now % days(1);
    await audit.append(signInOf("before midnight"));
    clock.now += days(1) - 1;
    await audit.append(signInOf("one second to midnight"));
    clock.now += 1;
    await audit.append(signInOf("midnight"));
    const oneSecondEarly = clock.now + months(12) - 1 - months(12);
    expect(await audit.purge(oneSecondEarly)).toBe(0);
    expect(await audit.purge(clock.now)).toBe(2);
    expect((await collected(audit.all({}))).map(({ sub, name }) => sub ?? name)).toEqual([
      "midnight",
      "audit-purged",
    ]);
    expect(await audit.verify()).toMatchObject({ intact: true, firstSeq: 3, events: 2 });
    expect(await audit.purge(clock.now)).toBe(0);
    clock.now += days(1);
    expect(await audit.purge(clock.now)).toBe(2);
    await audit.append(signInOf("later"));
    expect(await audit.verify()).toMatchObject({ intact: true, firstSeq: 5, events: 2 });
    await close();
  });
});
