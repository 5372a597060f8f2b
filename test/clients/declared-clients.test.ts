import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { clientProblemLine } from "../../src/clients/index.ts";
import { declaredClients, readDeclaredClients } from "../../src/clients/declared-clients.ts";
import { confidential, secret } from "./fixtures.ts";

const environment: Readonly<Record<string, string>> = {
  PORTAL_URL: "http://localhost:3001",
  PORTAL_CLIENT_SECRET: secret,
  SHORT_SECRET: "hunter2",
  TWICE: "${PORTAL_URL}",
  SLASHED_URL: "https://portal.example/app/",
  UNSAFE_URL: "https://of.example/*",
};
const parts = { production: true, placeholder: (name: string) => environment[name] };

function linesOf(document: unknown): string[] {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return (declaredClients("clients.json", text, parts).problems ?? []).map(clientProblemLine);
}

describe("placeholders of declared clients", () => {
  it("are replaced in every text, several in one", () => {
    const portal = {
      client_id: "portal",
      client_secret: "${PORTAL_CLIENT_SECRET}",
      redirect_uris: ["${PORTAL_URL}/callback"],
      client_name: "${PORTAL_URL} and ${PORTAL_URL}",
    };
    const { clients } = declaredClients("clients.json", JSON.stringify([portal]), parts);
    expect(clients?.[0]).toMatchObject({
      client_secret: secret,
      redirect_uris: ["http://localhost:3001/callback"],
      client_name: "http://localhost:3001 and http://localhost:3001",
      first_party: true,
    });
  });

  it("that are an address with its last slash meet the next one in one", () => {
    const { client_id, client_secret } = confidential;
    const portal = {
      ...{ client_id, client_secret, client_uri: "${SLASHED_URL}" },
      redirect_uris: ["${SLASHED_URL}/callback", "${PORTAL_URL}/callback"],
      client_name: "${TWICE}/ and ${SLASHED_URL}/",
    };
    const { clients } = declaredClients("clients.json", JSON.stringify([portal]), parts);
    expect(clients?.[0]).toMatchObject({
      client_uri: "https://portal.example/app/",
      redirect_uris: ["https://portal.example/app/callback", "http://localhost:3001/callback"],
      client_name: "${PORTAL_URL}/ and https://portal.example/app/",
    });
  });

  it("that nothing is known of are named, and their client is not judged further for it", () => {
    expect(
      linesOf([
        { ...confidential, client_secret: "${PORTAL_SECRT}", redirect_uris: ["${URL}/${PATH_}"] },
      ]),
    ).toEqual([
      'clients.json: client of: client_secret must be a variable that CLIENTS_FILE_VARIABLES lists and that is set: PORTAL_SECRT is not; list and set it, or mend its name (found "${PORTAL_SECRT}")',
      'clients.json: client of: redirect_uris[0] must be a variable that CLIENTS_FILE_VARIABLES lists and that is set: URL is not; list and set it, or mend its name (found "${URL}")',
      'clients.json: client of: redirect_uris[0] must be a variable that CLIENTS_FILE_VARIABLES lists and that is set: PATH_ is not; list and set it, or mend its name (found "${PATH_}")',
    ]);
  });

  it("do not hide the other problems of their client", () => {
    expect(
      linesOf([{ ...confidential, client_secret: "${PORTAL_SECRT}", first_party: "no" }]),
    ).toEqual([
      expect.stringContaining("PORTAL_SECRT is not"),
      'clients.json: client of: first_party must be true or false, without quotes (found "no")',
    ]);
  });

  it.each(["${}", "${A-B}", "${A B}"])("have a name of letters: not %s", (client_name) => {
    expect(linesOf([{ ...confidential, client_name }])).toEqual([
      `clients.json: client of: client_name must be a name of letters, digits and underscores in its brackets: \${NAME} (found "${client_name}")`,
    ]);
  });

  it.each(["${PORTAL_URL", "${PORTAL_URL}${", "${${PORTAL_URL}}"])(
    "are closed: not %s",
    (client_name) => {
      expect(linesOf([{ ...confidential, client_name }])).toEqual([
        `clients.json: client of: client_name must close every placeholder: \${NAME} (found "${client_name}")`,
      ]);
    },
  );

  it("are not sought in what stands in place of one", () => {
    const text = JSON.stringify([{ ...confidential, client_name: "${TWICE}" }]);
    const { clients } = declaredClients("clients.json", text, parts);
    expect(clients?.[0]?.client_name).toBe("${PORTAL_URL}");
  });

  it("never stand for what every object inherits", () => {
    const placeholder = (name: string) => ({})[name] as unknown as string | undefined;
    const text = JSON.stringify([{ ...confidential, client_name: "${constructor}" }]);
    const { problems } = declaredClients("f", text, { production: true, placeholder });
    expect(problems?.map(({ found }) => found)).toEqual(['"${constructor}"']);
  });

  it("are shown with their value in a problem", () => {
    expect(linesOf([{ ...confidential, redirect_uris: ["${UNSAFE_URL}"] }])).toEqual([
      'clients.json: client of: redirect_uris[0] must have no wildcard: list every address in full (found "${UNSAFE_URL}", now "https://of.example/*")',
    ]);
  });

  it("never show the value of a secret in a problem", () => {
    const lines = linesOf([{ ...confidential, client_secret: "${SHORT_SECRET}" }]);
    expect(lines).toEqual([
      "clients.json: client of: client_secret must have 32 characters or more, at random (openssl rand -base64 32) (found [hidden], from SHORT_SECRET)",
    ]);
  });

  it("never put a secret where everybody may read it", () => {
    const [line] = linesOf([{ ...confidential, client_name: "Portail ${SHORT_SECRET}" }]);
    expect(line).toBe(
      'clients.json: client of: client_name must hold no secret, for everybody may read it: SHORT_SECRET is the name of one; put it where a secret belongs, or name it otherwise (found "${SHORT_SECRET}")',
    );
  });
});

