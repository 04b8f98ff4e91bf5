-- Gives back permits that were taken from a bucket and have not refilled, whoever took them.
--
-- ARGV  'kind permits period burst '; as doubles: permits, capacity (us, fraction), cost, cost in time (us, fraction)

local key, said = KEYS[1], reader(ARGV[2], 0)
local limit = limitOf(ARGV[1], said(), said(), said())
local cost, us, fraction = said(), said(), said()
local bucket = open(key, limit)
if bucket.err then
  return bucket
end
local changed = false
if limit.kind == 'T' then
  if bucket.a >= now then
    bucket.a, bucket.b = earlier(bucket.a, bucket.b, us, fraction, limit.permits)
    if bucket.a < now then
      bucket.a, bucket.b = now, 0
    end
    changed = true
  end
elseif limit.kind == 'F' then
  local first = window(limit, now)
  if bucket.a >= first then
    bucket.b = bucket.b - cost
    if bucket.b < 0 and bucket.a > first then
      bucket.a, bucket.b = bucket.a - 1, bucket.b + limit.permits -- who comes may go there again
    end
    bucket.b = math.max(0, bucket.b)
    changed = true
  end
elseif not bucket.log or #bucket.log > 0 then
  materialize(key, bucket, limit)
  takeOut(key, math.max(0, now - limit.period + 1), now, cost) -- what lies ahead is reserved
  changed = true
end
if changed then
  save(key, bucket, limit)
end
return 1
