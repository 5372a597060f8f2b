import { describe, expect, it } from "@jest/globals";
import { pageSeal, waitingSeal } from "../../src/accounts/page-seal.ts";
import { createEncryption, hours, systemRandom } from "../../src/foundation/index.ts";

const encryption = createEncryption([systemRandom.bytes(32)], systemRandom);

describe("the seal of a page", () => {
  const seal = pageSeal(encryption, "sent");

  it("opens what it closed, and nothing of another kind of page or of another key", () => {
    const sealed = seal.close("camille@example.fr");
    expect(sealed).not.toContain("camille");
    expect(seal.open(sealed)).toBe("camille@example.fr");
    expect(pageSeal(encryption, "sign-up").open(sealed)).toBeUndefined();
    const other = createEncryption([systemRandom.bytes(32)], systemRandom);
    expect(pageSeal(other, "sent").open(sealed)).toBeUndefined();
  });

  it.each([undefined, "", "camille@example.fr", ["v1.a.b.c"], {}, 7])(
    "opens nothing that was not sealed: %j",
    (typed) => {
      expect(seal.open(typed)).toBeUndefined();
    },
  );
});

describe("the seal of a sign-up that waits", () => {
  let now = 1_800_000_000;
  const clock = { epochSeconds: () => now, epochMilliseconds: () => now * 1000 };
  const seal = waitingSeal(encryption, clock);

  it("opens until the second before its hour ends", () => {
    const sealed = seal.close("a-sign-up");
    now += hours(1) - 1;
    expect(seal.open(sealed)).toBe("a-sign-up");
    now += 1;
    expect(seal.open(sealed)).toBeUndefined();
  });

  it("opens nothing else", () => {
    expect(seal.open("a-sign-up")).toBeUndefined();
    expect(seal.open(pageSeal(encryption, "sign-up").close(`${now}.a-sign-up`))).toBeUndefined();
  });
});
