/**
 * Loaded into a node before all else (`node --import`): its clock is wrong by as many seconds as the file `WRONG_CLOCK` says
 * at the moment. Timers are not touched, as they are not when a real clock is set.
 */
import { readFileSync } from "node:fs";

const file = process.env["WRONG_CLOCK"] ?? "";
const RealDate = Date;
const realNow = Date.now.bind(Date);
let offsetMilliseconds = 0;

function read(): void {
  offsetMilliseconds = Number(readFileSync(file, "utf8")) * 1000;
}

read();
setInterval(read, 100).unref();

globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(realNow() + offsetMilliseconds).toString(),
  construct: (target, words: unknown[], newTarget) =>
    Reflect.construct(
      target,
      words.length === 0 ? [realNow() + offsetMilliseconds] : words,
      newTarget,
    ) as object,
  get: (target, name, receiver) =>
    name === "now"
      ? () => realNow() + offsetMilliseconds
      : (Reflect.get(target, name, receiver) as unknown),
});
