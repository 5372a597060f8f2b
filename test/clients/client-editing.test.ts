import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ClientEditing } from "../../src/clients/client-editing.ts";
import { databases } from "../support/databases.ts";
import {
  type ClientNode,
  type ClientRegister,
  clientText,
  createClientRegister,
  noon,
} from "./client-register.ts";
import { confidential } from "./fixtures.ts";

describe.each(databases)("editing a client, on $name", ({ create }) => {
  let register: ClientRegister;
  let node: ClientNode;
  let other: ClientNode;

  beforeAll(async () => {
    register = await createClientRegister(create);
    node = await register.node([confidential]);
    other = await register.node();
  });
  beforeEach(() => {
    register.clock.now = noon;
  });
  afterAll(async () => {
    await register.drop();
  });

  const add = async (clientId: string, metadata?: object) => {
    const text = clientText(clientId, metadata);
    const made = await node.registry.register("new.json", text, "operator");
    register.events.length = 0;
    return made.registered?.[0]?.secret ?? "";
  };
  const read = async (clientId: string, { editing } = node) => {
    const known = await editing.read(clientId);
    if (!known.accepted) throw new Error(known.problems[0].reason);
    return known.value;
  };
  const edit = async (clientId: string, changes: object, by = node) => {
    const { document, version } = await read(clientId, by);
    const text = JSON.stringify({ ...document, ...changes });
    return by.editing.edit(clientId, "an-admin", { text, version });
  };
  const edited = async (clientId: string, changes: object) => {
    const outcome = await edit(clientId, changes);
    if (!outcome.accepted) throw new Error(JSON.stringify(outcome));
    return outcome.value;
  };
  const reasonOf = (outcome: Awaited<ReturnType<ClientEditing["edit"]>>) =>
    outcome.accepted ? undefined : outcome.problems[0].reason;

  it("keeps secret and tokens where the change allows it, and records the names of what changed", async () => {
    const secret = await add("kept");
    register.clock.now = noon + 10;
    const { change, entry } = await edited("kept", {
      ...{ client_name: "Autre nom", redirect_uris: ["https://kept.example/elsewhere"] },
      token_endpoint_auth_method: "client_secret_post",
    });
    expect(change.effects).toEqual({ voidedBy: [], secret: "kept", renamesPeople: false });
    expect(entry.served).toMatchObject({ client_name: "Autre nom" });
    expect(node.directory.secretMatches("kept", secret)).toBe(true);
    expect(node.directory.servedSince("kept")).toBe(noon);
    expect(register.events).toEqual([
      {
        ...{ name: "client-updated", outcome: "accepted", clientId: "kept", actor: "an-admin" },
        details: { settings: "client_name redirect_uris token_endpoint_auth_method" },
      },
    ]);
  });

  const pairwise = { subject_type: "pairwise" };
  it.each([
    ["scope", { scope: "openid email" }, { scope: "openid" }],
    ["scope", {}, { scope: "openid" }],
    ["scope", { scope: "openid ssf.read" }, { scope: undefined }],
    [
      "grant_types",
      { grant_types: ["authorization_code", "refresh_token"] },
      { grant_types: ["authorization_code"] },
    ],
    [
      "sirets",
      { grant_types: ["authorization_code", "client_credentials"], sirets: ["41816609600051"] },
      { sirets: [] },
    ],
    ["subject_type", {}, pairwise],
    ["subject_type", pairwise, { redirect_uris: ["https://other.example/"] }],
    ["first_party", { first_party: true }, { first_party: false }],
    ["establishment_required", {}, { establishment_required: true }],
    ["dpop_bound_access_tokens", {}, { dpop_bound_access_tokens: true }],
    ["token_endpoint_auth_method", {}, { token_endpoint_auth_method: "none" }],
  ])("voids what was issued before %s went from %j to %j", async (name, before, after) => {
    const clientId = `void-${String(register.log.length)}-${name}-${JSON.stringify(before).length}`;
    await add(clientId, before);
    const { change } = await edited(clientId, after);
    expect(change.effects.voidedBy).toEqual([name]);
    expect(change.effects.renamesPeople).toBe(name === "subject_type");
    // What was issued within the second of the change is void as well.
    expect(node.directory.servedSince(clientId)).toBe(noon + 1);
    expect(register.events[0]?.details).toMatchObject({ tokens: "void" });
  });

  it.each([
    ["scope", { scope: "openid" }, { scope: "openid email" }],
    ["first_party", { first_party: false }, { first_party: true }],
    ["redirect_uris", pairwise, { redirect_uris: [] }],
  ])("voids nothing where %s only grows, or is refused", async (name, before, after) => {
    const clientId = `grow-${name}`;
    await add(clientId, before);
    await edit(clientId, after);
    expect(node.directory.servedSince(clientId)).toBe(noon);
  });

  it("ends the secrets of a client that needs none, and makes one for a client that does", async () => {
    const secret = await add("turned");
    const none = await edited("turned", { token_endpoint_auth_method: "none" });
    expect([none.change.effects.secret, none.secret]).toEqual(["ended", undefined]);
    expect(node.directory.secretMatches("turned", secret)).toBe(false);
    const again = await edited("turned", { token_endpoint_auth_method: "client_secret_basic" });
    expect(again.change.effects.secret).toBe("made");
    expect(node.directory.secretMatches("turned", again.secret ?? "")).toBe(true);
    const { details } = register.events.at(-1) ?? {};
    expect(details).toMatchObject({ secret: "made", tokens: "void" });
    expect(JSON.stringify(register.events)).not.toContain(again.secret);
  });

  it("tells a secret that was made, and what is registered now, though it cannot be read again", async () => {
    await add("blind", { token_endpoint_auth_method: "none" });
    node.directory.reload = () => Promise.reject(new Error("the database is away"));
    const changes = { token_endpoint_auth_method: "client_secret_basic", client_name: "Aveugle" };
    const { entry, secret = "" } = await edited("blind", changes);
    expect(entry.served).toMatchObject({ client_name: "Aveugle" });
    expect(entry.secrets).toHaveLength(1);
    Reflect.deleteProperty(node.directory, "reload");
    await node.directory.refresh();
    expect(node.directory.secretMatches("blind", secret)).toBe(true);
    expect(node.directory.entry("blind")).toMatchObject({ written: entry.written });
  });

  it("leaves a disabled client disabled", async () => {
    await add("asleep");
    await node.registry.disable("asleep", "operator");
    await edited("asleep", { scope: "openid" });
    expect(node.directory.entry("asleep")).toMatchObject({ disabledAt: noon, served: undefined });
    register.clock.now = noon + 20;
    await node.registry.enable("asleep", "operator");
    expect(node.directory.servedSince("asleep")).toBe(noon + 20);
  });

  it("overwrites nothing that another changed meanwhile", async () => {
    await add("shared");
    const { document, version } = await read("shared");
    await edit("shared", { client_name: "Premier" }, other);
    const text = JSON.stringify({ ...document, client_name: "Second" });
    const late = await node.editing.edit("shared", "an-admin", { text, version });
    expect(reasonOf(late)).toBe("client-changed");
    expect(node.directory.find("shared")?.client_name).toBe("Premier");
  });

  it("takes one of many that come at the same moment, on whatever nodes", async () => {
    await add("crowded");
    const { document, version } = await read("crowded");
    const outcomes = await Promise.all(
      [node, other, await register.node(), node].map(({ editing }, index) => {
        const text = JSON.stringify({ ...document, client_name: `Nom ${index}` });
        return editing.edit("crowded", `admin-${index}`, { text, version });
      }),
    );
    const won = outcomes.flatMap((each) => (each.accepted ? [each.value.entry] : []));
    expect(won).toHaveLength(1);
    const lost = outcomes.filter(({ accepted }) => !accepted).map(reasonOf);
    expect(lost).toEqual(Array(3).fill("client-changed"));
    await node.directory.refresh();
    expect(node.directory.find("crowded")?.client_name).toBe(won[0]?.metadata?.client_name);
    expect(register.events).toHaveLength(1);
  });

  it("reaches every node that asks whether something changed", async () => {
    await add("heard");
    await other.directory.refresh();
    await edited("heard", { client_name: "Entendu" });
    expect(other.directory.find("heard")?.client_name).toBeUndefined();
    await other.directory.refresh();
    expect(other.directory.find("heard")?.client_name).toBe("Entendu");
  });

  it.each([
    ["of", "client-declared"],
    ["nobody", "client-unknown"],
  ])("is refused for %s: %s", async (clientId, reason) => {
    expect(await node.editing.read(clientId)).toMatchObject({ problems: [{ reason }] });
    const text = clientText(clientId);
    const outcome = await node.editing.edit(clientId, "an-admin", { text, version: "" });
    expect(reasonOf(outcome)).toBe(reason);
  });

  it("says when nothing would change, defaults counted", async () => {
    await add("same");
    expect(reasonOf(await edit("same", {}))).toBe("client-same");
    expect(reasonOf(await edit("same", { require_pkce: true }))).toBe("client-same");
    expect(register.events).toEqual([]);
  });

  it.each([
    [{ client_id: "another" }, "client_id", "must stay"],
    [{ redirect_uris: ["http://x.example/"] }, "redirect_uris[0]", "must be https"],
    [{ client_secret: "x".repeat(40) }, "client_secret", "must be absent"],
  ])("judges by the one validation: %j", async (changes, field, rule) => {
    const clientId = `judged-${field.replace(/\W/g, "")}`;
    await add(clientId);
    const outcome = await edit(clientId, changes);
    if (outcome.accepted || !("found" in outcome)) throw new Error("it was not refused");
    expect(outcome.found).toMatchObject([
      { field, rule: expect.stringContaining(rule) as unknown },
    ]);
    expect(register.events).toEqual([]);
  });

  it("shows what would change, and changes nothing", async () => {
    await add("shown");
    const text = clientText("shown", { client_name: "Nouveau", require_pkce: false });
    const { version } = await read("shown");
    const outcome = await node.editing.preview("shown", { text, version });
    if (!outcome.accepted) throw new Error("it may be changed");
    expect(outcome.value.differences).toEqual([
      { name: "client_name", before: undefined, after: "Nouveau" },
      { name: "require_pkce", before: "true", after: "false" },
    ]);
    expect(node.directory.find("shown")?.client_name).toBeUndefined();
  });

  it("shows nothing to who read it before somebody else changed it", async () => {
    await add("overtaken");
    const { version } = await read("overtaken");
    await edited("overtaken", { client_name: "Nouveau" });
    const text = clientText("overtaken", { scope: "openid" });
    expect(await node.editing.preview("overtaken", { text, version })).toMatchObject({
      problems: [{ reason: "client-changed" }],
    });
  });
});
