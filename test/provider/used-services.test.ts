import { describe, expect, it } from "@jest/globals";
import type { ResourceServer } from "../../src/clients/index.ts";
import { askedServices, grantedServices } from "../../src/provider/used-services.ts";

const courses = "https://api.example/courses";
const invoices = "https://api.example/invoices";
const resources: ResourceServer[] = [
  {
    ...{ resource: courses, name: "Formations", signingAlg: "ES256" },
    scopes: ["courses:read", "courses:write"],
  },
  { resource: invoices, name: "Factures", scopes: ["invoices:read"], signingAlg: "ES256" },
];

describe("the services that an authorization asks for", () => {
  const asked = (indicators: unknown, ...scopes: string[]) =>
    askedServices(resources, indicators, scopes);

  it("are those it names, each with its own of the scopes", () => {
    const scopes = ["openid", "courses:read", "invoices:read"];
    expect(asked(courses, ...scopes)).toEqual([{ name: "Formations", scopes: ["courses:read"] }]);
    expect(asked([invoices, courses], ...scopes)).toEqual([
      { name: "Formations", scopes: ["courses:read"] },
      { name: "Factures", scopes: ["invoices:read"] },
    ]);
  });

  it("are none where no resource is named, or no scope of it", () => {
    expect(asked(undefined, "openid", "courses:read")).toEqual([]);
    expect(asked(courses, "openid", "invoices:read")).toEqual([]);
    expect(asked("https://elsewhere.example", "courses:read")).toEqual([]);
  });
});

describe("the services that grants allow", () => {
  const granted = (
    grants: Record<string, string>[],
    isStill: (scope: string) => boolean = () => true,
  ) => grantedServices(resources, grants, isStill);

  it("are told once, whatever number of grants allows them", () => {
    const grants = [
      { [courses]: "courses:read" },
      {},
      { [courses]: "courses:write courses:read", [invoices]: "invoices:read" },
    ];
    expect(granted(grants)).toEqual([
      { name: "Formations", scopes: ["courses:read", "courses:write"] },
      { name: "Factures", scopes: ["invoices:read"] },
    ]);
  });

  it("go by their address when they are declared no more, and are not told of what the client may not ask now", () => {
    const grants = [{ "https://gone.example": "gone:read", [courses]: "courses:write" }];
    expect(granted(grants, (scope) => scope !== "courses:write")).toEqual([
      { name: "https://gone.example", scopes: ["gone:read"] },
    ]);
  });
});
