import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { TLSSocket } from "node:tls";
import { patienceSeconds } from "./doctor-finding.ts";

/** What a server answered to one GET. */
export interface DoctorAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When its certificate ends, epoch seconds; undefined on http. */
  readonly certificateEndsAt: number | undefined;
}

const mostCharacters = 1_000_000;

/**
 * One GET with the certificate checked, no redirect followed and no connection kept. Not `fetch`, which
 * shows no certificate.
 * @throws Error with a `code` of the network or of TLS, or when the answer takes too long
 */
export function ask(
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<DoctorAnswer> {
  const start = url.protocol === "https:" ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(patienceSeconds * 1000);
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(signal.aborted ? new Error(`no answer within ${patienceSeconds} s`) : error);
    start(url, { headers, agent: false, signal }, (response) => {
      const { socket, statusCode: status = 0, headers: answered } = response;
      const certificateEndsAt = endOf(socket);
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
        if (body.length > mostCharacters) response.destroy(new Error("the answer has no end"));
      });
      response.on("error", fail);
      response.on("end", () => resolve({ status, headers: answered, body, certificateEndsAt }));
    })
      .on("error", fail)
      .end();
  });
}

/** Whether a fault is about the certificate or the handshake, and not about reaching the server. */
export function isTlsFault(error: unknown): boolean {
  const { code = "" } = error as { code?: string };
  return /^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/.test(code);
}

function endOf(socket: unknown): number | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const end = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(end) ? undefined : Math.floor(end / 1000);
}
