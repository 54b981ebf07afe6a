-- One limit for many processes: decides what ledger.rs decides for one, by the server's own clock.
--
-- KEYS  the places, a sorted set of when requests were and will be admitted; the state, a hash
-- ARGV  what is asked, 'admit' or 'observe'; '1' on a new connection; the fewest and the most nodes; requests per second
--       of a node; how many may wait; how far ahead places are reserved; then the caller's patience, or the status of an
--       answer and its Retry-After (0 for none)
-- It answers 1 for a place and 0 for none, the wait, the nodes, the pauses in a row and the time. All times are
-- microseconds, which a double holds exactly.

local SECOND = 1000000
local MILLISECOND = 1000
local LONG, RECENT, GROWTH, IDLE = SECOND / 5, SECOND, SECOND, 60 * SECOND
local FIRST_PAUSE, LONGEST_PAUSE = SECOND / 2, 60 * SECOND
-- Nothing lies further ahead, unless the server's clock was set back.
local FARTHEST = 601 * SECOND

local places, state = KEYS[1], KEYS[2]
local asked, is_new = ARGV[1], ARGV[2] == '1'
local nodes_min, nodes_max, per_node = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local waiting_max, ahead = tonumber(ARGV[6]), tonumber(ARGV[7])

local time = redis.call('TIME')
local now = tonumber(time[1]) * SECOND + tonumber(time[2])

local known = redis.call('HMGET', state, 'nodes', 'grown', 'idle', 'from', 'till', 'pause', 'row', 'number')
local function field(position, otherwise)
  return tonumber(known[position] or nil) or otherwise
end
local nodes = math.max(nodes_min, math.min(nodes_max, field(1, nodes_min)))
local grown, idle = field(2, 0), math.min(field(3, now), now + FARTHEST)
local from, till = field(4, 0), field(5, 0)
local pause, row = math.min(field(6, 0), now + FARTHEST), field(7, 0)
local number = field(8, 0)

local function whole_millis_after(at)
  return now + math.ceil(math.max(0, at - now) / MILLISECOND) * MILLISECOND
end

local function text(value)
  return string.format('%.0f', value)
end

-- A server that has just started does not know which places it gave before, so it gives none until these are over. It
-- counts in whole seconds of the clock: what it calls one may have been a moment.
if is_new then
  local told = redis.pcall('INFO', 'server')
  local up = type(told) == 'string' and string.match(told, 'uptime_in_seconds:(%d+)')
  if up then
    pause = math.max(pause, now - (tonumber(up) - 1) * SECOND + ahead + SECOND)
  end
end

while nodes < nodes_max do
  local due = math.max(from, grown + GROWTH)
  if due > till or due > now then
    break
  end
  nodes, grown, idle = nodes + 1, due, math.max(idle, due)
end
if till < now then
  from, till = 0, 0
end
while nodes > nodes_min and idle + IDLE <= now do
  nodes, idle = nodes - 1, idle + IDLE
end

local admitted, wait = 0, 0
if asked == 'admit' then
  local patience = tonumber(ARGV[8])
  local limit = nodes * per_node
  redis.call('ZREMRANGEBYSCORE', places, '-inf', text(now - SECOND))
  redis.call('ZREMRANGEBYSCORE', places, text(now + FARTHEST), '+inf')
  local start = math.max(now, pause)
  local at = whole_millis_after(start)
  if redis.call('ZCARD', places) >= limit then
    local taken = redis.call('ZRANGE', places, 0, -1, 'WITHSCORES')
    for position = 2, #taken - 2 * (limit - 1), 2 do
      local first, last = tonumber(taken[position]), tonumber(taken[position + 2 * (limit - 1)])
      if last - first < SECOND and at + SECOND > last and at < first + SECOND then
        at = whole_millis_after(first + SECOND)
      end
    end
  end
  if at - start > LONG then
    if till < now + LONG then
      from = now + LONG
    end
    till = now + RECENT
  end
  wait = at - now
  local full = wait > 0 and redis.call('ZCOUNT', places, '(' .. text(now), '+inf') >= waiting_max
  if not full and wait <= ahead and wait <= patience then
    admitted, number = 1, number + 1
    redis.call('ZADD', places, text(at), text(at) .. ':' .. text(number))
    local in_second = redis.call('ZCOUNT', places, '(' .. text(at - SECOND), text(at))
    if 2 * in_second >= limit then
      idle = math.max(idle, at)
    end
  end
else
  local status, retry_after = tonumber(ARGV[8]), tonumber(ARGV[9])
  local over = pause <= now
  if status ~= 429 then
    if over then
      row = 0
    end
  elseif retry_after > 0 or over then
    if retry_after <= 0 then
      retry_after = FIRST_PAUSE * 2 ^ math.min(row, 7)
    end
    if over then
      row = row + 1
    end
    pause = math.max(pause, now + math.min(retry_after, LONGEST_PAUSE))
  end
end

redis.call('HSET', state, 'nodes', nodes, 'grown', text(grown), 'idle', text(idle), 'from', text(from),
  'till', text(till), 'pause', text(pause), 'row', row, 'number', text(number))
-- Forgotten is what differs in nothing from a beginning: when the nodes are down to the fewest and all is over.
local keep = ((nodes - nodes_min + 2) * IDLE + FARTHEST) / MILLISECOND
redis.call('PEXPIRE', state, text(keep))
redis.call('PEXPIRE', places, text(keep))
return {admitted, wait, nodes, row, now}
