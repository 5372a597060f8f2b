import type * as jestGlobals from "@jest/globals";

/**
 * What test files import as `@jest/globals`: jest's own functions, which the runner leaves in the global object, with
 * what it lacks: a time limit for each test and hook, and a fake `Date`.
 */
const given = globalThis as unknown as typeof jestGlobals;

/** A journey in a browser (`*.spec.ts`) waits for a second program, which shares the machine's processors. */
const testSeconds = () => (given.expect.getState().testPath?.endsWith(".spec.ts") ? 120 : 30);
const hookSeconds = 60;

type Work = (...values: unknown[]) => unknown;

/** The test file whose body runs on although its time is over; it could change what the next test of the file finds. */
let leftRunning: string | undefined;

/**
 * Fails what takes too long; without it a test that hangs would hold the run for ever. Nobody can end its body: it is
 * given as long again to end by itself, and if it does not, no other test of its file runs.
 * @param isTest whether it waits its turn; what clears up afterwards does not
 */
export function limited(work: Work, milliseconds: number, isTest = true): Work {
  return async (...values) => {
    const { testPath } = given.expect.getState();
    if (isTest && leftRunning !== undefined && leftRunning === testPath) {
      throw new Error("was not run: the body of a test before it runs still");
    }
    const body = Promise.resolve().then(() => work(...values));
    try {
      if (await settled(body, milliseconds)) {
        await body;
        return;
      }
    } catch (fault) {
      // The runner reports a stack.
      throw fault instanceof Error ? fault : new Error(`threw ${String(fault)}`);
    }
    if (!(await settled(body, milliseconds))) {
      leftRunning = testPath;
      const over = () => {
        leftRunning = undefined;
      };
      body.then(over, over);
    }
    throw new Error(`took longer than ${milliseconds} ms`);
  };
}

/** Whether work ends within its time, well or not. */
async function settled(body: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const ended = body.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, tooLong]).finally(() => clearTimeout(timer));
}

type Declare = (name: string, work: Work, milliseconds?: number) => void;

const limitedTest =
  (declare: Declare): Declare =>
  (name, work, milliseconds = testSeconds() * 1000) =>
    declare(name, limited(work, milliseconds), milliseconds);

type Hook = (work: Work, milliseconds?: number) => void;

const limitedHook =
  (declare: Hook): Hook =>
  (work, milliseconds = hookSeconds * 1000) =>
    declare(limited(work, milliseconds, false), milliseconds);

const givenIt = given.it as unknown as Declare & {
  readonly each: (...table: unknown[]) => Declare;
  readonly skip: Declare;
  readonly only: Declare;
};

export const { describe, expect } = given;
export const it = Object.assign(limitedTest(givenIt), {
  each: (...table: unknown[]) => limitedTest(givenIt.each(...table)),
  skip: givenIt.skip,
  only: limitedTest(givenIt.only),
});
export const beforeAll = limitedHook(given.beforeAll as unknown as Hook);
export const afterAll = limitedHook(given.afterAll as unknown as Hook);
export const beforeEach = limitedHook(given.beforeEach as unknown as Hook);
export const afterEach = limitedHook(given.afterEach as unknown as Hook);

const RealDate = Date;

/** `Date` as it stands still at an instant. */
function dateAt(now: number): DateConstructor {
  return class extends RealDate {
    constructor(...values: ConstructorParameters<DateConstructor>) {
      const given: readonly unknown[] = values;
      if (given.length === 0) super(now);
      else super(...values);
    }
    static override now(): number {
      return now;
    }
  } as DateConstructor;
}

export const jest = {
  spyOn: given.jest.spyOn.bind(given.jest),
  restoreAllMocks: () => given.jest.restoreAllMocks(),
  /** Fakes `Date` alone, whatever else it is asked. */
  useFakeTimers: ({ now }: { readonly now: Date | number }) => {
    globalThis.Date = dateAt(Number(now));
  },
  useRealTimers: () => {
    globalThis.Date = RealDate;
  },
};
