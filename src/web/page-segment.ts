/** As `encodeURIComponent` writes it, but for the dot; none in disguise, which browsers take for the folder above. */
const character = "(?:[\\w~!'()*-]|%(?!2E)[2-7][0-9A-F])";

/**
 * A segment of the path of a page that is led back to, as a pattern: as `encodeURIComponent` writes a name, so that the identifier
 * of a client may be an address. It begins with no dot.
 * @see https://url.spec.whatwg.org/#double-dot-path-segment
 */
export const pageSegment = `${character}(?:\\.|${character})*`;
