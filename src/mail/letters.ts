import { readFileSync } from "node:fs";
import { join } from "node:path";
import ejs from "ejs";
import { type Locale, escapeHtml } from "../foundation/index.ts";
import type { Words } from "../operations/index.ts";
import type { LetterName, Letters } from "./letter.ts";

/**
 * Writes letters from the templates of `views/mail/`: a layout of each kind, `layout.txt.ejs` and
 * `layout.html.ejs`, which includes the letter. What a template is given stands under the one local `mail`, never
 * spread: ejs takes unknown locals for options. The subject of a letter is the sentence `mail.<letter>.subject`.
 * @param viewsFolder absolute path of the folder `views/`
 */
export function createLetters({
  viewsFolder,
  words,
}: {
  readonly viewsFolder: string;
  readonly words: Words;
}): Letters {
  const text = layout(viewsFolder, "txt", plainText);
  const html = layout(viewsFolder, "html", escapeHtml);
  return {
    render: (letter, locale, model) => {
      const t = words(locale);
      const subject = t(`mail.${baseName(letter)}.subject`);
      const mail = { t, locale: locale satisfies Locale, subject, model };
      return {
        subject,
        text: tidy(text({ mail: { ...mail, body: `/mail/${letter}.txt.ejs` } })),
        html: html({ mail: { ...mail, body: `/mail/${letter}.html.ejs` } }),
      };
    },
  };
}

function layout(viewsFolder: string, kind: "txt" | "html", escape: typeof escapeHtml) {
  const filename = join(viewsFolder, "mail", `layout.${kind}.ejs`);
  return ejs.compile(readFileSync(filename, "utf8"), {
    filename,
    root: viewsFolder,
    // Included templates are read and compiled once: a letter is rendered inside a transaction.
    cache: true,
    strict: true,
    destructuredLocals: ["mail", "part"],
    escape,
  });
}

function baseName(letter: LetterName): string {
  return letter.slice(letter.indexOf("/") + 1);
}

/** A value stays on its line, so that no name can forge a sentence or a link of ours. */
function plainText(value: string | number | null | undefined): string {
  return String(value ?? "").replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

function tidy(text: string): string {
  return `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}
