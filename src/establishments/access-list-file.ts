import { Worker } from "node:worker_threads";
import { listText } from "../spreadsheets/index.ts";
import { type AccessList, type ListChoices, readAccessList } from "./access-list.ts";

/** A list to read: a file as it was saved, or its text. */
export interface ListJob {
  readonly list: Uint8Array | string;
  /** Epoch seconds. */
  readonly now: number;
  readonly choices: ListChoices;
}

/** A list that was read, and what it says as text: line by line the same, whatever kind of file it was. */
export interface AccessListFile extends AccessList {
  readonly text: string;
  /** The sheets of a workbook that hold something and were not read. */
  readonly unreadSheets: readonly string[];
}

/** A longer list, or any file, is read in a thread of its own: nobody's sign-in waits for it. */
const longestHere = 100_000;
const longestSeconds = 60;
const mostMegabytes = 512;

/** One at a time: each may need its memory. */
let before: Promise<unknown> = Promise.resolve();

/** Reads a list of accesses: a file of any encoding, CSV, JSON lines or `.xlsx`; or a pasted text. */
export function readListFile(job: ListJob): Promise<AccessListFile> {
  if (typeof job.list === "string" && job.list.length <= longestHere) return readListFileHere(job);
  const reading = before.then(() => readInThread(job));
  before = reading.catch(() => undefined);
  return reading;
}

/** The same, in the calling thread. */
export async function readListFileHere({ list, now, choices }: ListJob): Promise<AccessListFile> {
  const read = typeof list === "string" ? { text: list, unreadSheets: [] } : await listText(list);
  if (!read.fault) return { ...read, ...readAccessList(read.text, now, choices) };
  const { line, reason, details } = read.fault;
  const problem = { line, column: "list", found: "", reason, ...(details && { details }) };
  return { ...unreadList, problems: [problem] };
}

const unreadList = {
  ...{ text: "", unreadSheets: [], lines: [], repeated: [], ended: [] },
  ...{ problems: [], unreadColumns: [], rows: [] },
} satisfies AccessListFile;

/** A list that takes all its thread's memory or time is none that people have. */
async function readInThread(job: ListJob): Promise<AccessListFile> {
  const worker = new Worker(new URL("access-list-worker.ts", import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
  });
  const { promise, resolve } = Promise.withResolvers<AccessListFile>();
  const giveUp = () => {
    const problem = { line: 1, column: "list", found: "", reason: "list-unreadable" } as const;
    resolve({ ...unreadList, problems: [problem] });
  };
  const timer = setTimeout(giveUp, longestSeconds * 1000);
  worker.once("message", resolve);
  worker.once("error", giveUp);
  worker.once("exit", giveUp);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
