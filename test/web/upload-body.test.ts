import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Context, Next } from "koa";
import { type IncomingMessage, request } from "node:http";
import { parsedUpload } from "../../src/web/index.ts";
import { type Served, serve } from "./serve.ts";

const limit = 2_000_000;
let served: Served;
beforeAll(async () => {
  const codeOnly = async (ctx: Context, next: Next) => {
    try {
      await next();
    } catch (error) {
      const { status, code } = error as { status: number; code: string };
      ctx.status = status;
      ctx.body = code;
    }
  };
  served = await serve(codeOnly, parsedUpload(limit), (ctx) => {
    const files = [...(ctx.request.files ?? [])].map(([field, { name, bytes }]) => {
      return [field, name, bytes.length, bytes.subarray(0, 8).toString("hex")];
    });
    ctx.body = { fields: ctx.request.body, files };
  });
});
afterAll(() => served.close());

const sent = async (form: FormData | URLSearchParams) => {
  const response = await fetch(served.url, { method: "POST", body: form });
  const text = await response.text();
  return response.status === 200 ? (JSON.parse(text) as object) : `${response.status} ${text}`;
};
const formOf = (fields: Readonly<Record<string, string | Blob>>, name = "liste.csv") => {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value === "string") form.append(field, value);
    else form.append(field, value, name);
  }
  return form;
};

describe("a form that sends files", () => {
  it("gives its texts as typed and its files byte by byte", async () => {
    const bytes = Uint8Array.from([0, 255, 0x92, 13, 10, 45, 45, 7]);
    const form = formOf(
      { list: "é\r\nœ", file: new Blob([bytes]), empty: new Blob([]) },
      "Été.csv",
    );
    form.append("none", new Blob([]), "");
    expect(await sent(form)).toEqual({
      fields: { list: "é\r\nœ" },
      files: [
        ["file", "Été.csv", 8, "00ff920d0a2d2d07"],
        ["empty", "Été.csv", 0, ""],
      ],
    });
  });

  it("may as well send none, as other forms do", async () => {
    expect(await sent(new URLSearchParams({ list: "a", file: "b" }))).toEqual({
      fields: { list: "a", file: "b" },
      files: [],
    });
  });

  it("keeps a field given twice as two, for whoever reads it to refuse", async () => {
    const form = formOf({ list: "a" });
    form.append("list", "b");
    expect(await sent(form)).toMatchObject({ fields: { list: ["a", "b"] } });
  });

  it("takes files up to its limit, and refuses more, by its length or as it comes", async () => {
    const file = (length: number) => formOf({ file: new Blob(["x".repeat(length)]) });
    expect(await sent(file(limit))).toMatchObject({
      files: [["file", "liste.csv", limit, "7878787878787878"]],
    });
    expect(await sent(file(limit + 1_100_000))).toBe("413 body-too-large");
    const parts = `--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n`;
    expect(await raw([parts, ...Array.from({ length: 40 }, () => "x".repeat(100_000))])).toBe(
      "413 body-too-large",
    );
  });

  it.each([
    ["no boundary", "multipart/form-data", "--b--\r\n"],
    ["another boundary", "multipart/form-data; boundary=c", "--b\r\n\r\n--b--\r\n"],
    [
      "a part that breaks off",
      "multipart/form-data; boundary=b",
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx',
    ],
    ["nothing at all", "multipart/form-data; boundary=b", "x"],
  ])("is refused, and never waited for, with %s", async (_case, type, body) => {
    expect(await raw([body], type)).toBe("400 body-unreadable");
  });
});

/** Sends a body piece by piece, without its length. */
async function raw(pieces: readonly string[], type = "multipart/form-data; boundary=b") {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { "content-type": type };
  const sending = request(served.url, { method: "POST", headers, agent: false }, resolve);
  sending.on("error", reject);
  for (const piece of pieces) sending.write(piece);
  sending.end();
  const answer = await promise;
  return `${String(answer.statusCode)} ${(await answer.toArray()).join("")}`;
}
