import { describe, expect, it } from "@jest/globals";
import { helpPath } from "../../src/provider/protocol-errors.ts";

describe("Where an error of the protocol is explained", () => {
  it("is its own entry, or the whole list where it has none, as an error that only a later library knows", () => {
    expect(helpPath("invalid_grant")).toBe("/docs/errors#invalid_grant");
    expect(helpPath("authorization_pending")).toBe("/docs/errors");
  });
});
