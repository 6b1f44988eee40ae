-- One fenced, atomic write of everything a chunk did.
-- KEYS: meta, timers, outbox, codes, free codes, then one key per value written.
-- ARGV: token, start offset, next offset, commit number, then ten counted groups:
--   values (in the order of their keys), meta pairs, timers set (due, member …),
--   timers removed, outbox entries (sequence, bytes …), outbox sequences removed,
--   codes set (code, bytes …), codes removed, free codes added (0, member …), free codes removed.
-- All checks come before the first write. The same commit sent again answers as the first did.
local meta = redis.call('HMGET', KEYS[1], 'token', 'offset', 'commits')
local offset = meta[2] or '0'
local commits = meta[3] or '0'
if meta[1] ~= ARGV[1] then
  return {'fenced', 'the fence is not ours'}
end
if commits == ARGV[4] and offset == ARGV[3] then
  return {'ok', 'repeated'}
end
if tonumber(commits) ~= tonumber(ARGV[4]) - 1 or offset ~= ARGV[2] then
  return {'moved', 'stored offset ' .. offset .. ', commit ' .. commits
    .. '; expected ' .. ARGV[2] .. ', ' .. (tonumber(ARGV[4]) - 1)}
end

-- unpack() fails past some thousands of values, so groups are written in slices.
local SLICE = 1000
local position = 5
local function each_slice(write)
  local count = tonumber(ARGV[position])
  local first, last = position + 1, position + count
  for from = first, last, SLICE do
    write(from, math.min(from + SLICE - 1, last))
  end
  position = last + 1
end

local value_start = position
each_slice(function(from, to)
  local pairs_ = {}
  for i = from, to do
    pairs_[#pairs_ + 1] = KEYS[5 + i - value_start]
    pairs_[#pairs_ + 1] = ARGV[i]
  end
  redis.call('MSET', unpack(pairs_))
end)
each_slice(function(from, to) redis.call('HSET', KEYS[1], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('ZADD', KEYS[2], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('ZREM', KEYS[2], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('HSET', KEYS[3], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('HDEL', KEYS[3], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('HSET', KEYS[4], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('HDEL', KEYS[4], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('ZADD', KEYS[5], unpack(ARGV, from, to)) end)
each_slice(function(from, to) redis.call('ZREM', KEYS[5], unpack(ARGV, from, to)) end)
redis.call('HSET', KEYS[1], 'offset', ARGV[3], 'commits', ARGV[4])
return {'ok', 'written'}
