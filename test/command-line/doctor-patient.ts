import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { DoctorParts, Finding } from "../../src/command-line/doctor-finding.ts";
import { runCommandLine } from "../../src/command-line/index.ts";
import { systemRandom } from "../../src/foundation/index.ts";
import { type Settings, readSettings } from "../../src/operations/index.ts";
import type { TestCertificate } from "../support/certificate.ts";

/** What one run of `lopauth doctor` left behind. */
export interface Examination {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Epoch seconds of this machine: the doctor compares clocks with others'. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** Runs `lopauth doctor` with these settings; `at` is what the operator's machine calls now. */
export async function examine(
  settings: () => Settings,
  words: readonly string[] = [],
  at: number = now(),
): Promise<Examination> {
  const written = { out: "", err: "" };
  const code = await runCommandLine(["doctor", ...words], {
    readSettings: settings,
    terminal: {
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
    },
    clock: { epochSeconds: () => at, epochMilliseconds: () => at * 1000 },
    random: systemRandom,
  });
  return { ...written, code };
}

/** The findings of one check of `lopauth doctor --json`. */
export function findings({ out }: Examination, check: string): readonly Finding[] {
  return (JSON.parse(out) as Finding[]).filter((finding) => finding.check === check);
}

/** What a single check works with: development settings, changed by these. */
export function doctorParts(changes: Partial<Settings> = {}, at: number = now()): DoctorParts {
  const secrets = {
    COOKIE_KEYS: systemRandom.secret(),
    ENCRYPTION_KEYS: systemRandom.secret(),
  };
  return {
    settings: { ...readSettings(secrets, () => ({})), ...changes },
    clock: { epochSeconds: () => at, epochMilliseconds: () => at * 1000 },
    random: systemRandom,
  };
}

/** A server that answers what a test wants where a provider should be. */
export interface Impostor {
  readonly port: number;
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** Listens on loopback; with a certificate it speaks TLS. */
export async function startImpostor(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  certificate?: TestCertificate,
): Promise<Impostor> {
  const server: Server = certificate ? createTlsServer(certificate, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${certificate ? "https" : "http"}://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
