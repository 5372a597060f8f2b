import { readFileSync, readdirSync } from "node:fs";
import { extname, join } from "node:path";
import type { Middleware } from "koa";
import { digest } from "../foundation/index.ts";

/** The files of `views/assets`, served from memory. */
export interface Assets {
  /**
   * The address of a file, which changes with its content (`/assets/style.1a2b3c4d5e.css`).
   * @throws Error when there is no such file.
   */
  readonly url: (name: string) => string;
  /**
   * Answers `GET` and `HEAD` of `/assets/*` and passes everything else on. While two builds serve side by side a page of the other
   * one asks here for what it calls by another digest: it gets what has that name here, and keeps it for no other page.
   */
  readonly middleware: Middleware;
}

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/**
 * Reads every file of `folder` once.
 * @throws Error when a file's kind is not one we know how to serve.
 */
export function loadAssets(folder: string): Assets {
  const urls = new Map<string, string>();
  const byPath = new Map<string, Asset>();
  const byName = new Map<string, Asset>();
  for (const name of readdirSync(folder)) {
    const asset = read(join(folder, name));
    const extension = extname(name);
    const hash = asset.etag.replaceAll('"', "");
    const url = `/assets/${name.slice(0, -extension.length)}.${hash}${extension}`;
    urls.set(name, url);
    byPath.set(url, asset);
    byName.set(name, asset);
  }
  return {
    url: (name) => {
      const url = urls.get(name);
      if (url === undefined) throw new Error(`no asset named ${name}`);
      return url;
    },
    middleware: serve(byPath, byName),
  };
}

function read(path: string): Asset {
  const type = types[extname(path)];
  if (type === undefined) throw new Error(`${path}: no media type is known for it`);
  const content = readFileSync(path);
  return { type, content, etag: `"${digest(content.toString("latin1")).slice(0, 12)}"` };
}

/** With a digest in front of its extension. */
const address = /^\/assets\/([\w-]+)\.[\w-]{12}(\.\w+)$/;

function serve(byPath: ReadonlyMap<string, Asset>, byName: ReadonlyMap<string, Asset>): Middleware {
  return async (ctx, next) => {
    const own = byPath.get(ctx.path);
    const asset = own ?? byName.get(ctx.path.replace(address, "$1$2"));
    if (!asset || (ctx.method !== "GET" && ctx.method !== "HEAD")) {
      await next();
      return;
    }
    ctx.status = 200;
    ctx.set("Cache-Control", own ? "public, max-age=31536000, immutable" : "no-store");
    ctx.etag = asset.etag;
    ctx.type = asset.type;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.body = asset.content;
  };
}
