import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A stand-in for the public directory of establishments. */
export interface DirectoryFake {
  /** What `DIRECTORY_URL` says to ask it. */
  readonly url: string;
  /** Every request's path and query, the oldest first. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** What it answers in the place of an invented establishment. */
export type FakeAnswer = (siret: string, response: ServerResponse) => void;

/**
 * Starts a directory on loopback, for development and tests: it invents an establishment for every SIRET, in the shape
 * that the real one has. Those that end in 9 are closed, so that this can be seen too.
 */
export async function startDirectoryFake(
  answer: FakeAnswer = answerInvented,
): Promise<DirectoryFake> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const url = new URL(request.url ?? "/", "http://directory.test");
    if (url.pathname === "/search") answer(url.searchParams.get("q") ?? "", response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => close(server) };
}

/** The answer about one establishment, as the real directory writes it. */
export function directoryAnswer(
  siret: string,
  establishment: { readonly name: string; readonly address: string; readonly closed?: boolean },
): object {
  const { name, address, closed = false } = establishment;
  const company = { siren: siret.slice(0, 9), nom_complet: name };
  const etat_administratif = closed ? "F" : "A";
  return {
    results: [
      { ...company, matching_etablissements: [{ siret, adresse: address, etat_administratif }] },
    ],
    total_results: 1,
  };
}

function answerInvented(siret: string, response: ServerResponse): void {
  const number = Number(siret.slice(-4)) || 1;
  const body = directoryAnswer(siret, {
    name: `${trades[number % trades.length] ?? ""} ${siret.slice(0, 3)}`.toUpperCase(),
    address: `${number % 90} RUE DU COMMERCE 75015 PARIS`,
    closed: siret.endsWith("9"),
  });
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const trades = [
  "Boulangerie du Marché",
  "Librairie des Arts",
  "Centre de formation",
  "Quincaillerie",
];

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