describe("the text of declared clients", () => {
  it("is JSON: the first fault is named by line and column, and nothing of the text is quoted", () => {
    expect(linesOf(`[\n  { "client_secret": "${secret}" "a": 1 }\n]`)).toEqual([
      `clients.json: must be JSON (RFC 8259) (found the character " at line 2, column 65)`,
    ]);
    expect(linesOf("[")).toEqual([
      "clients.json: must be JSON (RFC 8259) (found its end at line 1, column 2)",
    ]);
  });

  it("may hold no client", () => {
    expect(declaredClients("clients.json", "[]", parts).clients).toEqual([]);
  });

  it("is judged without an error whatever JSON it is, and however deep", () => {
    const strings = fc.constantFrom("${PORTAL_URL}", "${X}", "${", "x", "client_id");
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.array(strings), (values, texts) => {
        const document = [...values, ...texts, texts, { client_id: texts, jwks: texts }];
        return linesOf(document).length > 0;
      }),
    );
    const depth = 400_000;
    expect(linesOf(`[${'{"jwks":'.repeat(50_000)}1${"}".repeat(50_000)}]`)).not.toEqual([]);
    expect(linesOf(`${"[".repeat(depth)}${"]".repeat(depth)}`)).toEqual([
      "clients.json: client [0]: must be an object, in curly brackets (found a list)",
    ]);
  });
});

describe("the file of declared clients", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "clients-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function linesOfFile(content: string | Buffer | undefined): Promise<string[]> {
    const file = join(folder, "clients.json");
    if (content === undefined) await rm(file, { force: true });
    else await writeFile(file, content);
    const { problems } = await readDeclaredClients(file, parts);
    return (problems ?? []).map((problem) => clientProblemLine(problem).slice(folder.length + 1));
  }

  it("may begin with a byte order mark", async () => {
    expect(await linesOfFile(`\ufeff${JSON.stringify([confidential])}`)).toEqual([]);
  });

  it("may have 1 MiB, and not one byte more", async () => {
    const text = JSON.stringify([confidential]);
    expect(await linesOfFile(text.padEnd(1024 * 1024))).toEqual([]);
    expect(await linesOfFile(text.padEnd(1024 * 1024 + 1))).toEqual([
      "clients.json: must be no larger than 1024 KiB (found 1048577 bytes)",
    ]);
  });

  it("is UTF-8", async () => {
    expect(await linesOfFile(Buffer.from([0x5b, 0xff, 0x5d]))).toEqual([
      "clients.json: must be UTF-8 (found other bytes)",
    ]);
  });

  it("exists", async () => {
    expect(await linesOfFile(undefined)).toEqual([
      "clients.json: must be a file that can be read (found no file)",
    ]);
  });

  it("is a file", async () => {
    const { problems } = await readDeclaredClients(folder, parts);
    expect(problems?.map(({ found }) => found)).toEqual(["a file that cannot be read: EISDIR"]);
  });
});

describe("config/clients.json", () => {
  it("is valid with the settings of development", async () => {
    const settings: Readonly<Record<string, string>> = {
      PORTAL_URL: "http://localhost:3001",
      PORTAL_CLIENT_SECRET: secret,
    };
    const placeholder = (name: string) => settings[name];
    const { problems } = await readDeclaredClients("config/clients.json", {
      production: false,
      placeholder,
    });
    expect((problems ?? []).map(clientProblemLine)).toEqual([]);
  });
});
