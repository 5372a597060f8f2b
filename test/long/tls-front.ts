import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../support/free-port.ts";

/** TLS on loopback in front of a provider, as a proxy ends it: for clients that take no other issuer. */
export interface TlsFront {
  readonly origin: string;
  /** Where it leads, once that listens. */
  readonly leadTo: (port: string) => void;
  readonly close: () => Promise<void>;
}

/** Starts it, with a certificate of its own for a day. */
export async function startTlsFront(): Promise<TlsFront> {
  const port = await freePort();
  let target = "";
  const server = createServer(await certificate(), (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" };
    const options = { port: target, method, path: url, headers: { ...headers, ...forwarded } };
    const onward = request(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    origin: `https://localhost:${port}`,
    leadTo: (to) => {
      target = to;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** By openssl: Chromium does not read the ones that the tests write by hand. */
async function certificate(): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1";
  const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  try {
    const words = [...kind.split(" "), ...name, "-keyout", key, "-out", cert];
    await promisify(execFile)("openssl", words);
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
