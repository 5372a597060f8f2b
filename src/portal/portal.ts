import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { failurePage } from "./failures.ts";
import { logoutTokenReader } from "./logout-token.ts";
import { OpenIdClient } from "./open-id.ts";
import { portalRoutes } from "./routes.ts";
import { securityHeaders } from "./security-headers.ts";
import { hearSignals } from "./signals.ts";
import { Visitors } from "./visitors.ts";

/** What an integrator needs to know to be a client of the provider. */
export interface PortalSettings {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The provider's issuer identifier; http is accepted for development only. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where browsers find this portal; `http://HOST:PORT` unless told. */
  readonly baseUrl?: string;
  /** Whether it hears the provider's Shared Signals; no unless told. */
  readonly hearsSignals?: boolean;
  /** Where faults are told; standard error unless told. */
  readonly log?: (line: string) => void;
  /** The current instant in milliseconds since the epoch; the machine's unless told. */
  readonly now?: () => number;
}

/** A portal that runs. */
export interface Portal {
  /** Where browsers find it, without a final slash. */
  readonly url: string;
  /** Finishes the requests under way, then stops. */
  readonly close: () => Promise<void>;
}

/** Starts the portal. The provider may start later: it is asked at the first login. */
export async function startPortal(settings: PortalSettings): Promise<Portal> {
  const server = createServer();
  await listen(server, settings.host, settings.port);
  const { port } = server.address() as AddressInfo;
  const url = (settings.baseUrl ?? `http://${settings.host}:${port}`).replace(/\/+$/, "");
  const { now = Date.now, log = console.error } = settings;
  const visitors = new Visitors({ now, secure: url.startsWith("https:") });
  const handle = createApp({ ...settings, baseUrl: url, log }, visitors).callback();
  server.on("request", (request, response) => {
    void handle(request, response);
  });
  const stopping = new AbortController();
  const hearing = settings.hearsSignals
    ? hearSignals({ ...settings, log }, visitors, stopping.signal)
    : Promise.resolve();
  return {
    url,
    close: async () => {
      stopping.abort();
      await Promise.all([close(server), hearing]);
    },
  };
}

type AppSettings = PortalSettings & Required<Pick<PortalSettings, "baseUrl" | "log">>;

function createApp(settings: AppSettings, visitors: Visitors): Koa {
  const { issuer, baseUrl, log } = settings;
  // Where the provider shows people who they are there; it leads back here.
  const client = new URLSearchParams({ client_id: settings.clientId });
  const accountUrl = `${issuer}/account?${client.toString()}`;
  const app = new Koa();
  app.use(securityHeaders({ issuer, baseUrl }));
  app.use(failurePage({ baseUrl, accountUrl, log }));
  const openId = new OpenIdClient(settings);
  const readLogoutToken = logoutTokenReader({ ...settings, keysUrl: () => openId.keysUrl() });
  const router = portalRoutes({ openId, visitors, readLogoutToken, issuer, baseUrl, accountUrl });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A connection kept alive is idle only once its answer is out: it is looked for again and again.
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, 50);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}
