import { describe, expect, it } from "@jest/globals";
import { runCommandLine } from "../../src/command-line/index.ts";
import { systemClock, systemRandom } from "../../src/foundation/index.ts";

async function run(...words: string[]) {
  const written = { out: "", err: "" };
  const code = await runCommandLine(words, {
    readSettings: () => {
      throw new Error("nobody asked for settings");
    },
    terminal: {
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
    },
    clock: systemClock,
    random: systemRandom,
  });
  return { code, ...written };
}

describe("the usage of lopauth", () => {
  it.each([[["--help"]], [["help"]], [["access", "--help"]], [["access", "open", "--help"]]])(
    "%j prints help on standard output, without settings, with exit code 0",
    async (words) => {
      const { code, out, err } = await run(...words);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(/^Usage: lopauth /);
      expect(out).toContain("--json");
    },
  );

  it.each([
    [[]],
    [["dance"]],
    [["account"]],
    [["account", "dance"]],
    [["account", "show"]],
    [["account", "show", "a@b.fr", "c@d.fr"]],
    [["migrate", "--force"]],
    [["backup"]],
  ])("%j is wrong: usage on standard error, exit code 2", async (words) => {
    const { code, out, err } = await run(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: lopauth");
  });

  it.each([
    [["dance", "--json"], "unknown command 'dance'"],
    [["--json", "account"], "a command is missing"],
    [["account", "show", "--json"], "missing required argument 'email'"],
  ])("%j says it as one JSON document", async (words, error) => {
    const { code, out, err } = await run(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(JSON.parse(err)).toEqual({ error, problems: [] });
  });

  it("tells a fault from wrong usage", async () => {
    const { code, err } = await run("migrate", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(err)).toEqual({ error: "nobody asked for settings", problems: [] });
  });
});
