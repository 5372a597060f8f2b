import { describe, expect, it } from "@jest/globals";
import { createRecorder } from "../../src/audit/recorder.ts";
import { signInOf } from "./audited.ts";

describe("recording an event", () => {
  const position = { seq: 7, hash: "hash" };

  it("answers once it is in the table, and logs it with its place in the chain", async () => {
    const order: unknown[] = [];
    const audit = {
      append: async () => {
        await Promise.resolve();
        order.push("table");
        return position;
      },
    };
    const record = createRecorder(audit, (_event, at) => {
      order.push(at);
      return Promise.resolve();
    });
    await record(signInOf("sub"));
    expect(order).toEqual(["table", position]);
  });

  it("fails the act when the table is out of reach, and logs it all the same", async () => {
    const logged: unknown[] = [];
    const audit = { append: () => Promise.reject(new Error("out of reach")) };
    const record = createRecorder(audit, (event) => {
      logged.push(event);
      return Promise.resolve();
    });
    await expect(record(signInOf("sub"))).rejects.toThrow("out of reach");
    expect(logged).toEqual([signInOf("sub")]);
  });
});
