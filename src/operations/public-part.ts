/**
 * What is shown of a value. A password may itself hold `@`, `/` or `?` (that may be what is wrong), so all
 * that could belong to one is hidden: what stands before the last `@`, and a query.
 */
export function publicPart(value: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(value)?.[0] ?? "";
  const rest = value.slice(scheme.length);
  const query = rest.indexOf("?");
  const at = rest.lastIndexOf("@");
  if (query < 0 && at < 0) return value;
  if (query >= 0 && at >= 0) return `${scheme}[hidden]`;
  return scheme + (at < 0 ? `${rest.slice(0, query)}?[hidden]` : `[hidden]@${rest.slice(at + 1)}`);
}
