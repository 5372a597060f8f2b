import { type Socket, connect } from "node:net";

/** An answer, its body unread as text until it is asked for. */
export interface Answer {
  readonly status: number;
  /** The header lines, without the status line. */
  readonly head: string;
  readonly body: Buffer;
}

/** What is sent. */
export interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One keep-alive connection, one request at a time. */
export interface Connection {
  readonly send: (request: Request) => Promise<Answer>;
  readonly close: () => void;
}

const headEnd = Buffer.from("\r\n\r\n");
const noBytes = Buffer.alloc(0);

/**
 * Opens a connection. A raw socket and not `node:http`: on two cores the client's own work is taken
 * from the server, and `node:http` costs three times as much.
 * @param from another address of this machine: what an address may ask for in an hour is counted
 */
export async function openConnection(port: number, from = "127.0.0.1"): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  socket.setNoDelay(true);
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve).once("error", reject);
  });
  const receive = receiver(socket);
  return {
    send: (request) => {
      const answer = receive();
      socket.write(requestText(request, port));
      return answer;
    },
    close: () => socket.destroy(),
  };
}

/** The first value of a header, its name in lower case. */
export function header(answer: Answer, name: string): string | undefined {
  return headers(answer, name)[0];
}

/** All values of a header, its name in lower case. */
export function headers({ head }: Answer, name: string): string[] {
  return head
    .split("\r\n")
    .filter((line) => line.slice(0, name.length + 1).toLowerCase() === `${name}:`)
    .map((line) => line.slice(name.length + 1).trim());
}

function requestText({ method, path, headers: given, body }: Request, port: number): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: 127.0.0.1:${port}`];
  for (const [name, value] of Object.entries(given ?? {})) lines.push(`${name}: ${value}`);
  if (body !== undefined) {
    lines.push("content-type: application/x-www-form-urlencoded");
    lines.push(`content-length: ${Buffer.byteLength(body)}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** Puts the answers of a socket together. */
function receiver(socket: Socket): () => Promise<Answer> {
  let received = noBytes;
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = completeAnswer(received);
    if (!answer) return;
    received = noBytes;
    waiting?.resolve(answer);
    waiting = undefined;
  });
  socket.on("error", fail).on("close", () => {
    fail(new Error("the server closed the connection"));
  });
  return () =>
    new Promise((resolve, reject) => {
      // A write to a closed socket fails in silence.
      if (socket.destroyed) reject(new Error("the server had closed the connection"));
      waiting = { resolve, reject };
    });
}

function completeAnswer(received: Buffer): Answer | undefined {
  const end = received.indexOf(headEnd);
  if (end < 0) return undefined;
  const text = received.toString("latin1", 0, end);
  const status = Number(text.slice(9, 12));
  const answer = { status, head: text.slice(text.indexOf("\r\n") + 2) };
  const rest = received.subarray(end + 4);
  if (status === 204 || status === 304) return { ...answer, body: noBytes };
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  if (length !== undefined) {
    return rest.length < Number(length) ? undefined : { ...answer, body: rest };
  }
  const body = unchunked(rest);
  return body && { ...answer, body };
}

/** The body of a chunked answer (RFC 9112 §7.1), undefined while the last chunk is still to come. */
function unchunked(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let position = 0; ;) {
    const lineEnd = bytes.indexOf("\r\n", position);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", position, lineEnd), 16);
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(start, start + size));
    position = start + size + 2;
  }
}
