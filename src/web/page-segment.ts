/**
 * A segment of the path of a page that is led back to, as a pattern: as `encodeURIComponent` writes a name, so that the identifier
 * of a client may be an address. No dot at the beginning and none in disguise, which browsers take for the folder above.
 * @see https://url.spec.whatwg.org/#double-dot-path-segment
 */
export const pageSegment = segment("[\\w~!'()*-]", "%(?!2E)[2-7][0-9A-F]");

function segment(plain: string, escaped: string): string {
  return `(?:${plain}|${escaped})(?:\\.|${plain}|${escaped})*`;
}
