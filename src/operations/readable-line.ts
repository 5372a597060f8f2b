/**
 * One line for the eyes of a developer, made of a JSON line: `14:03:27 INFO  message  key=value`. The
 * stack of an error follows it, indented.
 */
export function readableLine(json: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const { stack, ...error } = (err ?? {}) as { stack?: string; message?: string };
  const pairs = Object.entries({ ...fields, ...(error.message && { error: error.message }) }).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const clockTime = String(time).slice(11, 19);
  const head = [clockTime, String(level).toUpperCase().padEnd(5), String(msg), ...pairs].join(" ");
  return `${shown(head)}\n${stack ? `${shown(stack, /[^\P{Cc}\n]+/gu).replaceAll(/^/gm, "    ")}\n` : ""}`;
}

/** A line feed or an escape sequence in a value must not forge a second line or paint the terminal. */
function shown(text: string, ruling = /\p{Cc}+/gu): string {
  return text.replaceAll(ruling, " ");
}
