import { accountActRoutes } from "./account-act-routes.ts";
import { accountListRoutes } from "./account-list-routes.ts";
import { accountPageRoutes } from "./account-page-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import type { BackofficeParts } from "./backoffice-parts.ts";
import { claimsRoutes } from "./claims-routes.ts";
import { clientEditRoutes } from "./client-edit-routes.ts";
import { clientRegistrationRoutes } from "./client-registration-routes.ts";
import { clientRoutes } from "./client-routes.ts";
import { closingRoutes } from "./closing-routes.ts";
import { endingRoutes } from "./ending-routes.ts";
import { everybodyOutRoutes } from "./everybody-out-routes.ts";
import { exportRoutes } from "./export-routes.ts";
import { helpRoutes } from "./help-routes.ts";
import { importRoutes } from "./import-routes.ts";
import { invitationRoutes } from "./invitation-routes.ts";
import { inviteRoutes } from "./invite-routes.ts";
import { keptFormRoutes } from "./kept-form-routes.ts";
import { letterRoutes } from "./letter-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { noticeRoutes } from "./notice-routes.ts";
import { organisationRoutes } from "./organisation-routes.ts";
import { openingRoutes } from "./opening-routes.ts";
import { outboxRoutes } from "./outbox-routes.ts";
import { requestDecisionRoutes } from "./request-decision-routes.ts";
import { requestListRoutes } from "./request-list-routes.ts";
import { requestRoutes } from "./request-routes.ts";
import { signalRoutes } from "./signal-routes.ts";
import { seenRoutes } from "./seen-routes.ts";
import { signUpRoutes } from "./sign-up-routes.ts";
import { StaffRouter } from "./staff-router.ts";

/** `/admin…`, every route with its rule. */
export function backofficeRoutes(parts: BackofficeParts): StaffRouter {
  const routes = new StaffRouter(parts);
  accountListRoutes(routes, parts);
  endingRoutes(routes, parts);
  signUpRoutes(routes, parts);
  accountPageRoutes(routes, parts);
  accountActRoutes(routes, parts);
  helpRoutes(routes, parts);
  letterRoutes(routes, parts);
  seenRoutes(routes, parts);
  openingRoutes(routes, parts);
  closingRoutes(routes, parts);
  requestListRoutes(routes, parts);
  requestDecisionRoutes(routes, parts);
  // Before `:id`, which "notices" would be.
  noticeRoutes(routes, parts);
  requestRoutes(routes, parts);
  inviteRoutes(routes, parts);
  invitationRoutes(routes, parts);
  organisationRoutes(routes, parts);
  claimsRoutes(routes, parts);
  auditRoutes(routes, parts);
  importRoutes(routes, parts);
  exportRoutes(routes, parts);
  // Before `:id`, which "new" would be.
  clientRegistrationRoutes(routes, parts);
  clientRoutes(routes, parts);
  clientEditRoutes(routes, parts);
  signalRoutes(routes, parts);
  memberRoutes(routes, parts);
  outboxRoutes(routes, parts);
  everybodyOutRoutes(routes, parts);
  keptFormRoutes(routes, parts);
  return routes;
}
