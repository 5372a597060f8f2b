import { createHash } from "node:crypto";

/** A program that the server runs as one act. All its keys stand in one slot of a cluster. */
export interface RedisScript {
  readonly text: string;
  /** What the server knows it by, once it has seen it. */
  readonly sha: string;
}

/** The mark of what was removed: it stands alone in the value. */
export const removedMark = "!";

/** The mark of what is not consumed; else the instant of it, and who did it. */
export const unusedMark = "-";

/** Runs until now, or for ever (0): a time to live as `SET` wants it. */
const expiring = `
local function set(key, value, ttl)
  if ttl == '0' then redis.call('SET', key, value) else redis.call('SET', key, value, 'PX', ttl) end
end`;

/**
 * Every change that happens once. A value is MARK, space, a line of columns, and the payload; what is repeated by a client that
 * lost the answer says what the first said, for the mark names who consumed.
 */
export const redisScripts = {
  /** KEYS value · ARGV columns and payload, time to live. Not on a removed one; consumed stays consumed. */
  put: script(`${expiring}
local kept = redis.call('GET', KEYS[1])
if kept == '${removedMark}' then return 0 end
set(KEYS[1], (kept and string.match(kept, '^%S+') or '${unusedMark}') .. ARGV[1], ARGV[2])
return 1`),
  /** KEYS grant, what stands beside it · ARGV as above. What stands beside a grant lives as long as it. */
  putGrant: script(`${expiring}
local kept = redis.call('GET', KEYS[1])
if kept == '${removedMark}' then return 0 end
set(KEYS[1], (kept and string.match(kept, '^%S+') or '${unusedMark}') .. ARGV[1], ARGV[2])
for index = 2, #KEYS do
  local left = redis.call('PTTL', KEYS[index])
  if left >= 0 and ARGV[2] == '0' then redis.call('PERSIST', KEYS[index])
  elseif left >= 0 and left < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[index], ARGV[2]) end
end
return 1`),
  /** KEYS value · ARGV mark. The value is changed in place: its end stays. */
  consume: script(`
local kept = redis.call('GET', KEYS[1])
if not kept or kept == '${removedMark}' then return 0 end
local mark = string.match(kept, '^%S+')
if mark == ARGV[1] then return 1 end
if mark ~= '${unusedMark}' then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. string.sub(kept, 2), 'KEEPTTL')
return 1`),
  /** KEYS value · ARGV columns and payload, time to live, now. One that has ended is none. */
  insertOnce: script(`
local kept = redis.call('GET', KEYS[1])
if kept == '${unusedMark}' .. ARGV[1] then return 1 end
local ends = kept and tonumber(string.match(kept, '^%S+ %[(%d+)'))
if kept and (not ends or ends > tonumber(ARGV[3])) then return 0 end
redis.call('SET', KEYS[1], '${unusedMark}' .. ARGV[1], 'PX', ARGV[2])
return 1`),
  /** KEYS grant, its frozen establishment · ARGV frozen, time to live. The first stands. */
  freeze: script(`
if redis.call('GET', KEYS[1]) == '${removedMark}' then return 0 end
local left = redis.call('PTTL', KEYS[1])
if left == -1 then redis.call('SET', KEYS[2], ARGV[1], 'NX')
else redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', math.max(left, tonumber(ARGV[2]))) end
return 1`),
  /**
   * KEYS value, perhaps what is frozen beside it · ARGV time to live of the mark. Gives what there was. A full server refuses a
   * script at its first write that wants room, and looks no more once one has written: so what gives room comes first.
   */
  remove: script(`
local kept = redis.call('GET', KEYS[1])
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], '${removedMark}', 'PX', ARGV[1])
local frozen = false
if KEYS[2] then frozen = redis.call('GET', KEYS[2]) redis.call('DEL', KEYS[2]) end
return {kept, frozen}`),
  /** KEYS counter, grant · what is issued under the grant from now on is told from what was. A full server takes it, too. */
  voidModel: script(`
local left = redis.call('PTTL', KEYS[2])
if left == -2 then return 0 end
redis.call('PERSIST', KEYS[1])
redis.call('INCR', KEYS[1])
if left >= 0 then redis.call('PEXPIRE', KEYS[1], left) end
return 1`),
  /** KEYS index · ARGV score, member, time to live, before when members are forgotten. It lives as long as its last member. */
  index: script(`
local left = redis.call('PTTL', KEYS[1])
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
if ARGV[3] == '0' then redis.call('PERSIST', KEYS[1])
elseif left == -2 or (left >= 0 and left < tonumber(ARGV[3])) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`),
  /** KEYS a part of the index of people · ARGV now, client or nothing. Members are "person client grant". */
  people: script(`
local seen, count = {}, 0
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')) do
  local person, client = string.match(member, '^(%S+) (%S+)')
  if (ARGV[2] == '' or client == ARGV[2]) and not seen[person] then
    seen[person] = true
    count = count + 1
  end
end
return count`),
} as const;

function script(text: string): RedisScript {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
