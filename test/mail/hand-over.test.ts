import { afterEach, describe, expect, it } from "@jest/globals";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { createInterface } from "node:readline";
import { parseEmailAddress } from "../../src/foundation/index.ts";
import { type Mailer, createMailer } from "../../src/mail/mailer.ts";
import { parseMailbox } from "../../src/mail/mailbox.ts";

const from = parseMailbox("Essai <essai@lopcommerce.test>");
const to = parseEmailAddress("jeanne@exemple.fr");
if (!from || !to) throw new Error("the addresses of this test are not");

/** Says what a server answers to a command, or to the end of a mail (`.`), on which connection; undefined: as usual. */
type Answer = (command: string, socket: Socket, mailsOfIt: number) => string | undefined;

describe("a mail is handed over", () => {
  let server: Server;
  let mailer: Mailer;
  let said: string[];
  const start = async (answer: Answer) => {
    said = [];
    server = createServer((socket) => converse(socket, answer, said));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    mailer = createMailer({ smtpUrl: `smtp://127.0.0.1:${port}`, from });
  };
  afterEach(() => {
    mailer.close();
    server.close();
  });
  const send = async (told?: () => void) => {
    const mail = { identifier: "one", to, subject: "Un", text: "un", html: "<p>un</p>" };
    const outcome = await mailer.send(mail, told);
    return outcome.accepted ? "accepted" : outcome.problems[0].details?.["cause"];
  };
  const mails = () => said.filter((each) => each === ".");

  it("once, where the connection is lost behind it: it may have been taken", async () => {
    await start((command, socket) => {
      if (command === ".") socket.destroy();
      return command === "." ? "" : undefined;
    });
    expect([await send(), mails()]).toEqual(["DATA unanswered", ["."]]);
  });

  it("again at once, where a connection that was kept ends before anything of it was said", async () => {
    await start((command, socket, mailsOfIt) => {
      if (command !== "MAIL" || mailsOfIt === 0) return undefined;
      socket.end("421 4.7.0 too many of this connection\r\n");
      return "";
    });
    expect([await send(), await send(), await send()]).toEqual([
      "accepted",
      "accepted",
      "accepted",
    ]);
    expect(mails()).toHaveLength(3);
  });

  it("and what the server answers to it is told as its answer", async () => {
    await start((command) => (command === "." ? "421 4.3.0 shutting down" : undefined));
    expect([await send(), mails()]).toEqual(["DATA 421 4.3.0", ["."]]);
  });

  it("and told of once the whole of it was said", async () => {
    let told = 0;
    let toldBefore = 0;
    await start((command) => {
      if (command === "DATA") toldBefore = told;
      return undefined;
    });
    await send(() => (told += 1));
    expect([toldBefore, told]).toEqual([0, 1]);
  });
});

const usual: Readonly<Record<string, string>> = {
  EHLO: "250-here\r\n250 PIPELINING",
  DATA: "354 go on",
  QUIT: "221 bye",
};

function converse(socket: Socket, answer: Answer, said: string[]): void {
  let isMail = false;
  let mailsOfIt = 0;
  const lines = createInterface({ input: socket });
  socket.on("error", () => undefined);
  socket.write("220 here\r\n");
  lines.on("line", (line) => {
    if ((isMail && line !== ".") || socket.writableEnded || socket.destroyed) return;
    const [command = ""] = line.split(" ");
    said.push(command);
    const own = answer(command, socket, mailsOfIt);
    isMail = command === "DATA" && own === undefined;
    if (command === ".") mailsOfIt += 1;
    if (own !== "") socket.write(`${own ?? usual[command] ?? "250 ok"}\r\n`);
  });
}
