import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import type { Context, Middleware } from "koa";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "../foundation/index.ts";
import { drain, formBody, parsedForm } from "./form-body.ts";

/** A file that a form sent. */
export interface UploadedFile {
  /** As the browser names it: for people alone. */
  readonly name: string;
  readonly bytes: Buffer;
}

declare module "koa" {
  interface Request {
    /** What {@link parsedUpload} read: the files that were chosen, by the name of their field. */
    files?: ReadonlyMap<string, UploadedFile>;
  }
}

const most = { fields: 10_000, files: 4, fieldNameSize: 200, headerPairs: 20 };
/** Beside what a file or text may have: the names of fields and what parts them. */
const framingBytes = 1_000_000;
/** How long a parser may think once everything has come. */
const silentMilliseconds = 5000;

/**
 * Parses a form that sends files (`multipart/form-data`, RFC 7578) into `ctx.request.body` and `ctx.request.files`, and
 * one that does not as {@link parsedForm} does.
 * @param limitBytes of all its texts and files together
 * @throws AppError as {@link parsedForm}
 */
export function parsedUpload(limitBytes: number): Middleware {
  const plain = parsedForm(limitBytes);
  return async (ctx, next) => {
    if (!ctx.is("multipart/form-data")) {
      await plain(ctx, next);
      return;
    }
    await readParts(ctx, limitBytes);
    await next();
  };
}

async function readParts(ctx: Context, mostBytes: number): Promise<void> {
  const limitBytes = mostBytes + framingBytes;
  const parts: Parts = { fields: [], files: new Map() };
  const bounds = { exceeded: ctx.request.length > limitBytes };
  try {
    assertWithin(bounds);
    const parser = partParser(ctx, limitBytes, parts, bounds);
    const silence = new AbortController();
    // A body that breaks off in the wrong place leaves the parser waiting for ever.
    ctx.req.once("end", () => {
      setTimeout(() => silence.abort(), silentMilliseconds).unref();
    });
    await pipeline(ctx.req, countedTo(limitBytes, bounds), parser, { signal: silence.signal });
    assertWithin(bounds);
  } catch (cause) {
    await drain(ctx.req);
    throw bounds.exceeded
      ? new AppError("body-too-large", { status: 413, cause, mostBytes })
      : new AppError("body-unreadable", { status: 400, cause });
  }
  ctx.request.body = formBody(parts.fields);
  ctx.request.files = parts.files;
}

/** What was read of a body, part by part. */
interface Parts {
  readonly fields: [string, string][];
  readonly files: Map<string, UploadedFile>;
}

/** Whether too much has come. */
interface Bounds {
  exceeded: boolean;
}

function partParser(
  ctx: Context,
  limitBytes: number,
  { fields, files }: Parts,
  bounds: Bounds,
): InstanceType<typeof Busboy> {
  const parser = new Busboy({
    headers: ctx.headers as BusboyHeaders,
    limits: { ...most, fieldSize: limitBytes, fileSize: limitBytes },
  });
  parser.on("field", (name, value) => fields.push([name, value]));
  parser.on("file", (field, stream, name) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const bytes = Buffer.concat(chunks);
      // A field in which nothing was chosen sends a file of no name.
      if (bytes.length > 0 || name) files.set(field, { name, bytes });
    });
  });
  for (const limit of ["fieldsLimit", "filesLimit", "partsLimit"] as const) {
    parser.once(limit, () => (bounds.exceeded = true));
  }
  return parser;
}

function countedTo(limitBytes: number, bounds: Bounds): Transform {
  let received = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      received += chunk.length;
      bounds.exceeded ||= received > limitBytes;
      done(bounds.exceeded ? new Error("too large") : null, chunk);
    },
  });
}

function assertWithin({ exceeded }: { readonly exceeded: boolean }): void {
  if (exceeded) throw new Error("a form is too large, or has too many parts");
}
