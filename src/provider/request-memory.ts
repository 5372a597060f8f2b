import Provider from "oidc-provider";

/**
 * What is remembered for the length of one protocol request. Outside the library's endpoints (our pages, jobs) there is
 * no request to remember for: there it is empty each time.
 */
export function requestMemory<Key, Value>(): () => Map<Key, Value> {
  const requests = new WeakMap<object, Map<Key, Value>>();
  return () => {
    const request = Provider.ctx;
    const held = request && requests.get(request);
    if (held) return held;
    const fresh = new Map<Key, Value>();
    if (request) requests.set(request, fresh);
    return fresh;
  };
}
