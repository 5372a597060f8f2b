import type { Context } from "koa";
import { type Account, type OwnSessions, shownDay } from "../accounts/index.ts";
import { type PageModels, formFields, pageState, renderPage } from "../web/index.ts";
import type { SecondFactors } from "./second-factors.ts";
import { home, removalPath, renewalPath } from "./security-pages.ts";

/** What the questions read. */
export interface QuestionParts {
  readonly secondFactors: SecondFactors;
  readonly sessions: Pick<OwnSessions, "list">;
}

type Effects = PageModels["second-factors/factor-question"]["effects"];

/** What a form says once its person has seen what it would do; `last`: that it takes the last factor of staff. */
export const confirmation = { asked: "1", last: "last" } as const;

/** Whether the form says that its person has seen what it does. */
export function isConfirmed(ctx: Context): boolean {
  const { confirmed } = formFields(ctx.request.body, ["confirmed"]);
  return confirmed === confirmation.asked || confirmed === confirmation.last;
}

/**
 * Asks before a factor is turned off, with what would end. Of staff the last one has a question of its own.
 * @param credentialId that of a passkey; undefined for the application
 * @returns false when it is not turned on, so that there is nothing to ask
 */
export async function askRemoval(
  ctx: Context,
  { secondFactors, sessions }: QuestionParts,
  account: Account,
  credentialId: string | undefined,
): Promise<boolean> {
  const [{ totpSince, recoveryCodesLeft }, passkeys] = await Promise.all([
    secondFactors.held(account.sub),
    secondFactors.passkeys.list(account.sub),
  ]);
  const passkey = passkeys.find((each) => each.credentialId === credentialId);
  if (credentialId === undefined ? totpSince === undefined : !passkey) return false;
  const left = passkeys.length + (totpSince === undefined ? 0 : 1) - 1;
  const others = await othersOf(ctx, sessions, account);
  if (left === 0 && account.role !== undefined) {
    await askLast(ctx, credentialId, others);
    return true;
  }
  await ask(ctx, {
    action: removalPath(credentialId),
    reason: passkey ? "passkey" : "application",
    passkey: passkey && {
      name: passkey.name,
      since: shownDay(passkey.createdAt, pageState(ctx).locale ?? "fr"),
    },
    effects: [
      { name: "sessions", count: others },
      { name: "factors-left", count: left },
      ...(left === 0 ? lastOf(recoveryCodesLeft) : []),
    ],
  });
  return true;
}

/** Asks before staff turn their last factor off, when it became the last one since the question before. */
export async function askLastFactor(
  ctx: Context,
  { sessions }: Pick<QuestionParts, "sessions">,
  account: Account,
  credentialId: string | undefined,
): Promise<void> {
  await askLast(ctx, credentialId, await othersOf(ctx, sessions, account));
}

/** Asks before new recovery codes make those that are written down void. */
export async function askNewCodes(
  ctx: Context,
  { secondFactors }: Pick<QuestionParts, "secondFactors">,
  { sub }: Account,
): Promise<void> {
  const { recoveryCodesLeft } = await secondFactors.held(sub);
  await ask(ctx, {
    action: renewalPath,
    reason: "codes",
    effects: [{ name: "codes-void", count: recoveryCodesLeft }, { name: "codes-once" }],
  });
}

function lastOf(codesLeft: number): Effects {
  return [{ name: "codes-void", count: codesLeft }, { name: "password-alone" }];
}

async function othersOf(
  ctx: Context,
  sessions: Pick<OwnSessions, "list">,
  account: Account,
): Promise<number> {
  return (await sessions.list(ctx, account)).filter(({ isCurrent }) => !isCurrent).length;
}

function ask(
  ctx: Context,
  {
    action,
    ...question
  }: Pick<PageModels["second-factors/factor-question"], "reason" | "passkey" | "effects"> & {
    readonly action: string;
  },
): Promise<void> {
  // Not the address of this request: a form that was kept is carried out at another.
  const form = { action, values: { confirmed: confirmation.asked }, problems: [] };
  return renderPage(ctx, 200, "second-factors/factor-question", {
    ...{ ...question, form, backUrl: home },
  });
}

function askLast(ctx: Context, credentialId: string | undefined, sessions: number): Promise<void> {
  const action = removalPath(credentialId);
  const form = { action, values: { confirmed: confirmation.last }, problems: [] };
  return renderPage(ctx, 200, "second-factors/last-factor", { form, sessions, backUrl: home });
}
