/** What somebody who means ill, or a broken program, puts into a field; by what it tries. */
export const hostileValues: Readonly<Record<string, string>> = {
  nothing: "",
  "a NUL": "a\0b@partenaire.test",
  "a lone surrogate": "%ED%A0%80",
  "a right-to-left override": "\u202Etset.eriantrap@ennaej",
  HTML: "\"><planted src=x onerror=planted()>'<!--",
  "a script": "</title></textarea></script><script>planted()</script>",
  "the delimiters of a template": "<%= 7919*7907 %><%- 7919*7907 %>${7919*7907}{{7919*7907}}",
  "a second header": "jeanne@partenaire.test\r\nBcc: planted@evil.test",
  "an address with a second one": "jeanne@partenaire.test,planted@evil.test",
  "the end of a statement": "'; DROP TABLE accounts; --",
  "the name of a prototype": "__proto__",
  "a number": "1e400",
  "100 kB": "x".repeat(100_000),
  "1 MB": "x".repeat(1_000_000),
};

/** A lone surrogate has no UTF-8 form: it is sent as the bytes that a careless program would write. */
const rawValues = new Set(["a lone surrogate"]);

/** Each way to send one field of a form wrong, as a urlencoded body that keeps the other fields. */
export function hostileBodies(
  fields: Readonly<Record<string, string>>,
  name: string,
): { readonly what: string; readonly body: string }[] {
  const others = Object.entries(fields).filter(([each]) => each !== name);
  const rest = new URLSearchParams(others).toString();
  const own = encodeURIComponent(fields[name] ?? "");
  const with_ = (...pairs: string[]) => [rest, ...pairs].filter((part) => part !== "").join("&");
  return [
    { what: "missing", body: with_() },
    { what: "doubled", body: with_(`${name}=${own}`, `${name}=${own}`) },
    { what: "an array", body: with_(`${name}[]=${own}`) },
    { what: "an object", body: with_(`${name}[toString]=${own}`) },
    ...Object.entries(hostileValues).map(([what, value]) => ({
      what,
      body: with_(`${name}=${rawValues.has(what) ? value : encodeURIComponent(value)}`),
    })),
  ];
}

/** Whether an answer holds what {@link hostileValues} planted, as markup or as a computed template. */
export function showsPlanted(html: string): boolean {
  return /<planted|<script>planted|62615533/i.test(html);
}
