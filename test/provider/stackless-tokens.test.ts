import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { errors } from "oidc-provider";
import { buildWithoutStacks } from "../../src/provider/stackless-tokens.ts";

const { InvalidToken, OIDCProviderError } = errors;
const limit = Error.stackTraceLimit;

beforeEach(() => {
  buildWithoutStacks();
});

afterEach(() => {
  Object.setPrototypeOf(InvalidToken, OIDCProviderError);
  Error.stackTraceLimit = limit;
});

describe("an InvalidToken of the library", () => {
  it("is what it was, without a stack", () => {
    const error = new InvalidToken("grant not found");
    expect(error).toBeInstanceOf(OIDCProviderError);
    expect(error).toMatchObject({
      name: "InvalidToken",
      message: "invalid_token",
      error: "invalid_token",
      error_description: "invalid token provided",
      error_detail: "grant not found",
      status: 401,
      statusCode: 401,
      expose: true,
    });
    expect(error.stack).toBe("InvalidToken: invalid_token");
  });

  it("tells no detail where none was given, and that of its cause", () => {
    expect(new InvalidToken().error_detail).toBeUndefined();
    const cause = new Error("the key is gone");
    const error = new InvalidToken({ cause });
    expect(error.error_detail).toBe("the key is gone");
    expect(error.cause).toBe(cause);
  });

  it("leaves every other error its stack", () => {
    Error.stackTraceLimit = 7;
    new InvalidToken("access token not found");
    expect(Error.stackTraceLimit).toBe(7);
    expect(new Error("another").stack).toContain("\n    at ");
    expect(new errors.InvalidGrant("another").stack).toContain("\n    at ");
  });

  it("is changed once, however many providers are made", () => {
    const parent: unknown = Object.getPrototypeOf(InvalidToken);
    buildWithoutStacks();
    expect(Object.getPrototypeOf(InvalidToken)).toBe(parent);
  });
});

describe("a library that builds it in another way", () => {
  it("keeps its stacks", () => {
    class Other extends OIDCProviderError {
      constructor() {
        super(401, "invalid_token");
      }
    }
    buildWithoutStacks(Other);
    expect(Error.stackTraceLimit).toBe(limit);
    expect(Object.getPrototypeOf(Other)).toBe(OIDCProviderError);
    expect(new Other().stack).toContain("\n    at ");
  });
});
