import { afterAll, beforeAll } from "@jest/globals";

/**
 * What a suite works with: opened before its first test and dropped after its last. Its name stands for it at once, and
 * leads to it as soon as it is open.
 */
export function opened<Thing extends { readonly drop: () => Promise<unknown> }>(
  open: () => Promise<Thing>,
): Thing {
  let thing: Thing | undefined;
  beforeAll(async () => {
    thing = await open();
  });
  afterAll(() => thing?.drop());
  return new Proxy({} as Thing, {
    get: (_none, name) => {
      if (!thing) throw new Error(`${String(name)} is asked for before anything is open`);
      return Reflect.get(thing, name) as unknown;
    },
  });
}
