import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mailsTo } from "../support/account-journey.ts";
import { databases } from "../support/databases.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { type ApiClient, apiClient, problemCode, startApiProvider } from "./api-client.ts";

const [one, two, three] = ["13002526500013", "35600000009075", "41816609600051"] as const;

interface AccessBody {
  readonly id: number;
  readonly siret: string;
  readonly email: string;
}

describe.each(databases)("/api/v1/accesses on $name", (kind) => {
  let provider: TestProvider;
  let crm: ApiClient;
  let count = 0;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    crm = await apiClient(provider);
  });
  afterAll(async () => {
    await provider.stop();
  });

  const newAccount = async () => {
    const email = `ouverture.${(count += 1)}@partenaire.test`;
    return { email, ...(await provider.addAccount(email)) };
  };
  const open = async (email: string, ...sirets: string[]) =>
    (await crm.post("/accesses", { email, sirets, reason: "convention" })).body["opened"] as [
      AccessBody,
      ...AccessBody[],
    ];

  it("opens establishments with one mail, and says what was opened and what was open", async () => {
    const { email, sub } = await newAccount();
    await provider.openAccess(email, two);
    const body = {
      email: ` ${email.toUpperCase()} `,
      sirets: ["130 025 265 00013", two, three, one],
      reason: "Convention 2027",
      until: "2099-01-31T18:00:00+01:00",
      names: { [one]: "CFA des métiers" },
    };
    const answer = await crm.post("/accesses", body);
    expect(answer.status).toBe(201);
    const access = { email, sub, state: "open", opened_by: "client:crm", closed_at: null };
    const dated = { ...access, reason: "Convention 2027", until: "2099-01-31T17:00:00Z" };
    expect(answer.body).toMatchObject({
      opened: [
        { ...dated, siret: one, name: "CFA des métiers" },
        { ...dated, siret: three, name: null },
      ],
      already_open: [two],
    });
    const mails = await mailsTo(provider, email);
    expect(mails.map(({ subject }) => subject)).toEqual([
      "Ouverture de votre accès",
      "Ouverture de votre accès",
    ]);
    const ours = mails.filter(({ text }) => text.includes("130 025 265 00013"));
    expect(ours.map(({ text }) => text)).toEqual([expect.stringContaining("418 166 096 00051")]);

    const again = await crm.post("/accesses", body);
    expect([again.status, again.body]).toEqual([
      200,
      { opened: [], already_open: [one, two, three] },
    ]);
  });

  it("records who opened and closed in the audit: the client", async () => {
    const { email, sub } = await newAccount();
    const [access] = await open(email, one);
    await crm.post(`/accesses/${access.id}/close`, { reason: "départ" });
    const { entries } = await provider.application.audit.page({ person: { sub } }, { limit: 9 });
    expect(entries.map(({ name, actor, details }) => ({ name, actor, details }))).toEqual([
      { name: "access-closed", actor: "client:crm", details: { siret: one } },
      { name: "access-opened", actor: "client:crm", details: { siret: one } },
    ]);
  });

  it("closes one access, tells the person why, and answers 409 when it is closed already", async () => {
    const { email } = await newAccount();
    const [first, second] = await open(email, one, two);
    const closed = await crm.post(`/accesses/${first.id}/close`, { reason: "Fin de convention" });
    expect(closed).toMatchObject({
      status: 200,
      body: {
        id: first.id,
        state: "ended",
        closed_by: "client:crm",
        close_reason: "Fin de convention",
      },
    });
    const mails = await mailsTo(provider, email);
    const told = mails.filter(({ subject }) => subject === "Fermeture de votre accès");
    expect(told.map(({ text }) => text)).toEqual([expect.stringContaining("Fin de convention")]);
    const again = await crm.post(`/accesses/${first.id}/close`, { reason: "encore" });
    expect([again.status, problemCode(again)]).toEqual([409, "access-not-open"]);
    expect((await crm.get(`/accesses/${second?.id}`)).body["state"]).toBe("open");
  });

  it("never closes a later opening of the same establishment in an earlier one's name", async () => {
    const { email } = await newAccount();
    const [first] = await open(email, one);
    await provider.closeAccess(email, one);
    const [later] = await open(email, one);
    const closed = await crm.post(`/accesses/${first.id}/close`, { reason: "trop tard" });
    expect(problemCode(closed)).toBe("access-not-open");
    expect((await crm.get(`/accesses/${later.id}`)).body["state"]).toBe("open");
  });

  it("closes once when thirty ask at the same moment", async () => {
    const { email } = await newAccount();
    const [access] = await open(email, one);
    const close = () => crm.post(`/accesses/${access.id}/close`, { reason: "une fois" });
    const statuses = (await Promise.all(Array.from({ length: 30 }, close))).map((a) => a.status);
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 29 }, () => 409)]);
  });

  it("lists by address, SIRET and state", async () => {
    const { email } = await newAccount();
    const [first] = await open(email, one, two);
    await crm.post(`/accesses/${first.id}/close`, { reason: "liste" });
    const found = async (query: string) =>
      ((await crm.get(`/accesses?email=${email}&${query}`)).body["items"] as AccessBody[]).map(
        ({ siret }) => siret,
      );
    expect(await found("")).toEqual([one, two]);
    expect(await found("state=open")).toEqual([two]);
    expect(await found("state=ended")).toEqual([one]);
    expect(await found(`siret=${two}`)).toEqual([two]);
    const nobody = await crm.get("/accesses?email=personne@partenaire.test");
    expect(nobody.body).toEqual({ items: [], next_cursor: null });
  });

  it("counts an access as ended at the very second of its date", async () => {
    const { email, id } = await newAccount();
    await open(email, one);
    const { accessPages, clock, database } = provider.application;
    const until = clock.epochSeconds() + 100;
    await database.knex("accesses").where({ account_id: id }).update({ until_at: until });
    const states = async (now: number) => {
      const place = { after: 0, limit: 5, now };
      const filter = { email: email as never };
      const [open, ended] = await Promise.all([
        accessPages.page({ ...filter, state: "open" }, place),
        accessPages.page({ ...filter, state: "ended" }, place),
      ]);
      return [open.length, ended.length];
    };
    expect(await states(until - 1)).toEqual([1, 0]);
    expect(await states(until)).toEqual([0, 1]);
  });

  it("pages by a cursor that nothing added meanwhile disturbs", async () => {
    const people = [await newAccount(), await newAccount(), await newAccount()];
    for (const { email } of people) await open(email, three);
    const seen: number[] = [];
    let query = `siret=${three}&limit=2`;
    for (let page = 0; page < 20; page += 1) {
      const { body } = await crm.get(`/accesses?${query}`);
      seen.push(...(body["items"] as AccessBody[]).map(({ id }) => id));
      if (page === 0) await open((await newAccount()).email, three);
      if (body["next_cursor"] === null) break;
      query = `siret=${three}&limit=2&cursor=${encodeURIComponent(body["next_cursor"] as string)}`;
    }
    expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
    const all = await provider.application.database.knex("accesses").where({ siret: three });
    expect(seen).toHaveLength(all.length);
    expect(new URLSearchParams(query).get("cursor")).not.toMatch(/^\d+$/);
  });

  it("refuses a cursor that is not its own", async () => {
    const accounts = await crm.get("/accounts?limit=1");
    const foreign = encodeURIComponent(String(accounts.body["next_cursor"]));
    for (const cursor of ["1", "%00", foreign]) {
      const answer = await crm.get(`/accesses?cursor=${cursor}`);
      expect([answer.status, problemCode(answer)]).toEqual([400, "parameters-invalid"]);
    }
  });

  it("answers 404 for an address without an account, and 409 for a disabled account", async () => {
    const fields = { sirets: [one], reason: "essai" };
    const unknown = await crm.post("/accesses", { email: "inconnu@partenaire.test", ...fields });
    expect([unknown.status, problemCode(unknown)]).toEqual([404, "account-unknown"]);
    expect(unknown.body["errors"]).toEqual([
      {
        field: "email",
        found: '"inconnu@partenaire.test"',
        expected: "the address of an account: the person signs up first",
      },
    ]);
    const { email, sub } = await newAccount();
    await provider.application.administration.setState(email, "disabled", "operator");
    const disabled = await crm.post("/accesses", { email, ...fields });
    expect([disabled.status, problemCode(disabled)]).toEqual([409, "account-not-active"]);
    const { entries } = await provider.application.audit.page({ person: { sub } }, { limit: 1 });
    expect(entries[0]).toMatchObject({
      ...{ name: "access-opened", outcome: "refused", reason: "account-not-active" },
      actor: "client:crm",
    });
  });

  it("names every field that is wrong: where, what was found, what is expected", async () => {
    const answer = await crm.post("/accesses", {
      email: "jeanne",
      sirets: [one, "123", "13002526500014", 7],
      until: "2027-02-30",
      raison: "mal nommée",
      secret: "s3cr3t-value",
    });
    expect([answer.status, problemCode(answer)]).toEqual([422, "fields-invalid"]);
    expect(answer.body["errors"]).toEqual([
      { field: "email", found: '"jeanne"', expected: "an e-mail address" },
      { field: "sirets[1]", found: '"123"', expected: "a SIRET of 14 digits" },
      {
        field: "sirets[2]",
        found: '"13002526500014"',
        expected: "a SIRET whose check digit is right: one digit is mistyped",
      },
      { field: "sirets[3]", found: "7", expected: "a SIRET as text: leading zeros count" },
      { field: "reason", found: "nothing", expected: "a text of 1 to 500 characters" },
      {
        field: "until",
        found: '"2027-02-30"',
        expected: "an instant with its offset, such as 2027-01-31T18:00:00+01:00",
      },
      {
        field: "raison",
        found: "a field that is not known",
        expected: "no such field: did you mean reason?",
      },
      {
        field: "secret",
        found: "a field that is not known",
        expected: "no such field: remove it",
      },
    ]);
    expect(JSON.stringify(answer.body)).not.toContain("s3cr3t-value");
    expect(answer.body["reference"]).toEqual(expect.any(String));
    expect(provider.log.join("")).toContain(String(answer.body["reference"]));
  });

  it("refuses an end that has passed, a list that is empty or too long, and names of others", async () => {
    const { email } = await newAccount();
    const right = { email, sirets: [one], reason: "essai" };
    const wrong: readonly (readonly [object, string])[] = [
      [{ until: "2001-01-01T00:00:00Z" }, "until"],
      [{ sirets: [] }, "sirets"],
      [{ sirets: Array.from({ length: 201 }, () => one) }, "sirets"],
      [{ sirets: one }, "sirets"],
      [{ reason: "   " }, "reason"],
      [{ reason: "x".repeat(501) }, "reason"],
      [{ names: { [two]: "autre" } }, "names"],
      [{ names: { [one]: "" } }, `names.${one}`],
    ];
    for (const [change, field] of wrong) {
      const answer = await crm.post("/accesses", { ...right, ...change });
      const [first] = (answer.body["errors"] ?? []) as { field: string }[];
      expect([answer.status, problemCode(answer), first?.field]).toEqual([
        422,
        "fields-invalid",
        field,
      ]);
    }
    expect((await crm.get(`/accesses?email=${email}`)).body["items"]).toEqual([]);
  });

  it("refuses a body that is too large, of another type, not JSON, or no object", async () => {
    const large = await crm.post("/accesses", { reason: "x".repeat(100_001) });
    expect([large.status, problemCode(large)]).toEqual([413, "body-too-large"]);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const other = await crm.post("/accesses", "email=a", form);
    expect([other.status, problemCode(other)]).toEqual([415, "body-not-json"]);
    const broken = await crm.post("/accesses", "{");
    expect([broken.status, problemCode(broken)]).toEqual([400, "body-unreadable"]);
    for (const body of ["[]", "null", '"text"', ""]) {
      const answer = await crm.post("/accesses", body);
      expect([body, answer.status, answer.body["errors"]]).toEqual([
        body,
        422,
        [expect.objectContaining({ field: "(the whole body)", expected: "an object" })],
      ]);
    }
  });

  it("names fifty problems at most", async () => {
    const fields = Array.from({ length: 5000 }, (_, index) => [`raison${index}`, 1] as const);
    for (const body of [
      Object.fromEntries(fields),
      { email: 1, sirets: Array.from({ length: 200 }, () => 1) },
    ]) {
      const answer = await crm.post("/accesses", body);
      expect([answer.status, (answer.body["errors"] as object[]).length]).toEqual([422, 50]);
    }
  });

  it("refuses parameters that are wrong or unknown", async () => {
    for (const query of [
      "state=closed",
      "siret=1",
      "limit=0",
      "limit=101",
      "stat=open",
      "email=",
    ]) {
      const answer = await crm.get(`/accesses?${query}`);
      expect([query, answer.status, problemCode(answer)]).toEqual([
        query,
        400,
        "parameters-invalid",
      ]);
    }
    const twice = await crm.get("/accesses?state=open&state=ended");
    expect(problemCode(twice)).toBe("parameters-invalid");
  });

  it("keeps texts to one clean line: control characters never reach the register", async () => {
    const { email } = await newAccount();
    const body = { email, sirets: [one], reason: "ligne\u0000 une\nligne deux" };
    const answer = await crm.post("/accesses", body);
    expect(answer.body["opened"]).toEqual([
      expect.objectContaining({ reason: "ligne une ligne deux" }),
    ]);
  });

  it("answers a fault of ours as a problem that says nothing of it", async () => {
    const { accessPages } = provider.application;
    accessPages.find = () => Promise.reject(new Error("SELECT * FROM secrets"));
    const answer = await crm.get("/accesses/1");
    Reflect.deleteProperty(accessPages, "find");
    expect([answer.status, problemCode(answer)]).toEqual([500, "unexpected"]);
    expect(Object.keys(answer.body)).toEqual(["type", "title", "status", "reference"]);
    expect(provider.log.join("")).toContain(String(answer.body["reference"]));
  });

  it("answers 404 and 405 as problems", async () => {
    for (const path of [
      "/accesses/0",
      "/accesses/999999999",
      "/accesses/x",
      "/elsewhere",
      "/accesses/%E0%A4%A",
    ]) {
      expect([path, problemCode(await crm.get(path))]).toEqual([path, "not-found"]);
    }
    const options = { method: "DELETE", headers: { authorization: `Bearer ${crm.token}` } };
    const answer = await fetch(`${provider.issuer}/api/v1/accesses/1`, options);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "HEAD, GET"]);
    expect(await answer.json()).toMatchObject({
      type: "urn:lopcommerce:problem:method-not-allowed",
    });
    // What takes no token is served by another method, too, and not behind one.
    for (const [path, method, allow] of [
      ["openapi.json", "POST", "HEAD, GET"],
      ["mail-events", "GET", "POST"],
    ] as const) {
      const other = await fetch(`${provider.issuer}/api/v1/${path}`, { method });
      expect([path, other.status, other.headers.get("allow")]).toEqual([path, 405, allow]);
      expect(other.headers.get("content-type")).toBe("application/problem+json");
    }
  });

  it("says of fifty names at most that they are of no establishment that is opened", async () => {
    const sirets = ["13002526500013"];
    const names = Object.fromEntries(
      Array.from({ length: 60 }, (_, place) => [String(13_002_526_500_100 + place), "CFA"]),
    );
    const refused = await crm.post("/accesses", {
      email: "nobody@cfa.test",
      sirets,
      reason: "x",
      names,
    });
    expect([refused.status, problemCode(refused)]).toEqual([422, "fields-invalid"]);
    expect(refused.body["errors"]).toHaveLength(50);
  });
});
