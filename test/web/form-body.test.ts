import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Context, Next } from "koa";
import { formFields, hasControlCharacters, parsedForm } from "../../src/web/index.ts";
import { type Served, serve } from "./serve.ts";

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
  served = await serve(codeOnly, parsedForm(), (ctx) => {
    ctx.body = formFields((ctx.request as { body?: unknown }).body, ["email", "password"]);
  });
});
afterAll(() => served.close());

async function post(body: string, type = "application/x-www-form-urlencoded") {
  const headers = type ? { "content-type": type } : {};
  const response = await fetch(served.url, { method: "POST", body, headers });
  return `${String(response.status)} ${await response.text()}`;
}

describe("a posted form", () => {
  it("gives the fields that were asked for, as they were typed", async () => {
    expect(await post("email=+a%40b.fr+&password=%C3%A9%26+1&other=x")).toBe(
      '200 {"email":" a@b.fr ","password":"é& 1"}',
    );
  });

  it("has an empty text for a field that is missing, and for a form without a body", async () => {
    expect(await post("email=a")).toBe('200 {"email":"a","password":""}');
    expect(await post("", "")).toBe('200 {"email":"","password":""}');
  });

  it.each([
    ["a field given twice", "email=a&email=b"],
    ["a field given twice alike", "password=a&password=a"],
  ])("refuses %s", async (_case, body) => {
    expect(await post(body)).toBe("400 field-repeated");
  });

  it.each([
    "__proto__=x&email=a",
    "constructor=x&email=a",
    "email[x]=1&email=a",
    "toString=1&email=a",
  ])("takes no structure from %s", async (body) => {
    expect(await post(body)).toBe('200 {"email":"a","password":""}');
  });

  it("takes 100 000 bytes and refuses one more", async () => {
    const longest = `email=${"a".repeat(99_994)}`;
    expect(await post(longest)).toContain('200 {"email":"aaa');
    expect(await post(`${longest}a`)).toBe("413 body-too-large");
    expect(await post("a".repeat(3_000_000))).toBe("413 body-too-large");
  });

  it("refuses another kind of body", async () => {
    expect(await post('{"email":"a"}', "application/json")).toBe("415 body-not-a-form");
  });

  it("survives broken percent encoding", async () => {
    expect(await post("email=%E9%&password=%")).toBe('200 {"email":"\uFFFD%","password":"%"}');
  });
});

describe("formFields", () => {
  it("refuses what is not a text", () => {
    expect(() => formFields({ email: 1 }, ["email"])).toThrow("field-repeated");
  });

  it("finds nothing in no body", () => {
    expect(formFields(undefined, ["toString"])).toEqual({ toString: "" });
  });
});

describe("hasControlCharacters", () => {
  it.each(["a\0b", "a\nb", "a\tb", "\u0085", "\u007F", "\uD800", "a\uDFFF"])(
    "finds %j",
    (value) => {
      expect(hasControlCharacters(value)).toBe(true);
    },
  );

  it.each(["", "Zoé d'Été-Ç", "日本 🙂", "a\u00A0b\u202F!"])("leaves %j alone", (value) => {
    expect(hasControlCharacters(value)).toBe(false);
  });
});
