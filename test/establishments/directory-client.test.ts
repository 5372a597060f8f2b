import { afterEach, describe, expect, it } from "@jest/globals";
import type { ServerResponse } from "node:http";
import { startDirectoryFake } from "../../src/stand-ins/index.ts";
import { type DirectoryFake, directoryAnswer } from "../../src/stand-ins/directory-fake.ts";
import {
  type DirectoryClientParts,
  createDirectory,
} from "../../src/establishments/directory-client.ts";
import { dinum, laPoste, noon } from "./register.ts";

const clock = { epochSeconds: () => noon, epochMilliseconds: () => noon * 1000 };
const running: DirectoryFake[] = [];

afterEach(async () => {
  for (const fake of running.splice(0)) await fake.close();
});

/** Asks for one SIRET a fake that answers so. */
async function ask(
  answer: (siret: string, response: ServerResponse) => void,
  parts: Partial<DirectoryClientParts> = {},
) {
  const fake = await startDirectoryFake(answer);
  running.push(fake);
  const directory = createDirectory({ url: fake.url, clock, timeoutMilliseconds: 500, ...parts });
  return { outcome: await directory.find(dinum), fake };
}

const json = (body: unknown) => (_: string, response: ServerResponse) =>
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_: string, response: ServerResponse) =>
    response.writeHead(code, headers).end("{}");

describe("the directory of establishments", () => {
  const found = { name: "DIRECTION DU NUMÉRIQUE", address: "20 AVENUE DE SÉGUR 75007 PARIS" };

  it("finds a name, an address and a state, and asks for the SIRET alone", async () => {
    const { outcome, fake } = await ask(json(directoryAnswer(dinum, found)));
    expect(outcome).toEqual({ accepted: true, value: { ...found, state: "active" } });
    expect(fake.requests).toEqual([`/search?q=${dinum}`]);
  });

  it("says that an establishment is closed", async () => {
    const { outcome } = await ask(json(directoryAnswer(dinum, { ...found, closed: true })));
    expect(outcome).toMatchObject({ value: { state: "closed" } });
  });

  it("keeps one clean line of bounded length", async () => {
    const name = `A\r\n\u0000B\u202e${"é".repeat(400)}`;
    const { outcome } = await ask(json(directoryAnswer(dinum, { ...found, name })));
    const kept = outcome.accepted ? (outcome.value.name ?? "") : "";
    expect(kept.startsWith("A Béé")).toBe(true);
    expect(kept.length).toBeLessThanOrEqual(200);
  });

  it("leaves out what it does not say", async () => {
    const { outcome } = await ask(
      json({ results: [{ nom_complet: 7, matching_etablissements: [{ siret: dinum }] }] }),
    );
    expect(outcome).toEqual({ accepted: true, value: { state: "active" } });
  });

  it.each(["[NON-DIFFUSIBLE]", "[ND]", "[ND] [ND]", "12 RUE [NON-DIFFUSIBLE] 75001 PARIS"])(
    "takes %j for no name and no address",
    async (mark) => {
      const { outcome } = await ask(json(directoryAnswer(dinum, { name: mark, address: mark })));
      expect(outcome).toEqual({ accepted: true, value: { state: "active" } });
    },
  );

  it.each([
    ["no company", { results: [] }],
    ["another establishment", directoryAnswer(laPoste, found)],
    ["a company without establishments", { results: [{ nom_complet: "X" }] }],
  ])("says unknown for %s", async (_, body) => {
    const { outcome } = await ask(json(body));
    expect(outcome).toEqual({ accepted: false, problems: [{ reason: "unknown" }] });
  });

  it.each<[string, (siret: string, response: ServerResponse) => void]>([
    ["an error of the service", status(500)],
    ["a refusal", status(403)],
    [
      "a redirect, which is not followed",
      status(302, { location: "http://127.0.0.1:9/elsewhere" }),
    ],
    ["JSON of another shape", json({ error: "no" })],
    ["results that are no list", json({ results: { 0: directoryAnswer(dinum, found) } })],
    ["null", json(null)],
    ["no JSON", (_, response) => response.end("<html>")],
    [
      "half an answer",
      (_, response) => response.writeHead(200, { "content-length": "9" }).end("{"),
    ],
    ["no answer in time", () => undefined],
    [
      "an answer that trickles",
      (_, response) => {
        const timer = setInterval(() => response.write(" "), 50);
        response.on("close", () => {
          clearInterval(timer);
        });
      },
    ],
    ["an answer without end", (_, response) => void response.end(" ".repeat(2_000_000))],
  ])("says unreachable for %s", async (_, answer) => {
    const { outcome } = await ask(answer);
    expect(outcome).toEqual({ accepted: false, problems: [{ reason: "unreachable" }] });
  });

  it("says unreachable when nothing listens", async () => {
    const { fake } = await ask(status(200));
    await fake.close();
    running.length = 0;
    const directory = createDirectory({ url: fake.url, clock });
    expect(await directory.find(dinum)).toMatchObject({ problems: [{ reason: "unreachable" }] });
  });

  it.each([
    ["30", 30],
    [new Date(noon * 1000 + 90_000).toUTCString(), 90],
    ["0", 1],
    ["999999", 3600],
    ["soon", 10],
  ])(
    "says how long to wait when it is asked too often (Retry-After: %s)",
    async (header, seconds) => {
      const { outcome } = await ask(status(429, { "retry-after": header }));
      expect(outcome).toEqual({
        accepted: false,
        problems: [{ reason: "too-many-requests", details: { seconds } }],
      });
    },
  );

  it("is asked at most seven times a second, however many ask at once", async () => {
    const fake = await startDirectoryFake(json(directoryAnswer(dinum, found)));
    running.push(fake);
    const asked: number[] = [];
    let go: (() => void) | undefined;
    const pause = (milliseconds: number) => {
      asked.push(milliseconds);
      return new Promise<void>((resolve) => (go = resolve));
    };
    const directory = createDirectory({ url: `${fake.url}/`, clock, pause });
    const answers = Array.from({ length: 8 }, () => directory.find(dinum));
    for (const [index, answer] of answers.entries()) {
      await answer;
      expect(fake.requests).toHaveLength(index + 1);
      go?.();
    }
    // The eighth comes after seven pauses, more than a second.
    expect(asked.slice(0, 7).reduce((sum, each) => sum + each, 0)).toBeGreaterThan(1000);
  });
});
