import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Middleware } from "koa";
import { AppError, systemRandom } from "../../src/foundation/index.ts";
import { pageState } from "../../src/web/index.ts";
import { errorPages } from "../../src/web/error-pages.ts";
import { localeOfRequest } from "../../src/web/language.ts";
import { type Served, serve, testPages } from "./serve.ts";

const portalUrl = "http://localhost:3001";
const lines: { level: string; fields: Record<string, unknown> }[] = [];
const logger = {
  info: (fields: object) => void lines.push({ level: "info", fields: { ...fields } }),
  error: (fields: object) => void lines.push({ level: "error", fields: { ...fields } }),
};

const faults: Record<string, unknown> = {
  "/app-error": new AppError("body-too-large", { status: 413, mostBytes: 100_000 }),
  "/list": new AppError("body-too-large", { status: 413, mostBytes: 5 * 1024 * 1024 }),
  "/busy": new AppError("busy", { status: 503, retryAfterSeconds: 2 }),
  "/limited": new AppError("too-many-requests", { status: 429, retryAfterSeconds: 90 }),
  "/request": new AppError("too-many-requests", { status: 429, retryAfterSeconds: 90 }),
  "/token": new AppError("body-too-large", { status: 413, mostBytes: 100_000 }),
  "/unknown": new Error("the secret of the stack"),
  "/no-descriptor": new Error("told", {
    cause: Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" }),
  }),
  "/not-an-error": "thrown text",
};

const failing: Middleware = (ctx) => {
  if (ctx.path === "/koa") ctx.throw(400, "koa says so");
  if (ctx.path === "/not-allowed") ctx.status = 405;
  if (ctx.path === "/with-way-back") pageState(ctx).continueUrl = "https://partner.example/start";
  if (ctx.path in faults) {
    ctx.set("ETag", '"of the page that failed"');
    throw faults[ctx.path];
  }
};

let served: Served;
beforeAll(async () => {
  const settings = { logger, random: systemRandom, portalUrl };
  served = await serve(testPages(), localeOfRequest(), errorPages(settings), failing);
});
afterAll(() => served.close());
beforeEach(() => void lines.splice(0));

async function open(path: string, accept = "text/html") {
  const response = await fetch(served.url + path, { headers: { accept } });
  return { response, body: await response.text() };
}

describe("an endpoint of programs", () => {
  it("answers in the words of OAuth, whatever a program accepts, and a browser by a page", async () => {
    const { response, body } = await open("/request", "*/*");
    expect([response.status, response.headers.get("retry-after"), JSON.parse(body)]).toEqual([
      429,
      "90",
      {
        error: "temporarily_unavailable",
        error_description: "too many requests from this address; try again later",
        reference: expect.any(String),
      },
    ]);
    const refused = await open("/token", "*/*");
    expect(JSON.parse(refused.body)).toMatchObject({ error: "body-too-large" });
    expect((await open("/request")).body).toContain("<h1>Trop de demandes</h1>");
  });
});

describe("the error page", () => {
  it.each([
    ["/app-error", 413, "Envoi trop volumineux"],
    ["/koa", 400, "Demande incomplète ou incorrecte"],
    ["/nowhere", 404, "Page introuvable"],
    ["/not-allowed", 405, "Action impossible"],
    ["/limited", 429, "Trop de demandes"],
    ["/unknown", 500, "Un incident est survenu"],
    ["/not-an-error", 500, "Un incident est survenu"],
    ["/busy", 503, "Service très sollicité"],
  ])(
    "of %s answers %i in French, with a reference that the log has too",
    async (path, status, title) => {
      const { response, body } = await open(path);
      expect([response.status, response.headers.get("content-type")]).toEqual([
        status,
        "text/html; charset=utf-8",
      ]);
      expect(body).toContain(`<h1>${title}</h1>`);
      expect(lines).toHaveLength(1);
      expect(lines[0]?.level).toBe(status === 500 ? "error" : "info");
      expect(body).toContain(String(lines[0]?.fields["reference"]));
      expect(response.headers.get("etag")).toBeNull();
    },
  );

  it("says how much may be sent, by whole units of its language", async () => {
    expect((await open("/app-error")).body).toContain("Au plus 100\u00A0ko peuvent être envoyés");
    expect((await open("/list")).body).toContain("Au plus 5\u00A0Mo peuvent être envoyés");
  });

  it("shows nothing of the fault, and the log has it", async () => {
    const { body } = await open("/unknown");
    expect(body).not.toContain("secret");
    expect(lines[0]?.fields["err"]).toBe(faults["/unknown"]);
  });

  it("logs that there is too much to do without a stack, for it is said by the hundred", async () => {
    await open("/busy");
    expect(lines[0]).toMatchObject({ level: "info", fields: { fault: "busy", status: 503 } });
    expect(lines[0]?.fields).not.toHaveProperty("err");
  });

  it("calls it a moment's shortage where no file descriptor is left, and the log has what was wanted", async () => {
    const { response, body } = await open("/no-descriptor");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(body).toContain("<h1>Service très sollicité</h1>");
    expect(lines[0]).toMatchObject({ level: "error", fields: { fault: "busy", status: 503 } });
    expect(String(lines[0]?.fields["err"])).toContain("EMFILE");
  });

  it("is a line of text where its template cannot be read, with the same reference", async () => {
    const settings = { logger, random: systemRandom, portalUrl };
    const unread = await serve(
      ...[testPages(undefined, "/nowhere"), localeOfRequest(), errorPages(settings), failing],
    );
    const response = await fetch(`${unread.url}/no-descriptor`);
    const text = await response.text();
    await unread.close();
    const type = response.headers.get("content-type");
    expect([response.status, type]).toEqual([503, "text/plain; charset=utf-8"]);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(text).toBe(`Service très sollicité (${String(lines[0]?.fields["reference"])})`);
  });

  it("echoes nothing of the request", async () => {
    const { body } = await open("/echo-of-this?and=of-that");
    expect(body).not.toMatch(/echo-of-this|of-that/);
  });

  it("leads back to the relying party when one is known, else to the portal", async () => {
    expect((await open("/nowhere")).body).toContain(`id="primary" href="${portalUrl}"`);
    expect((await open("/with-way-back")).body).toContain(
      'id="primary" href="https://partner.example/start"',
    );
  });

  it("says when to try again, in Retry-After and in words", async () => {
    const limited = await open("/limited");
    expect(limited.response.headers.get("retry-after")).toBe("90");
    expect(limited.body).toContain("Réessayez dans 90\u00A0secondes.");
    expect((await open("/busy")).response.headers.get("retry-after")).toBe("2");
  });

  it("is JSON with the same reference for who prefers it", async () => {
    const { response, body } = await open("/busy", "application/json");
    expect([response.status, response.headers.get("vary")]).toEqual([503, "Accept"]);
    expect(JSON.parse(body)).toEqual({ error: "busy", reference: lines[0]?.fields["reference"] });
  });
});
