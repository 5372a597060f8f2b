import { request } from "node:http";
import { type Socket, connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { BrowserAgent } from "../support/browser-agent.ts";
import { type TestDatabase, databases } from "../support/databases.ts";
import { isEndurance, rounds } from "../support/endurance.ts";
import { measuredAgain } from "../support/measured-again.ts";
import { type ServerProcess, serverProcess } from "../support/server-process.ts";
import { goodPassword } from "../support/test-provider.ts";
import { addAccount, authorizationUrl, redeem, signInAt } from "./process-journey.ts";
import { median, timed } from "./samples.ts";

const email = "jeanne@partenaire.test";

describe.each(databases)("a flood, on $name", (kind) => {
  let home: TestDatabase;
  let server: ServerProcess;
  const sockets: Socket[] = [];
  /** How long `/livez` takes when nothing floods. */
  let calm = 0;
  /** Nobody is held up: as the same server answers when it is calm, give or take what the flood itself costs this machine. */
  const isQuick = (milliseconds: number) => milliseconds < 50 * calm;

  beforeAll(async () => {
    home = await kind.create();
    // No mail leaves in this suite.
    server = await serverProcess({ databaseUrl: home.url, smtpUrl: "smtp://127.0.0.1:9" });
    await server.start();
    await addAccount(home.url, email, goodPassword);
    await livez(20);
    calm = await livez(40);
  }, 30_000);
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(async () => {
    await server.remove();
    await home.drop();
  });

  it("of half-open connections leaves /livez quick and memory flat", async () => {
    const before = server.memory();
    const count = rounds(2000, 5000);
    for (let opened = 0; opened < count; opened += 250) {
      await Promise.all(
        Array.from({ length: 250 }, (_, index) =>
          open(index % 2 === 0 ? "" : "GET /auth HTTP/1.1\r\nHo"),
        ),
      );
    }
    const alive = await measuredAgain(() => livez(40), isQuick);
    const grown = server.memory() - before;
    report(`${count} half-open connections`, alive, grown);
    expect({ alive, calm, quick: isQuick(alive) }).toMatchObject({ quick: true });
    expect(grown).toBeLessThan(0.02 * count + 30);
  }, 60_000);

  it("of headers that trickle in leaves /livez quick, and ends them", async () => {
    const slow = await Promise.all(
      Array.from({ length: 200 }, () => open("POST /signup HTTP/1.1\r\nHost: localhost\r\n")),
    );
    const trickle = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write("X-A: b\r\n");
    }, 100);
    const alive = await measuredAgain(() => livez(20), isQuick);
    report("200 slow heads", alive, 0);
    expect({ alive, calm, quick: isQuick(alive) }).toMatchObject({ quick: true });
    if (isEndurance) {
      await pause(17_000);
      expect(slow.filter((socket) => !socket.closed)).toEqual([]);
    }
    clearInterval(trickle);
  }, 60_000);

  it("of 10 MB bodies is refused, leaves /livez quick and memory flat", async () => {
    // What the first rounds fill and the collector has not taken yet is no leak.
    let before = server.memory();
    const body = Buffer.alloc(10_000_000, "a=b&");
    // The library says 400 where we say 413.
    const paths = { "/signup": 413, "/recovery": 413, "/token": 400, "/token/introspection": 400 };
    const alive: number[] = [];
    for (let round = 0; round < rounds(4, 10); round += 1) {
      if (round === 2) before = server.memory();
      const answers = Promise.all(
        Object.entries(paths).map(async ([path, status]) => {
          // The library answers and hangs up while the body is still on its way: that is a refusal too.
          const refused = (error: NodeJS.ErrnoException) => {
            if (status === 400 && ["EPIPE", "ECONNRESET"].includes(error.code ?? "")) return status;
            throw error;
          };
          const first = await post(path, body).catch(refused);
          expect([first, await post(path, body).catch(refused)]).toEqual([status, status]);
        }),
      );
      alive.push(await livez(10));
      await answers;
    }
    const grown = server.memory() - before;
    report("10 MB bodies", median(alive), grown);
    expect({ alive, calm, quick: isQuick(median(alive)) }).toMatchObject({ quick: true });
    expect(grown).toBeLessThan(60);
  }, 60_000);

  it("of sign-ins fills the hashing queue: the excess is refused fast, all else is well", async () => {
    const { code = "" } = await signInAt(server, email, goodPassword);
    const { access_token: token } = await redeem(server, code);
    const browser = new BrowserAgent();
    const page = await browser.open(authorizationUrl(server));
    const headers = {
      origin: server.issuer,
      accept: "text/html",
      cookie: browser.cookies.header(new URL(page.url)) ?? "",
      "content-type": "application/x-www-form-urlencoded",
    };
    let number = 0;
    const signIn = async () => {
      const body = new URLSearchParams({
        email: `foule.${(number += 1)}@partenaire.test`,
        password: "wrong",
      });
      const begin = performance.now();
      const answer = await fetch(page.url, { method: "POST", headers, body, redirect: "manual" });
      return {
        milliseconds: performance.now() - begin,
        status: answer.status,
        retry: answer.headers.get("retry-after"),
        html: await answer.text(),
      };
    };
    // Some three times more sign-ins a second than can be hashed.
    let isStorm = true;
    const storm = Array.from({ length: 300 }, async () => {
      const answers = [await signIn()];
      while (isStorm) {
        await pause(1000);
        answers.push(await signIn());
      }
      return answers;
    });
    await pause(1500);
    const refusals: number[] = [];
    const userinfo: number[] = [];
    const alive: number[] = [];
    for (let probe = 0; probe < rounds(10, 60); probe += 1) {
      alive.push(await timed(() => fetch(`${server.issuer}/livez`)));
      userinfo.push(await timed(() => asksUserinfo(token)));
      const { status, milliseconds } = await signIn();
      if (status === 503) refusals.push(milliseconds);
    }
    isStorm = false;
    const answers = (await Promise.all(storm)).flat();
    const busy = answers.filter(({ status }) => status === 503);
    report(
      `${busy.length} of ${answers.length} sign-ins refused, in ${median(refusals).toFixed(0)} ms; userinfo in ${median(userinfo).toFixed(0)} ms`,
      median(alive),
      0,
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422, 503]));
    expect(Number(busy[0]?.retry)).toBeGreaterThanOrEqual(1);
    expect(busy[0]?.html).toContain('<html lang="fr">');
    expect(refusals.length).toBeGreaterThan(0);
    // Who is let in waits in line for the hashing; nobody else does.
    const served = answers.filter(({ status }) => status === 422);
    const inLine = median(served.map(({ milliseconds }) => milliseconds));
    for (const others of [refusals, userinfo, alive]) expect(median(others)).toBeLessThan(inLine);
    // Nothing was checked, so nothing counts against the person.
    expect((await signInAt(server, email, goodPassword)).code).toBeTruthy();
  }, 120_000);

  async function asksUserinfo(token: unknown): Promise<void> {
    const headers = { authorization: `Bearer ${String(token)}` };
    expect((await fetch(`${server.issuer}/me`, { headers })).status).toBe(200);
  }

  function open(head: string): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(server.port, "127.0.0.1", () => {
        if (head !== "") socket.write(head);
        resolve(socket);
      });
      sockets.push(socket);
      socket.once("error", reject).on("error", () => undefined);
    });
  }

  /** The median of so many answers of `/livez`, in milliseconds. */
  async function livez(count: number): Promise<number> {
    const times: number[] = [];
    for (let asked = 0; asked < count; asked += 1) {
      times.push(
        await timed(async () => {
          expect((await fetch(`${server.issuer}/livez`)).status).toBe(200);
        }),
      );
      await pause(5);
    }
    return median(times);
  }

  /** The status of a post; what is still to be sent may be cut off once it is answered. */
  function post(path: string, body: Buffer): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": body.length,
      };
      let status: number | undefined;
      request(`${server.issuer}${path}`, { method: "POST", headers, agent: false }, (response) => {
        status = response.statusCode;
        response
          .resume()
          .on("end", () => resolve(status))
          .on("error", () => resolve(status));
      })
        .on("error", (error) => (status === undefined ? reject(error) : resolve(status)))
        .end(body);
    });
  }

  function report(what: string, alive: number, grown: number): void {
    process.stderr.write(
      `${kind.name}, ${what}: /livez ${alive.toFixed(1)} ms, memory ${grown.toFixed(0)} MiB more\n`,
    );
  }
});
