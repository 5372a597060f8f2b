import type { Context } from "koa";
import type { Account } from "../accounts/index.ts";
import { serviceName } from "../clients/index.ts";
import type { Problem } from "../foundation/index.ts";
import type { PasskeySignIn } from "../second-factors/index.ts";
import { renderPage } from "../web/index.ts";
import { twoFactors } from "./authentication-levels.ts";
import { type InteractionState, mayReturn } from "./interaction.ts";
import { isOwnClient } from "./own-client.ts";
import { otherPersonReasons, passwordMissingReason } from "./prompts.ts";
import { staffIdleReason } from "./staff-idle.ts";

/** What the page reads. */
export interface SignInPageParts {
  readonly passkeySignIn: PasskeySignIn;
  readonly findAccount: (sub: string) => Promise<Account | undefined>;
}

/** Below an interaction: what a device is asked for. */
export const passkeyRequestPath = "/passkey";

/** What was typed, and may be shown again. */
export interface TypedSignIn {
  readonly email: string;
  readonly shared_computer: string;
}

/** The sign-in page, or that of who confirms who they are. */
export async function showSignIn(
  ctx: Context,
  state: InteractionState,
  parts: SignInPageParts,
  status: number,
  typed: TypedSignIn,
  problems: readonly Problem[],
): Promise<void> {
  const { journey, client } = state;
  const asked = askedSignIn(state);
  const known = asked.sub === undefined ? undefined : await parts.findAccount(asked.sub);
  const isKept = !known || (status !== 200 && typed.email !== "");
  const values = { ...typed, email: isKept ? typed.email : known.email };
  // Its own address: below `prompt=create` that of the authorization is the sign-up.
  const form = { action: journey.signInUrl, values, problems };
  const recoveryUrl = `${journey.base}/recovery`;
  const isOffered = !asksPassword(state) && (await parts.passkeySignIn.isOffered(asked));
  const passkeyUrl = isOffered ? `${journey.base}${passkeyRequestPath}` : undefined;
  if (isConfirmation(state)) {
    const isPasswordMissing = state.interaction.prompt.reasons.includes(passwordMissingReason);
    const model = { form, recoveryUrl, passkeyUrl, isPasswordMissing };
    return renderPage(ctx, status, "accounts/confirm", model);
  }
  await renderPage(ctx, status, "accounts/sign-in", {
    form,
    passkeyUrl,
    signUpUrl: `${journey.base}/signup`,
    recoveryUrl,
    mayReturn: mayReturn(state),
    serviceName: serviceName(client),
    signedInAs: await signedInInstead(state, parts),
  });
}

/** The address of who is signed in where the client asks for somebody else: without a word the page would come back for ever. */
async function signedInInstead(
  { interaction }: InteractionState,
  { findAccount }: SignInPageParts,
): Promise<string | undefined> {
  const { prompt, session } = interaction;
  const isOther = prompt.reasons.some((reason) => otherPersonReasons.has(reason));
  if (!isOther || session?.accountId === undefined) return undefined;
  return (await findAccount(session.accountId))?.email;
}

/** What a device is asked for here, and who is known already. */
export function askedSignIn(state: InteractionState) {
  const { uid, session } = state.interaction;
  return { uid, sub: isConfirmation(state) ? session?.accountId : undefined };
}

/** Our own pages ask who is signed in there again: their last proof is too old, or too little, for what they are about to do. */
export function isConfirmation({ interaction, client }: InteractionState): boolean {
  const { session, prompt } = interaction;
  const isOwn = isOwnClient(client);
  const isOld = prompt.reasons.some((reason) => confirmationReasons.has(reason));
  return isOwn && session?.accountId !== undefined && isOld;
}

const confirmationReasons: ReadonlySet<string> = new Set([
  "max_age",
  staffIdleReason,
  passwordMissingReason,
]);

/** On the way to the back office a passkey alone is no proof, so none is asked for. */
export function asksPassword({ interaction, client }: InteractionState): boolean {
  return isOwnClient(client) && interaction.params["acr_values"] === twoFactors;
}
