import type { Middleware } from "koa";
import type { AccountActs } from "./account-acts.ts";
import type { AccountPorts } from "./account-ports.ts";
import { accountPageRoutes } from "./account-routes.ts";
import { addressRoutes } from "./address-routes.ts";
import { browserAlertRoutes } from "./browser-alert-routes.ts";
import { browserCookies } from "./browser-cookies.ts";
import { journeyFinder } from "./journey.ts";
import { ownDataRoutes } from "./own-data-routes.ts";
import { ownSignIns } from "./own-sign-ins.ts";
import { passwordRoutes } from "./password-routes.ts";
import { accountRoutes } from "./routes.ts";

/** Every page of this room. */
export function accountPages(ports: AccountPorts, acts: AccountActs): Middleware[] {
  const { ground, record, audit, web, clients, personalData } = ports;
  const { asks } = acts;
  const { startAgain } = clients;
  const served = {
    ...acts,
    ...{ record, limits: web.limits, formGuards: web.formGuards, startAgain },
    cookies: browserCookies(),
    encryption: ground.encryption,
  };
  const routers = [
    accountRoutes({
      ...served,
      findJourney: journeyFinder(asks.journeyWithin.ask, clients),
    }),
    accountPageRoutes({
      ...served,
      ownEstablishments: asks.ownEstablishments.ask,
      organisationsUrl: asks.organisationsUrl.ask,
      requestsUrl: "/account/requests",
      signOutUrl: "/sign-out",
      mayAddPasskey: asks.mayAddPasskey.ask,
    }),
    passwordRoutes(served),
    browserAlertRoutes(served),
    addressRoutes(served),
    ownDataRoutes({
      ...served,
      ownSignIns: ownSignIns(audit, clients.serviceNameOf),
      ownData: personalData.export,
    }),
  ];
  return routers.map((router) => router.routes() as Middleware);
}
