/** Where a text stops being JSON, counted from 1, and the character that stands there. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** Undefined at the end of the text. */
  readonly character: string | undefined;
}

type Expected = "value" | "firstItem" | "firstName" | "name" | "colon" | "next" | "nothing";

const token =
  /[{}[\],:]|"(?:[\u0020\u0021\u0023-\u005b\u005d-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const space = /[ \t\r\n]*/y;

/**
 * Finds the first fault of a text that is not JSON; undefined when it is JSON. `JSON.parse` says the position of some faults only,
 * and quotes the text around others, which may be a secret.
 * @see RFC 8259
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: string[] = [];
  let expected: Expected = "value";
  let position = matchEnd(space, text, 0);
  while (position < text.length) {
    const end = matchEnd(token, text, position);
    const after: Expected | undefined =
      end > position ? step(expected, text[position] ?? "", open) : undefined;
    if (!after) return faultAt(text, position);
    expected = after;
    position = matchEnd(space, text, end);
  }
  return expected === "nothing" ? undefined : faultAt(text, position);
}

/** What may follow a token, told by its first character; undefined when it may not stand here. `open` holds the brackets not yet closed. */
function step(expected: Expected, first: string, open: string[]): Expected | undefined {
  if (first === "}" || first === "]") return closing(expected, first, open);
  if (first === ",") return expected === "next" ? afterComma(open) : undefined;
  if (first === ":") return expected === "colon" ? "value" : undefined;
  if (expected === "name" || expected === "firstName") return first === '"' ? "colon" : undefined;
  if (expected !== "value" && expected !== "firstItem") return undefined;
  return opening(first, open);
}

function closing(expected: Expected, bracket: "}" | "]", open: string[]): Expected | undefined {
  const empty = bracket === "}" ? "firstName" : "firstItem";
  const closes = open.at(-1) === (bracket === "}" ? "{" : "[");
  if (!closes || (expected !== "next" && expected !== empty)) return undefined;
  open.pop();
  return afterValue(open);
}

/** A value begins: whole at once, or by a bracket. */
function opening(first: string, open: string[]): Expected {
  if (first !== "{" && first !== "[") return afterValue(open);
  open.push(first);
  return first === "{" ? "firstName" : "firstItem";
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? "nothing" : "next";
}

function afterComma(open: readonly string[]): Expected {
  return open.at(-1) === "{" ? "name" : "value";
}

/** The end of the match of a sticky pattern, or `from` when it does not match there. */
function matchEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

function faultAt(text: string, position: number): JsonFault {
  const before = text.slice(0, position);
  const lineStart = before.lastIndexOf("\n") + 1;
  const code = text.codePointAt(position);
  return {
    line: before.split("\n").length,
    column: position - lineStart + 1,
    character: code === undefined ? undefined : String.fromCodePoint(code),
  };
}
