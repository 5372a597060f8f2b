import type { Context } from "koa";
import type { EmailAddress } from "../foundation/index.ts";
import { renderPage, wordsOf } from "../web/index.ts";

/** New recovery codes on the page that shows them. */
export interface ShownRecoveryCodes {
  /** The address of the page, to which its form is sent, too. */
  readonly action: string;
  readonly email: EmailAddress;
  /** None when the person holds some already. */
  readonly codes: readonly string[];
}

/**
 * The page of new recovery codes, or with `?save=1` the same as a file: a link that works without a script, and changes
 * nothing, for the codes stand in the cookie of this page until its button is pressed.
 */
export async function showRecoveryCodes(
  ctx: Context,
  { action, email, codes }: ShownRecoveryCodes,
): Promise<void> {
  if (ctx.query["save"] === "1" && codes.length > 0) {
    saveCodes(ctx, email, codes);
    return;
  }
  await renderPage(ctx, 200, "second-factors/recovery-codes", {
    form: { action, values: {}, problems: [] },
    ...{ codes, email, saveUrl: `${action}?save=1` },
  });
}

/** Lines end as the oldest editors of Windows want them. */
function saveCodes(ctx: Context, email: EmailAddress, codes: readonly string[]): void {
  const t = wordsOf(ctx);
  const lines = [t("recovery-codes.file.text", { email }), "", ...codes];
  ctx.status = 200;
  ctx.attachment(t("recovery-codes.file-name.text"));
  ctx.type = "text/plain; charset=utf-8";
  ctx.body = `${lines.join("\r\n")}\r\n`;
}
