-- Take a partition: become its only writer and read where it stands.
-- KEYS: meta, outbox. ARGV: generation, token, then identity pairs (field, value …).
-- All checks come before the first write.
local generation = tonumber(redis.call('HGET', KEYS[1], 'generation') or '-1')
if tonumber(ARGV[1]) < generation then
  return {'lower_generation', tostring(generation)}
end
for i = 3, #ARGV, 2 do
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  if stored and stored ~= ARGV[i + 1] then
    return {'foreign', ARGV[i], stored}
  end
end
redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'token', ARGV[2])
for i = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
return {'ok', redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
