import type { RequestListener, Server, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** For so long at most connections are still accepted that came while the port is closed. */
const longestAcceptMilliseconds = 250;

/**
 * How a server ends without losing what a proxy sends at that moment: a proxy that keeps connections open hears in each answer
 * that this one is over, and sends nothing more on it.
 */
export class LastAnswers {
  readonly #underWay = new Set<ServerResponse>();
  #begun = false;

  /** The same handler, whose answers end their connection once {@link LastAnswers.begin} was called. */
  told(handle: RequestListener): RequestListener {
    return (request, response) => {
      if (this.#begun) {
        response.setHeader("Connection", "close");
      } else {
        this.#underWay.add(response);
        response.once("close", () => this.#underWay.delete(response));
      }
      handle(request, response);
    };
  }

  /** From now on; the requests under way are answered in the same way, or their connections would be kept. */
  begin(): void {
    this.#begun = true;
    for (const response of this.#underWay) {
      if (!response.headersSent) response.setHeader("Connection", "close");
    }
    this.#underWay.clear();
  }
}

/**
 * Waits until what has connected is accepted, for what the system still holds for a port that closes is reset, with what it
 * may have sent. Node accepts one connection a turn of its loop: until a turn brings none.
 */
export async function acceptConnected(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => {
    accepted += 1;
  };
  server.on("connection", count);
  const end = performance.now() + longestAcceptMilliseconds;
  for (let before = -1; before !== accepted && performance.now() < end;) {
    before = accepted;
    await nextTurn();
    await nextTurn();
  }
  server.off("connection", count);
}
