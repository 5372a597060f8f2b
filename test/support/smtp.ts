import type { AddressInfo, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { parseEmailAddress } from "../../src/foundation/index.ts";
import { waitFor } from "./wait-for.ts";

/** A mail that the test server took. */
export interface ReceivedMessage {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** The header `Message-ID`, with its angle brackets. */
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every link of the HTML part, in order, as a reader would follow it. */
  readonly links: readonly string[];
  /** The raw value of a header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** As it came over the wire. */
  readonly raw: string;
  /** Who was signed in, when credentials are asked. */
  readonly user: string | undefined;
}

/** How the server misbehaves; may be changed while it runs. */
export interface SmtpBehaviours {
  /** Answers a RCPT TO with this line, for example `550 5.1.1 no such user`. */
  refuseRecipient?: ((address: string) => string | undefined) | undefined;
  /** Answers the DATA of a message to this recipient with this line. */
  refuseMessage?: ((address: string) => string | undefined) | undefined;
  /** Breaks the connection in the middle of DATA. */
  dropDuringData?: ((address: string) => boolean) | undefined;
  /** Milliseconds, or a promise, before a message is taken. */
  delay?: number | ((address: string) => Promise<unknown>) | undefined;
  /** Who may send; nobody has to sign in without it. */
  credentials?: { readonly user: string; readonly pass: string };
}

/** An SMTP server that keeps what it is sent. */
export interface SmtpTestServer {
  readonly port: number;
  /** What `SMTP_URL` would say, without credentials. */
  readonly url: string;
  readonly messages: ReceivedMessage[];
  readonly behaviours: SmtpBehaviours;
  /** How many connections were opened until now. */
  readonly connectionCount: () => number;
  /** The first message, come or to come, that the predicate wants. */
  readonly waitForMessage: (
    predicate: (message: ReceivedMessage) => boolean,
    timeoutMs?: number,
  ) => Promise<ReceivedMessage>;
  /** Breaks every connection and listens no more: the server is down. */
  readonly close: () => Promise<void>;
}

/** @param options.port any free one unless given: give it to be up again after `close`. */
export async function startSmtp({
  port = 0,
  behaviours = {},
}: { port?: number; behaviours?: SmtpBehaviours } = {}): Promise<SmtpTestServer> {
  const messages: ReceivedMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = new SMTPServer({
    ...(!behaviours.credentials && { disabledCommands: ["AUTH"] }),
    authOptional: !behaviours.credentials,
    allowInsecureAuth: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) => {
      const { user, pass } = behaviours.credentials ?? {};
      if (username === user && password === pass) done(null, { user: username });
      else done(reply("535 5.7.8 wrong credentials"));
    },
    onRcptTo: ({ address }, _session, done) => {
      const line = behaviours.refuseRecipient?.(address);
      done(line === undefined ? null : reply(line));
    },
    onData: (stream, session, done) => {
      const socket = [...sockets].find((each) => each.remotePort === session.remotePort);
      receive(stream, session, behaviours, socket)
        .then((message) => {
          if (!message) return;
          messages.push(message);
          done(null);
        })
        .catch((error: unknown) => done(error as Error));
    },
  });
  server.on("error", () => undefined);
  server.server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const actualPort = (server.server.address() as AddressInfo).port;
  return {
    port: actualPort,
    url: `smtp://127.0.0.1:${actualPort}`,
    messages,
    behaviours,
    connectionCount: () => connections,
    waitForMessage: (predicate, timeoutMs = 5000) =>
      waitFor("a mail", () => messages.find(predicate), timeoutMs / 1000),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** @returns undefined when the connection was broken. */
async function receive(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  behaviours: SmtpBehaviours,
  socket: Socket | undefined,
): Promise<ReceivedMessage | undefined> {
  // As it stood on the wire: smtp-server hands `xn--…` domains out decoded.
  const to = session.envelope.rcptTo.map(({ address }) => parseEmailAddress(address) ?? address);
  const [recipient = ""] = to;
  if (behaviours.dropDuringData?.(recipient)) {
    socket?.destroy();
    return undefined;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const { delay } = behaviours;
  await (typeof delay === "function"
    ? delay(recipient)
    : pause(delay ?? 0, undefined, { ref: false }));
  if (socket?.destroyed) return undefined;
  const line = behaviours.refuseMessage?.(recipient);
  if (line !== undefined) throw reply(line);
  const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : "";
  return parse(Buffer.concat(chunks), { from, to }, session.user as string | undefined);
}

async function parse(
  raw: Buffer,
  envelope: ReceivedMessage["envelope"],
  user: string | undefined,
): Promise<ReceivedMessage> {
  const mail = await simpleParser(raw);
  const html = mail.html || "";
  return {
    envelope,
    messageId: mail.messageId ?? "",
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html,
    links: [...html.matchAll(/<a\s[^>]*href="([^"]*)"/g)].map(([, link = ""]) =>
      link.replaceAll("&amp;", "&"),
    ),
    header: (name) =>
      mail.headerLines.find(({ key }) => key === name)?.line.replace(/^[^:]*:\s*/, ""),
    raw: raw.toString("utf8"),
    user,
  };
}

function reply(line: string): Error {
  const [, code, text] = /^(\d{3}) (.*)$/.exec(line) ?? [];
  return Object.assign(new Error(text), { responseCode: Number(code) });
}
