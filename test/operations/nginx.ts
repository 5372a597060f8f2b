import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../support/wait-for.ts";
import { deployed } from "./deployed.ts";

/** A real nginx in front of some nodes, as `deploy/` has it: connections are kept, for a second; it asks no `/readyz`. */
export async function startNginx(
  port: number,
  nodes: Readonly<Record<string, number>>,
): Promise<{ readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "lopauth-nginx-"));
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(port, nodes, folder));
  const words = ["-p", folder, "-c", file, "-e", join(folder, "error.log")];
  const child = spawn("nginx", words, { stdio: ["ignore", "ignore", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk.toString()));
  await waitFor("nginx", async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${errors.join("")}`);
    return fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
  });
  return {
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The file of `deploy/`, without TLS, in front of these nodes, within the least that nginx needs around it. */
function configuration(
  port: number,
  nodes: Readonly<Record<string, number>>,
  folder: string,
): string {
  const servers = Object.values(nodes).map((at) => `  server 127.0.0.1:${at} $1;\n`);
  const again = Object.values(nodes).map((at) => `  server 127.0.0.1:${at} backup max_fails=0;\n`);
  const site = deployed("nginx/auth.lopcommerce.com.conf", [
    [/(?: {2}server 10\.0\.0\.\d+:3000 backup max_fails=0;\n)+/g, again.join("")],
    [/(?: {2}server 10\.0\.0\.\d+:3000 (.*);\n)+/g, servers.join("")],
    [/server \{\n {2}listen 80;[^}]*\}\n/g, ""],
    ["listen 443 ssl http2;", `listen 127.0.0.1:${port};`],
    [/ {2}ssl_.*\n/g, ""],
  ]);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (each) => `  ${each}_temp_path ${join(folder, each)};`,
  );
  return `daemon off;
worker_processes 1;
pid ${join(folder, "nginx.pid")};
events { worker_connections 512; }
http {
access_log off;
${paths.join("\n")}
${site}
}
`;
}
