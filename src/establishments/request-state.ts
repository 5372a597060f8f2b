/** What became of a request, or of one establishment of it. */
export type RequestState = "waiting" | "accepted" | "refused" | "withdrawn";
