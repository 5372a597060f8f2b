import type { Command } from "commander";
import type { Application } from "../application.ts";
import { isoInstant } from "../foundation/index.ts";
import type { ShownStream } from "../signals/index.ts";
import { type Answer, failed, listed, quoted, shown } from "./answer.ts";
import { namedValues } from "./columns.ts";
import type { CommandRun } from "./command-run.ts";
import { instantText } from "./instants.ts";

const by = "operator";

/** `lopauth signals …`: the streams of Shared Signals. */
export function addSignalCommands(signals: Command, run: CommandRun): void {
  signals
    .command("list")
    .description("every stream, and how many events wait for it")
    .action(() => run.withApplication(listStreams));
  const on = (
    name: string,
    description: string,
    work: (application: Application, stream: ShownStream) => Promise<Answer>,
  ) =>
    signals
      .command(name)
      .description(description)
      .argument("<id>", "its stream_id")
      .action((id: string) => run.withApplication((application) => found(application, id, work)));
  on("show", "one stream", (_application, stream) =>
    Promise.resolve(
      shown(
        view(stream),
        namedValues({ ...view(stream), created_at: instantText(stream.createdAt) }),
      ),
    ),
  );
  on("pause", "hold its events back until it is resumed: its receiver cannot undo it", pause);
  on("resume", "send again, first what waits", resume);
  on("remove", "remove it, and all that waits for it", remove);
}

async function listStreams({ signals }: Application): Promise<Answer> {
  return listed({
    pages: [await signals.list()],
    header: ["STREAM", "CLIENT", "DELIVERY", "STATUS", "WAITING"],
    cells: ({ id, clientId, delivery, status, waiting }: ShownStream) => [
      ...[id, clientId, delivery, status, String(waiting)],
    ],
    view,
    none: "There is no stream.",
  });
}

async function found(
  application: Application,
  id: string,
  work: (application: Application, stream: ShownStream) => Promise<Answer>,
): Promise<Answer> {
  const stream = await application.signals.find(id);
  if (stream) return work(application, stream);
  const rule = `must be the stream_id of a stream; "lopauth signals list" names them`;
  return failed("nothing was done", [{ argument: "ID", found: quoted(id), rule }]);
}

async function pause({ signals }: Application, { id }: ShownStream): Promise<Answer> {
  await signals.pause(id, by);
  return shown({ stream_id: id, status: "paused" }, `The stream ${id} is paused.`);
}

async function resume({ signals }: Application, { id }: ShownStream): Promise<Answer> {
  await signals.resume(id, by);
  return shown({ stream_id: id, status: "enabled" }, `The stream ${id} goes on.`);
}

async function remove({ signals }: Application, { id }: ShownStream): Promise<Answer> {
  await signals.remove(id, by);
  return shown({ stream_id: id, removed: true }, `The stream ${id} is removed.`);
}

function view(stream: ShownStream) {
  return {
    stream_id: stream.id,
    client_id: stream.clientId,
    status: stream.status,
    status_by: stream.statusBy,
    delivery: stream.delivery,
    description: stream.description,
    events: stream.events.join(" "),
    waiting: String(stream.waiting),
    created_at: isoInstant(stream.createdAt),
  };
}
