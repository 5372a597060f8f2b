// A receiver of Shared Signals in thirty lines, with jose: it hears, verifies, and hands on what to act upon.
// `hear({ issuer, clientId, clientSecret, events }, act)`: act(event, about, said) is called once an event; what it throws comes again.
import { createRemoteJWKSet, jwtVerify } from "jose";

export async function hear({ issuer, clientId, clientSecret, events }, act) {
  const ask = async (url, options) => {
    const answer = await fetch(url, options);
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    return answer.json();
  };
  const { origin, pathname } = new URL(issuer);
  const at = pathname.replace(/\/$/, ""); // the document stands between the host and the issuer's path
  const transmitter = await ask(`${origin}/.well-known/ssf-configuration${at}`);
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64"); // both form-encoded, if they need it
  const body = new URLSearchParams({ grant_type: "client_credentials", scope: "ssf.manage" });
  const manage = async (url, json) => {
    const headers = { authorization: `Basic ${basic}` };
    const { access_token: token } = await ask(`${issuer}/token`, { method: "POST", headers, body });
    const sent = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    return ask(url, { headers: sent, ...(json && { method: "POST", body: JSON.stringify(json) }) });
  };
  const [known] = await manage(transmitter.configuration_endpoint); // one that a former start has made
  const asked = { events_requested: events };
  const stream = known ?? (await manage(transmitter.configuration_endpoint, asked));
  const keys = createRemoteJWKSet(new URL(transmitter.jwks_uri));
  const rules = { issuer, audience: stream.aud, typ: "secevent+jwt", algorithms: ["RS256"] };
  for (let ack = []; ;) {
    const { sets } = await manage(stream.delivery.endpoint_url, { ack }); // waits until something comes
    ack = Object.keys(sets);
    for (const set of Object.values(sets)) {
      const { payload } = await jwtVerify(set, keys, rules);
      for (const [event, said] of Object.entries(payload.events)) act(event, payload.sub_id, said);
    }
  }
}
