import { Router } from "@koa/router";
import type { SubjectOf } from "../accounts/index.ts";
import type { ArtifactStore } from "../artifacts/index.ts";
import { type Clock, parsedJson } from "../foundation/index.ts";
import type { RefusedAddresses } from "../mail/index.ts";
import type { MailEventSettings, RecordEvent } from "../operations/index.ts";
import { bodyText } from "../web/index.ts";
import { apiPath } from "./api-resource.ts";
import { bouncesOf } from "./mail-event-shapes.ts";
import { judgeReport, signatureSeconds } from "./mail-event-signatures.ts";
import { type ProblemAnswerParts, otherMethod, problemAnswers, send } from "./problem-answers.ts";
import { problem } from "./problems.ts";

/** What reports of whoever delivers our mail are taken with. */
export interface MailEventParts extends ProblemAnswerParts {
  readonly settings: MailEventSettings;
  readonly clock: Clock;
  readonly artifacts: Pick<ArtifactStore, "find" | "insertOnce">;
  readonly refusedAddresses: Pick<RefusedAddresses, "stop">;
  readonly subjectOf: SubjectOf;
  readonly record: RecordEvent;
}

/** A batch of SendGrid's is below this. */
const longestReportBytes = 1_000_000;

/**
 * `POST /api/v1/mail-events`: what could not be delivered after all. Signed by who reports it, in place of a token; nothing is
 * believed of what is not known to be signed.
 */
export function mailEventRoutes(parts: MailEventParts): Router {
  const router = new Router();
  const path = `${apiPath}/mail-events`;
  router.use(path, problemAnswers(parts));
  router.post(path, async (ctx) => {
    const text = await bodyText(ctx, "json", longestReportBytes);
    const report = parsedJson(text);
    if (report === undefined) {
      send(ctx, problem("body-unreadable"));
      return;
    }
    const name = judgeReport(
      { header: (each) => ctx.get(each), text, said: report },
      parts.settings,
      parts.clock,
    );
    if (name === undefined) {
      send(ctx, problem("signature-refused"));
      return;
    }
    const isRepeated = await parts.artifacts.find("ReplayDetection", name);
    const noted = isRepeated && !isRepeated.expired ? 0 : await note(parts, report);
    await parts.artifacts.insertOnce("ReplayDetection", name, 2 * signatureSeconds);
    send(ctx, { status: 200, body: { noted } });
  });
  router.all(path, otherMethod("POST"));
  return router;
}

async function note(parts: MailEventParts, report: unknown): Promise<number> {
  const bounces = bouncesOf(report);
  for (const { email, status } of bounces) {
    await parts.refusedAddresses.stop(email, `bounced ${status}`.trim());
    await parts.record({
      ...{ name: "mail-failed", outcome: "refused", reason: "bounced" },
      subject: await parts.subjectOf(email),
      details: status === "" ? {} : { error: status },
    });
  }
  return bounces.length;
}
