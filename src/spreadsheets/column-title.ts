/** A column's title in lower case, without accents, each run of signs as one space: `N° SIRET` is `n siret`, `given_name` `given name`. */
export function foldedTitle(typed: string): string {
  return typed
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}|°/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
