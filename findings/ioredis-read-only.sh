#!/usr/bin/env bash
# Expected: a write that a Redis refuses because it only reads is sent again a few times, as `maxRetriesPerRequest` says, and then fails.
# So it is: where `reconnectOnError` answers 2 (its documented example for READONLY), the write is sent again at each new connection for as long as the
#           server says so: `maxRetriesPerRequest` does not count it, and whoever asked waits.
# Seen with ioredis 5.11.1, Node.js 24.21.0:
#           maxRetriesPerRequest 3, two seconds: sent more than ten times, and pending
#           as described
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent ioredis@5.11.1 node@24.21.0
cat >run.js <<'SCRIPT'
const net = require("node:net");
const { Redis } = require("ioredis");

// What a master says that was made a replica, and stays one.
let writes = 0;
const server = net.createServer((socket) => {
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    for (const [, name] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      if (name.toLowerCase() === "set") writes += 1;
      const isWrite = name.toLowerCase() === "set";
      socket.write(isWrite ? "-READONLY You can't write against a read only replica.\r\n" : "$5\r\nvalue\r\n");
    }
  });
});
server.listen(0, "127.0.0.1", async () => {
  const client = new Redis({
    ...{ host: "127.0.0.1", port: server.address().port, enableReadyCheck: false, disableClientInfo: true },
    ...{ maxRetriesPerRequest: 3, retryStrategy: () => 20 },
    reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false),
  });
  client.on("error", () => undefined);
  const fate = (asked) => {
    const state = { is: "pending" };
    asked.then(
      () => (state.is = "answered"),
      () => (state.is = "refused"),
    );
    return state;
  };
  const write = fate(client.set("key", "value"));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const often = writes > 10 ? "more than ten times" : `${writes} times`;
  console.log(`maxRetriesPerRequest 3, two seconds: sent ${often}, and ${write.is}`);
  if (!(writes > 10 && write.is === "pending")) process.exit(1);
  console.log("as described");
  process.exit(0);
});
SCRIPT
node_modules/node/bin/node run.js
