/**
 * What is remembered for the length of one request. Outside of any (our pages, jobs) there is nothing to remember for:
 * there it is empty each time.
 * @param current the request under way
 */
export function requestMemory<Key, Value>(
  current: () => object | undefined,
): () => Map<Key, Value> {
  const requests = new WeakMap<object, Map<Key, Value>>();
  return () => {
    const request = current();
    const held = request && requests.get(request);
    if (held) return held;
    const fresh = new Map<Key, Value>();
    if (request) requests.set(request, fresh);
    return fresh;
  };
}
