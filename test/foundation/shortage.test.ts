import { expect, it } from "@jest/globals";
import { shortageOf } from "../../src/foundation/index.ts";

const failed = (code: string) => Object.assign(new Error(`${code}: a file`), { code });

it.each(["EMFILE", "ENFILE", "ERR_WORKER_INIT_FAILED"])(
  "calls %s a shortage of the machine's, whatever it has caused",
  (code) => {
    const error = new Error("a page failed", { cause: failed(code) });
    const shortage = { code: "busy", status: 503, message: `${code}: a file`, cause: error };
    expect(shortageOf(error)).toMatchObject(shortage);
  },
);

it("calls nothing else one", () => {
  for (const error of [failed("ENOENT"), new Error("EMFILE"), "EMFILE", undefined]) {
    expect(shortageOf(error)).toBeUndefined();
  }
});
