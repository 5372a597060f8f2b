import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { artifactModels } from "../../src/artifacts/artifact-store.ts";
import { databases } from "../support/databases.ts";
import { type TestProvider, startTestProvider } from "../support/test-provider.ts";

/** By which grant, or feature, of the library each of these is kept; the others are kept whatever is on. */
const keptBy: Readonly<Record<string, string>> = {
  ClientCredentials: "client_credentials",
  DeviceCode: "urn:ietf:params:oauth:grant-type:device_code",
  BackchannelAuthenticationRequest: "urn:openid:params:grant-type:ciba",
  PreAuthorizedCode: "urn:ietf:params:oauth:grant-type:pre-authorized_code",
  RefreshToken: "refresh_token",
  AuthorizationCode: "authorization_code",
  PushedAuthorizationRequest: "pushedAuthorizationRequests",
  InitialAccessToken: "registration",
  RegistrationAccessToken: "registration",
};

/** What stands in no store of ours, or is no model of its own. */
const keptNowhere = new Set(["BaseModel", "BaseToken", "Client", "IdToken"]);

interface Inside {
  readonly configuration: { readonly grantTypes: ReadonlySet<string> };
  readonly features: Readonly<Record<string, { readonly enabled?: boolean } | undefined>>;
}

/** The library says it in files that have no types. */
const within = async (path: string) => (await import(`oidc-provider/lib/${path}`)) as unknown;

describe("what artifacts may be kept", () => {
  let provider: TestProvider;

  beforeAll(async () => {
    const [kind] = databases;
    if (!kind) throw new Error("there is no database to test on");
    provider = await startTestProvider(kind);
  });
  afterAll(() => provider.stop());

  it("is what the library keeps for the features that are on, and what is ours", async () => {
    const models = Object.keys((await within("models/index.js")) as object)
      .map((name) => name.replace(/^get/, ""))
      .filter((name) => !keptNowhere.has(name));
    expect(models.length).toBeGreaterThan(10);
    const { default: inside } = (await within("helpers/weak_cache.js")) as {
      default: (of: object) => Inside;
    };
    const { configuration, features } = inside(provider.application.library.now());
    const isOn = (by: string) => configuration.grantTypes.has(by) || features[by]?.enabled === true;
    const kept = models.filter((model) => keptBy[model] === undefined || isOn(keptBy[model]));
    expect([...kept, "PostedRequest"].sort()).toEqual([...artifactModels].sort());
  });
});
