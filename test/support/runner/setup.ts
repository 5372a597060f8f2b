import { registerHooks } from "node:module";

/**
 * jest-light-runner runs test files in plain Node, without jest's virtual machine: `@jest/globals`, which works in
 * that alone, is answered by `globals.ts`.
 */
const globals = new URL("globals.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "@jest/globals" ? { url: globals, shortCircuit: true } : next(specifier, context),
});
