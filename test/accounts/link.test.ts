import { describe, expect, it } from "@jest/globals";
import { deadLinkState, linkProblem, secretOfLink } from "../../src/accounts/link.ts";

describe("the secret of a mailed link", () => {
  it("is what stands before the signs that mail programs add", () => {
    const secret = "aZ09_-aZ09_-";
    for (const behind of ["", ".", ")", ">.", "»", " "])
      expect(secretOfLink(secret + behind)).toBe(secret);
    // A sealed one has full stops of its own.
    expect(secretOfLink("v1.key.nonce.sealed).")).toBe("v1.key.nonce.sealed");
    expect([secretOfLink("!!!"), secretOfLink(undefined)]).toEqual(["", ""]);
  });

  it("is read of an address of nothing but signs, however long, before anybody else waits for it", () => {
    // Were each sign where it is looked for anew, this would take hours.
    const signs = "!".repeat(4_000_000);
    expect(secretOfLink(`${signs}a`)).toHaveLength(4_000_001);
    expect(secretOfLink(`a${signs}`)).toBe("a");
  });
});

describe("a mailed link", () => {
  const link = {
    ...{ purpose: "recovery" as const, email: undefined, pendingSignUpId: undefined },
    ...{ accountId: 1, clientId: undefined, createdAt: 1, expiresAt: 10 },
    ...{ consumedAt: undefined, supersededAt: undefined },
  };

  it("opens up to the second before its end, once, while it is the newest", () => {
    expect(linkProblem(link, 9)).toBeUndefined();
    expect(linkProblem(link, 10)).toBe("link-expired");
    expect(linkProblem({ ...link, consumedAt: 2, supersededAt: 3 }, 9)).toBe("link-used");
    expect(linkProblem({ ...link, supersededAt: 3 }, 9)).toBe("link-replaced");
    expect(linkProblem(undefined, 9)).toBe("link-unknown");
  });

  it("is worded as used only where it, or another of its address, did its work", () => {
    expect(["link-used", "link-overtaken"].map(deadLinkState)).toEqual(["used", "used"]);
    expect(deadLinkState("link-expired")).toBe("expired");
    expect([deadLinkState("link-replaced"), deadLinkState(undefined)]).toEqual([
      ...["unknown", "unknown"],
    ]);
  });
});
