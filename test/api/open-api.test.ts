import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { apiRoutes } from "../../src/api/routes.ts";
import { databases } from "../support/databases.ts";
import type { TestProvider } from "../support/test-provider.ts";
import { type ApiAnswer, answerOf, apiClient, callerWith, startApiProvider } from "./api-client.ts";

interface Described {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly security: readonly Record<string, readonly string[]>[];
  readonly requestBody?: { readonly content: Record<string, { schema: { $ref: string } }> };
  readonly responses: Record<string, { content: Record<string, { schema: { $ref: string } }> }>;
}

interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Described>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const [kind] = databases;
if (!kind) throw new Error("SQLite is always at hand");

describe("/api/v1/openapi.json", () => {
  let provider: TestProvider;
  let document: Document;

  beforeAll(async () => {
    provider = await startApiProvider(kind);
    const answer = await fetch(`${provider.issuer}/api/v1/openapi.json`);
    document = (await answer.json()) as Document;
  });
  afterAll(async () => {
    await provider.stop();
  });

  /** Judges a value by a schema of the document. */
  const judge = (ref: string, value: unknown) => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ $id: "document", components: document.components });
    const validate = ajv.compile({ $ref: `document${ref}` });
    validate(value);
    return validate.errors ?? [];
  };
  const operationAt = (method: string, path: string) => {
    const found = document.paths[path]?.[method];
    if (!found) throw new Error(`the document lacks ${method} ${path}`);
    return found;
  };
  /** What the document says against an answer; nothing when it is as described. */
  const faultsOf = (method: string, path: string, { status, headers, body }: ApiAnswer) => {
    const type = (headers.get("content-type") ?? "").split(";")[0] ?? "";
    const schema = operationAt(method, path).responses[status]?.content[type]?.schema;
    return schema
      ? judge(schema.$ref, body)
      : [`${method} ${path}: ${status} ${type} is not described`];
  };

  it("is OpenAPI 3.1, public, at the issuer's address", () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.servers).toEqual([{ url: `${provider.issuer}/api/v1` }]);
  });

  it("describes every route of the router, and no other", () => {
    const { application, issuer } = provider;
    const router = apiRoutes({ ...application, issuer, publicKeys: () => ({ keys: [] }) });
    const routes = router.stack
      .filter(({ path }) => typeof path === "string" && !path.includes("rest"))
      .flatMap(({ path, methods }) =>
        methods
          .filter((method) => method !== "HEAD")
          .map((method) => `${method} ${String(path).replace("/api/v1", "")}`),
      )
      .filter((route) => route !== "GET /openapi.json");
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => {
        return `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`;
      }),
    );
    expect(routes.sort()).toEqual(described.sort());
    expect(routes.length).toBe(9);
  });

  it("names the scope, the parameters and the problems of each operation", () => {
    const open = operationAt("post", "/accesses");
    expect(open.security).toEqual([{ client: ["access:write"] }]);
    expect(open.parameters.map(({ name }) => name)).toEqual(["Idempotency-Key"]);
    expect(Object.keys(open.responses)).toEqual(
      expect.arrayContaining([
        "200",
        "201",
        "400",
        "401",
        "403",
        "404",
        "409",
        "413",
        "415",
        "422",
      ]),
    );
    const list = operationAt("get", "/accesses");
    const names = list.parameters.map((each) => `${each.in} ${each.name}`);
    expect(names).toEqual([
      "query email",
      "query siret",
      "query state",
      "query cursor",
      "query limit",
    ]);
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has no reference that leads nowhere, and schemas that a validator takes", () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(refs.length).toBeGreaterThan(10);
    for (const ref of new Set(refs)) {
      expect(() => judge(ref ?? "", {})).not.toThrow();
    }
  });

  it("describes every answer of a journey", async () => {
    const crm = await apiClient(provider);
    const reader = await apiClient(provider, "reader");
    const email = "document@partenaire.test";
    const { sub } = await provider.addAccount(email);
    const opening = { email, sirets: ["13002526500013", "35600000009075"], reason: "document" };
    const key = { "idempotency-key": "document" };
    const opened = await crm.post("/accesses", opening, key);
    const [{ id }] = opened.body["opened"] as [{ id: number }];
    const close = `/accesses/${id}/close`;
    const nobody = callerWith(provider, "nothing");
    const bare = await answerOf(await fetch(`${provider.issuer}/api/v1/accesses`));
    const journey: readonly (readonly [string, string, number, ApiAnswer])[] = [
      ["get", "/accesses", 401, bare],
      ["get", "/accesses", 401, await nobody.get("/accesses")],
      ["post", "/accesses", 201, opened],
      ["post", "/accesses", 201, await crm.post("/accesses", opening, key)],
      ["post", "/accesses", 200, await crm.post("/accesses", opening)],
      ["post", "/accesses", 422, await crm.post("/accesses", { ...opening, reason: "x" }, key)],
      ["post", "/accesses", 404, await crm.post("/accesses", { ...opening, email: "a@b.test" })],
      ["post", "/accesses", 422, await crm.post("/accesses", {})],
      ["post", "/accesses", 400, await crm.post("/accesses", "{")],
      ["post", "/accesses", 413, await crm.post("/accesses", "x".repeat(100_001))],
      [
        "post",
        "/accesses",
        415,
        await crm.post("/accesses", "x", { "content-type": "text/plain" }),
      ],
      ["post", "/accesses", 403, await reader.post("/accesses", opening)],
      ["get", "/accesses", 200, await crm.get("/accesses?limit=1")],
      ["get", "/accesses", 400, await crm.get("/accesses?limit=x")],
      ["get", "/accesses/{id}", 200, await crm.get(`/accesses/${id}`)],
      ["get", "/accesses/{id}", 404, await crm.get("/accesses/999999")],
      ["post", "/accesses/{id}/close", 200, await crm.post(close, { reason: "fin" })],
      ["post", "/accesses/{id}/close", 409, await crm.post(close, { reason: "fin" })],
      ["get", "/accounts", 200, await crm.get("/accounts?q=document")],
      ["get", "/accounts", 403, await reader.get("/accounts")],
      ["get", "/accounts/{sub}", 200, await crm.get(`/accounts/${sub}`)],
      ["get", "/accounts/{sub}", 404, await crm.get("/accounts/nobody")],
      ["get", "/establishments", 200, await crm.get("/establishments")],
      ["get", "/establishments", 404, await crm.get("/establishments?client_id=nobody")],
    ];
    for (const [method, path, status, answer] of journey) {
      expect([method, path, answer.status]).toEqual([method, path, status]);
      expect([path, status, faultsOf(method, path, answer)]).toEqual([path, status, []]);
    }
  });

  it("would see an answer that is not as described", () => {
    const page = operationAt("get", "/accounts").responses["200"]?.content["application/json"];
    expect(judge(page?.schema.$ref ?? "", { items: [{ sub: 1 }], next_cursor: null })).not.toEqual(
      [],
    );
  });

  it("accepts in its schema of requests what the validator accepts, and refuses what it refuses", async () => {
    const { requestBody } = operationAt("post", "/accesses");
    const ref = requestBody?.content["application/json"]?.schema.$ref ?? "";
    const right = { email: "document@partenaire.test", sirets: ["41816609600051"], reason: "x" };
    const crm = await apiClient(provider);
    expect(judge(ref, right)).toEqual([]);
    expect((await crm.post("/accesses", right)).status).toBeLessThan(300);
    for (const change of [{ sirets: [] }, { reason: 1 }, { until: "demain" }, { unknown: 1 }]) {
      expect(judge(ref, { ...right, ...change })).not.toEqual([]);
      expect((await crm.post("/accesses", { ...right, ...change })).status).toBe(422);
    }
  });
});
