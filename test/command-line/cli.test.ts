import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("the program lopauth", () => {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-cli-"));
  const environment = { DATABASE_URL: `sqlite:${join(folder, "auth.sqlite3")}` };

  beforeAll(async () => {
    await lopauth(["migrate"], environment);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("answers on standard output with exit code 0", async () => {
    expect(await lopauth(["account", "list", "--json"], environment)).toEqual({
      code: 0,
      out: "[]\n",
      err: "",
    });
  });

  it("says which build it is, for programs too", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await lopauth(["--version"], {})).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const { out } = await lopauth(["--version", "--json"], {});
    expect(JSON.parse(out)).toEqual({ version });
  });

  it("reads a client from standard input by the rules of a file", async () => {
    const written = JSON.stringify({
      ...{ client_id: "piped", client_name: "Accès" },
      redirect_uris: ["https://piped.example/callback"],
    });
    const add = (encoding: "latin1" | "utf8") =>
      lopauth(["client", "add", "-"], environment, Buffer.from(written, encoding));
    expect(await add("latin1")).toEqual({
      ...{ code: 1, out: "" },
      err: "error: nothing was registered\n  -: must be UTF-8 (found other bytes)\n",
    });
    expect(await add("utf8")).toMatchObject({ code: 0, err: "" });
  });

  it("is not done with exit code 0 where nobody reads its answer to the end", async () => {
    expect(await withClosed("stdout", ["client", "list"], environment)).toBe(141);
  });

  it("does what it is asked where nobody reads what is wrong", async () => {
    expect(await withClosed("stderr", ["client", "list"], environment)).toBe(0);
    expect(await withClosed("stderr", ["client", "show", "nobody"], environment)).toBe(1);
  });

  it("refuses on standard error with exit code 1", async () => {
    const { code, out, err } = await lopauth(["account", "show", "x@cfa.test"], environment);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^error: nothing was done\n {2}EMAIL must be the address of an account/);
  });

  it("shows the usage of an unknown command on standard error with exit code 2", async () => {
    const { code, out, err } = await lopauth(["dance"], environment);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^error: unknown command 'dance'\n\nUsage: lopauth /);
  });

  it("says that the database is out of reach, once, with nothing on standard output", async () => {
    const { code, out, failure } = await lopauth(["account", "list", "--json"], {
      DATABASE_URL: "postgres://auth@127.0.0.1:1/auth",
    });
    expect([code, out]).toEqual([1, ""]);
    expect(JSON.parse(failure ?? "")).toEqual({
      error: "the database cannot be asked: ECONNREFUSED (127.0.0.1:1)",
      problems: [],
    });
  });

  it("says so without a stack when whoever listens there never answers", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const DATABASE_URL = `postgres://auth@127.0.0.1:${port}/auth`;
    for (const words of [["migrate"], ["account", "list"]]) {
      expect(await lopauth(words, { DATABASE_URL })).toMatchObject({
        ...{ code: 1, out: "", err: "error: the database cannot be asked: no-answer\n" },
      });
    }
    silent.close();
  });

  it("names every setting that is missing in production", async () => {
    const { code, failure } = await lopauth(["account", "list", "--json"], {
      NODE_ENV: "production",
    });
    expect(code).toBe(1);
    const { problems } = JSON.parse(failure ?? "") as { problems: { name: string }[] };
    expect(problems.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["ISSUER", "DATABASE_URL", "SMTP_URL", "COOKIE_KEYS"]),
    );
  });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly failure?: string;
}

/** Runs it with one of its ends closed. @returns its exit code */
async function withClosed(
  end: "stdout" | "stderr",
  words: readonly string[],
  environment: Record<string, string>,
): Promise<unknown> {
  const { PATH, HOME } = process.env;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", resolve("src/cli.ts"), ...words],
    { env: { PATH, HOME, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
  );
  child[end].destroy();
  child[end === "stdout" ? "stderr" : "stdout"].resume();
  const [code] = (await once(child, "exit")) as unknown[];
  return code;
}

/** Runs the program as `npm run -s lopauth -- …` does. */
function lopauth(
  words: readonly string[],
  environment: Record<string, string>,
  input: Buffer = Buffer.alloc(0),
): Promise<Ended> {
  const { PATH, HOME } = process.env;
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", resolve("src/cli.ts"), ...words],
      { env: { PATH, HOME, ...environment }, cwd: resolve(".") },
      (error, out, err) => {
        const code = error ? Number(error.code) : 0;
        done(
          words.includes("--json") && code > 0
            ? { code, out, err, failure: err }
            : { code, out, err },
        );
      },
    );
    child.stdin?.end(input);
  });
}
