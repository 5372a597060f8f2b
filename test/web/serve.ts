import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import Koa, { type Middleware } from "koa";
import { createWords } from "../../src/operations/index.ts";
import { loadAssets } from "../../src/web/assets.ts";
import { pages } from "../../src/web/views.ts";

/** The project's own pages. */
export const viewsFolder = fileURLToPath(new URL("../../views", import.meta.url));
export const words = createWords(viewsFolder);
export const assets = loadAssets(`${viewsFolder}/assets`);

/** What every request of a test's application passes to have pages. */
export function testPages(
  accessibilityState?: "none" | "partial" | "full",
  folder = viewsFolder,
): Middleware {
  const contactUrl = "https://www.lopcommerce.com";
  return pages({ viewsFolder: folder, words, assets, cache: true, contactUrl, accessibilityState });
}

/** An application listening on a free port, for one test file. */
export interface Served {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the middleware, in order, on 127.0.0.1. */
export async function serve(...middleware: readonly Middleware[]): Promise<Served> {
  const app = new Koa();
  app.silent = true;
  for (const each of middleware) app.use(each);
  const handle = app.callback();
  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
