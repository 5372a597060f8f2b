import { Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { readClientStream } from "../../src/clients/client-document.ts";

describe("what is written to standard input of a client", () => {
  const read = (...chunks: Buffer[]) => readClientStream("-", Readable.from(chunks));
  const problem = (found: string, rule: string) => ({
    problems: [{ file: "-", client: undefined, field: undefined, found, rule }],
  });

  it("is UTF-8, wherever it is cut", async () => {
    const bytes = Buffer.from("\ufeff« Accès »");
    expect(await read(bytes.subarray(0, 5), bytes.subarray(5))).toEqual({ text: "« Accès »" });
    const latin = Buffer.from("Accès", "latin1");
    expect(await read(latin)).toEqual(problem("other bytes", "must be UTF-8"));
  });

  it("has an end", async () => {
    const endless = function* () {
      for (;;) yield Buffer.alloc(100_000);
    };
    expect(await readClientStream("-", Readable.from(endless()))).toEqual(
      problem("more", "must be no larger than 1024 KiB"),
    );
  });
});
