/**
 * The operator's command line, `lopauth` (contract §6): reads words, asks a room one thing, prints the
 * answer. An answer goes to standard output, as aligned text or with `--json` as one JSON document; what
 * is wrong goes to standard error, as text or as `{ "error", "problems" }`. Exit codes: 0 done, 1 refused
 * or failed, 2 wrong usage. Commands work beside a running server. It owns no URL and no table.
 */
export { endWithReader } from "./closed-pipes.ts";
export { runCommandLine } from "./run.ts";
