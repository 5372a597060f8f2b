"use strict";

/*
 * Says in one line when this Node cannot run the provider, before any of its sources is read: they are TypeScript,
 * which an older Node does not know, so this file is written for every Node there is. The version stands in
 * package.json (engines).
 *
 * Two things are asked: that version, and an SQLite of 3.51.3 in it. Older ones may damage a database when a
 * checkpoint meets a commit (https://sqlite.org/wal.html#walresetbug), and we take checkpoints in a thread beside the
 * writer; a Node that its distribution built may bring an SQLite older than the one of its own release.
 *
 *     node config/required-node.cjs            ends with 1 when it cannot
 *     node config/required-node.cjs --install  only says so: what is installed here may run elsewhere
 */
var leastSqlite = "3.51.3";

/** @returns {string | undefined} what is wrong, one line */
function unmet(versions, leastNode) {
  if (isOlder(versions.node, leastNode)) {
    return (
      "Node " + versions.node + " is too old: production needs Node " + leastNode + " or newer"
    );
  }
  if (versions.sqlite === undefined) {
    return (
      "Node " +
      versions.node +
      " was built without SQLite: production needs an SQLite of " +
      leastSqlite +
      " in it"
    );
  }
  if (isOlder(versions.sqlite, leastSqlite)) {
    return (
      "the SQLite " +
      versions.sqlite +
      " in Node " +
      versions.node +
      " may damage a database (its WAL reset fault): " +
      "production needs a Node with SQLite " +
      leastSqlite +
      " or newer"
    );
  }
  return undefined;
}

function isOlder(version, least) {
  var numbers = version.split(".").map(Number);
  var leastNumbers = least.split(".").map(Number);
  for (var place = 0; place < leastNumbers.length; place += 1) {
    var difference = (numbers[place] || 0) - leastNumbers[place];
    if (difference !== 0) return difference < 0;
  }
  return false;
}

var leastNode = require("../package.json").engines.node.replace(">=", "");
var wrong = unmet(process.versions, leastNode);
if (wrong !== undefined) {
  process.stderr.write(wrong + ".\n");
  if (process.argv[2] !== "--install") process.exit(1);
}

module.exports = { leastNode: leastNode, leastSqlite: leastSqlite, unmet: unmet };
