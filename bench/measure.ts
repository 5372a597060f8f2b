import { readFileSync, readdirSync } from "node:fs";

/** The middle value; of an even number the upper one. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The least and the most, to three digits after the point. */
export function spread(values: readonly number[]): readonly [number, number] {
  return [rounded(Math.min(...values), 3), rounded(Math.max(...values), 3)];
}

/** The value below which a share of the others lies; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Rounded to so many digits after the point, as it is printed. */
export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** The CPU time that a process has used with all its threads that live, in ms (by nanoseconds). Linux only. */
export function cpuMilliseconds(pid: number): number {
  return sumOf(threadMilliseconds(pid));
}

/** All values together. */
export function sumOf(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((sum, each) => sum + each, 0);
}

/** The same by the name that Node, libuv and V8 give their threads: `MainThread`, `libuv-worker`, … */
export function threadMilliseconds(pid: number): Readonly<Record<string, number>> {
  const threads = `/proc/${pid}/task`;
  const sums: Record<string, number> = {};
  for (const thread of readdirSync(threads)) {
    const name = readFileSync(`${threads}/${thread}/comm`, "utf8").trim();
    const [onCpu = "0"] = readFileSync(`${threads}/${thread}/schedstat`, "utf8").split(" ");
    sums[name] = (sums[name] ?? 0) + Number(onCpu) / 1e6;
  }
  return sums;
}

/** What each thread used between two readings, for one of so many steps; rounded to µs. */
export function threadsAStep(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  steps: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [
      name,
      rounded((value - (before[name] ?? 0)) / steps, 3),
    ]),
  );
}

/** The process that has started another. Linux only. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** The CPU time of all children of a process, those that have ended too (by ticks of 10 ms), in ms. Linux only. */
export function familyMilliseconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const living = children.reduce((sum, child) => sum + ofLiving(Number(child)), 0);
  const [, , , , , , , , , , , , , ended = "0", endedInSystem = "0"] = readFileSync(
    `/proc/${pid}/stat`,
    "utf8",
  )
    .replace(/^.*\) /s, "")
    .split(" ");
  return living + 10 * (Number(ended) + Number(endedInSystem));
}

function ofLiving(pid: number): number {
  try {
    return cpuMilliseconds(pid);
  } catch {
    return 0;
  }
}

/** Resident memory of a process in MB: now, and the most it ever was. */
export function memoryMegabytes(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  return {
    now: rounded(kilobytes("VmRSS") / 1024, 1),
    most: rounded(kilobytes("VmHWM") / 1024, 1),
  };
}
