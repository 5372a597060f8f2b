import { IncomingMessage, type RequestListener, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Middleware } from "koa";
import { AppError } from "../foundation/index.ts";

/** What a request's line and headers may take: twice what servers usually let in, for ID tokens travel as hints. */
const limitBytes = 32 * 1024;

/** What node reads before it gives up. Up to here a request is still read, so that its answer is one of ours. */
export const mostHeaderBytes = 64 * 1024;

/** For how long what is refused may go on arriving before the connection is cut. */
const lingerMilliseconds = 2000;

/**
 * Refuses a request whose headers are too large by an error like every other: a page, or JSON. Most often a browser brings too
 * many cookies of other services of the same domain, and its person has to be told what to do.
 */
export function headersWithinLimit(): Middleware {
  return async (ctx, next) => {
    const { rawHeaders, url = "" } = ctx.req;
    const bytes = rawHeaders.reduce((sum, each) => sum + each.length + 2, url.length);
    if (bytes > limitBytes) throw new AppError("headers-too-large", { status: 431 });
    await next();
  };
}

/** Answers what node could not read as it would itself, but for headers past its own limit: those get the answer above. */
export function answerUnreadable(server: Server, handle: RequestListener): void {
  server.on("clientError", (error: ReadingError, socket: Socket) => {
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
    } else if (error.code === "HPE_HEADER_OVERFLOW") {
      refuseLarge(error, socket, handle);
    } else {
      const status = statusLines[error.code ?? ""] ?? "400 Bad Request";
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
      socket.destroySoon();
    }
  });
}

type ReadingError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };

const statusLines: Readonly<Record<string, string>> = {
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

function refuseLarge({ rawPacket }: ReadingError, socket: Socket, handle: RequestListener): void {
  const head = rawPacket?.toString("latin1") ?? "";
  const request = new IncomingMessage(socket);
  request.method = "GET";
  request.url = "/";
  for (const name of ["accept", "accept-language"]) {
    const [, value] = new RegExp(`^${name}:[ \\t]*([^\\r\\n]*)`, "im").exec(head) ?? [];
    if (value !== undefined) request.headers[name] = value;
  }
  // What it is refused for, as far as anybody counts.
  request.rawHeaders = ["", "x".repeat(limitBytes)];
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on("finish", () => hangUp(socket));
  handle(request, response);
}

/** Ends a connection whose other side may still be sending: it gets the time to read, and holds no socket for longer. */
function hangUp(socket: Socket): void {
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
}
