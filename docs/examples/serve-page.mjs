// Serves one page that signs in by itself, in the browser: `ISSUER=… CLIENT_ID=… PORT=… node serve-page.mjs FOLDER`
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const { ISSUER, CLIENT_ID, PORT } = process.env;
const folder = process.argv[2];
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  if (pathname === "/settings.js") {
    response.setHeader("content-type", "text/javascript");
    response.end(`window.settings = ${JSON.stringify({ issuer: ISSUER, clientId: CLIENT_ID })};`);
    return;
  }
  const name = /^\/([\w-]+(?:\.[\w-]+)+)$/.exec(pathname)?.[1] ?? "index.html";
  const content = await readFile(join(folder, name)).catch(() => undefined);
  response.statusCode = content ? 200 : 404;
  response.setHeader("content-type", `${types[extname(name)] ?? "text/plain"}; charset=utf-8`);
  response.end(content);
}).listen(Number(PORT), "127.0.0.1");
