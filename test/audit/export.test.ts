import { describe, expect, it } from "@jest/globals";
import { type AuditEntry, csvHeader, csvLine, jsonLine } from "../../src/audit/index.ts";

const entry: AuditEntry = {
  seq: 7,
  occurredAt: 1_790_000_000,
  name: "access-closed",
  outcome: "accepted",
  reason: undefined,
  actor: "operator",
  sub: "sub-1",
  addressReference: undefined,
  clientId: undefined,
  network: "192.0.2.0/24",
  networkReference: undefined,
  requestReference: undefined,
  details: { note: 'said "no", twice' },
  erased: false,
  hash: "h",
};
const nameOf = (word?: string) => (word === "sub-1" ? "Zoé Moulin" : word);
const fieldOf = (reason: string) => csvLine({ ...entry, reason }, nameOf).split(";accepted;")[1];

describe("the CSV export", () => {
  it("has a line for its columns and one for each event, as a French Excel opens it", () => {
    expect(csvHeader).toMatch(/^\ufeffseq;occurredAt;name;outcome;reason;.*;hash\r\n$/);
    expect(csvLine(entry, nameOf)).toBe(
      '7;21/09/2026 16:13:20;access-closed;accepted;;operator;operator;sub-1;Zoé Moulin;;;192.0.2.0/24;;;"{""note"":""said \\""no\\"", twice""}";false;h\r\n',
    );
  });

  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])(
    "gives a spreadsheet no formula in %j",
    (formula) => {
      expect(fieldOf(formula)).toMatch(/^"?'/);
    },
  );

  it("leaves harmless text as it is", () => {
    expect(fieldOf("access-closed-by-date")).toMatch(/^access-closed-by-date;/);
  });
});

describe("the JSON lines export", () => {
  it("has one object a line, its instant as UTC", () => {
    const line = jsonLine(entry);
    expect(line.endsWith("}\n")).toBe(true);
    expect(JSON.parse(line)).toMatchObject({ seq: 7, occurredAt: "2026-09-21T14:13:20.000Z" });
  });
});
