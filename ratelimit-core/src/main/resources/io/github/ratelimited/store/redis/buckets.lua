-- What a bucket remembers, and the arithmetic of the three algorithms. All numbers are whole and below 2^53, where Lua's
-- are exact. The caller has worked out what a cost is in time, as us + fraction / permits, so that products that could be
-- too large are formed only where a limit changes, and there digit by digit.
--
-- TOKEN_BUCKET    'T permits period burst ' and birth, kept, us, fraction     the theoretical arrival time
-- FIXED_WINDOW    'F permits period burst ' and birth, kept, window, taken    of a window, counted from the epoch
-- SLIDING_WINDOW  a sorted set, its times as scores: '<sum so far>:<cost>', and at -1 'S permits period burst birth'
--
-- What follows the text are little-endian doubles, faster to read and to write than digits; 'kept' is until when the
-- server keeps the bucket.

local function text(number)
  return string.format('%.0f', number)
end

-- What a limit's text says: kind, permits, period, burst, and where the text ends. It begins with the version of all that is
-- stored, 1; version 0 had no number, and is the same but for that.
local function numbers(value)
  local kind, permits, period, burst, ending = string.match(value, '^1?([TFS]) (%d+) (%d+) (%d+) ()')
  return kind, tonumber(permits), tonumber(period), tonumber(burst), ending
end

local function limitOf(said, permits, capacity, capacityFraction)
  local kind, _, period, burst = numbers(said)
  return {text = said, kind = kind, permits = permits, period = period, burst = burst,
          capacity = capacity, capacityFraction = capacityFraction}
end

-- Reads the doubles of an argument one after the other, without the first ones.
local function reader(argument, without)
  local at = 1 + 8 * without
  return function()
    local number
    number, at = struct.unpack('<d', argument, at)
    return number
  end
end

local function window(limit, time)
  return math.floor(time / limit.period)
end

-- us + fraction / permits, later by as much
local function later(us, fraction, by, byFraction, permits)
  us, fraction = us + by, fraction + byFraction
  if fraction >= permits then
    us, fraction = us + 1, fraction - permits
  end
  return us, fraction
end

local function earlier(us, fraction, by, byFraction, permits)
  us, fraction = us - by, fraction - byFraction
  if fraction < 0 then
    us, fraction = us - 1, fraction + permits
  end
  return us, fraction
end

local function entry(reply)
  if reply[1] == nil or reply[2] == '-1' then
    return nil
  end
  local sum, cost = string.match(reply[1], '^(%d+):(%d+)$')
  return {member = reply[1], sum = tonumber(sum), cost = tonumber(cost), time = tonumber(reply[2])}
end

local function add(key, time, sum, cost)
  redis.call('ZADD', key, text(time), string.format('%016.0f:%.0f', sum, cost))
end

-- The log's newest entry, and the sum of all that has left the window at that time.
local function newest(key)
  return entry(redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES'))
end

local function gone(key, time)
  local last = entry(redis.call('ZREVRANGEBYSCORE', key, text(time), 0, 'WITHSCORES', 'LIMIT', 0, 1))
  if last then
    return last.sum
  end
  local first = entry(redis.call('ZRANGEBYSCORE', key, 0, '+inf', 'WITHSCORES', 'LIMIT', 0, 1))
  return first and first.sum - first.cost or 0
end

-- Takes up to so many permits of the entries from first to last out again, the newest first; false if there are none.
local function takeOut(key, first, last, cost)
  local all = redis.call('ZREVRANGEBYSCORE', key, text(last), text(first), 'WITHSCORES', 'LIMIT', 0, text(cost))
  local back = 0
  for i = 1, #all, 2 do
    local each = entry({all[i], all[i + 1]})
    local less = math.min(cost - back, each.cost)
    if less > 0 then
      redis.call('ZREM', key, each.member)
      back = back + less
      if less < each.cost then
        add(key, each.time, each.sum - less, each.cost - less)
      end
    end
  end
  if back == 0 then
    return false
  end
  local behind = redis.call('ZRANGEBYSCORE', key, '(' .. text(last), '+inf', 'WITHSCORES')
  for i = 1, #behind, 2 do
    local each = entry({behind[i], behind[i + 1]})
    redis.call('ZREM', key, each.member)
    add(key, each.time, each.sum - back, each.cost)
  end
  return true
end

-- The bucket as it is stored, by whatever numbers; nil if there is none.
local function stored(key)
  local value = redis.pcall('GET', key)
  if value == false then
    return nil
  end
  if type(value) == 'string' then
    local kind, permits, period, burst, ending = numbers(value)
    if not kind or #value ~= ending + 31 then
      return redis.error_reply('WRONGTYPE the key holds a value that is no bucket, or one of a later version')
    end
    local birth, _, a, b = struct.unpack('<dddd', value, ending)
    return {kind = kind, permits = permits, period = period, burst = burst, birth = birth, a = a, b = b}
  end
  local header = redis.pcall('ZRANGE', key, 0, 0, 'WITHSCORES')
  if header.err or header[2] ~= '-1' then
    return value.err and value or redis.error_reply('WRONGTYPE the key holds a value that is no bucket, or one of a later version')
  end
  local kind, permits, period, burst, ending = numbers(header[1])
  if not kind then
    return redis.error_reply('WRONGTYPE the key holds a value that is no bucket, or one of a later version')
  end
  return {kind = kind, permits = permits, period = period, burst = burst,
          birth = tonumber(string.sub(header[1], ending))}
end

-- factor * by / over, whole, and what is left over. The product may be above 2^53: then digit by digit, of base 16, by which
-- a number of permits (below 2^40) and one of microseconds in ten years (below 2^49) can be multiplied.
local function divided(factor, by, over)
  local whole, product = 0, factor * by
  if product >= FURTHEST then
    local left
    whole, left = divided(math.floor(factor / 16), by, over)
    whole, product = 16 * whole, 16 * left + factor % 16 * by
  end
  local more = math.floor(product / over)
  return whole + more, product - more * over
end

-- Permits taken and not refilled, rounded up.
local function consumed(key, bucket)
  if bucket.kind == 'T' then
    local us = bucket.a - now
    if us < 0 then
      return 0
    end
    local permits, left = divided(us, bucket.permits, bucket.period)
    return permits + math.ceil((left + bucket.b) / bucket.period)
  end
  if bucket.kind == 'F' then
    return math.max(0, (bucket.a - window(bucket, now)) * bucket.permits + bucket.b)
  end
  local last = newest(key)
  return last and last.sum - gone(key, now - bucket.period) or 0
end

-- Rounded up.
local function scaled(taken, from, to)
  local permits, left = divided(taken, to.burst, from.burst)
  return left > 0 and permits + 1 or permits
end

-- What is reserved ahead, being more than the old limit holds, keeps the bucket closed for as long as it did.
local function scaledWithAhead(taken, from, to)
  local ahead = taken - from.burst
  if ahead <= 0 then
    return scaled(taken, from, to)
  end
  local us, fraction = divided(ahead, from.period, from.permits)
  local permits, left = divided(us, to.permits, to.period)
  local more, rest = divided(fraction, to.permits, from.permits)
  return to.burst + permits + math.ceil((left + more + (rest > 0 and 1 or 0)) / to.period)
end

local function empty(limit)
  if limit.kind == 'T' then
    return {kind = 'T', birth = now, a = 0, b = 0}
  end
  if limit.kind == 'F' then
    return {kind = 'F', birth = now, a = 0, b = 0}
  end
  return {kind = 'S', birth = now, log = {}}
end

-- What another limit, or another algorithm, has taken, in proportion. Logs are made when something is taken.
local function converted(key, old, limit)
  local bucket = empty(limit)
  bucket.birth = old.birth
  if old.kind == 'S' and limit.kind == 'S' then
    local all = redis.call('ZRANGEBYSCORE', key, '(' .. text(now - old.period), '+inf', 'WITHSCORES')
    local costs, before = 0, 0
    for i = 1, #all, 2 do
      costs = costs + entry({all[i], all[i + 1]}).cost
      local after = scaled(costs, old, limit)
      if after > before then
        table.insert(bucket.log, {time = tonumber(all[i + 1]), cost = after - before})
      end
      before = after
    end
    return bucket
  end
  local taken = scaledWithAhead(consumed(key, old), old, limit)
  if taken == 0 then
    return bucket
  end
  if limit.kind == 'T' then
    local us, fraction = divided(taken, limit.period, limit.permits)
    bucket.a, bucket.b = now + us, fraction
  elseif limit.kind == 'F' then
    bucket.a = window(limit, now) + math.floor(taken / limit.permits)
    bucket.b = taken % limit.permits
  else
    local at = now
    while taken > 0 do
      table.insert(bucket.log, {time = at, cost = math.min(taken, limit.permits)})
      taken, at = taken - limit.permits, at + limit.period
    end
  end
  return bucket
end

-- The bucket by these numbers; an error reply if the key is somebody else's.
local function open(key, limit)
  local bucket = stored(key)
  if not bucket then
    return empty(limit)
  end
  if bucket.err then
    return bucket
  end
  if bucket.kind ~= limit.kind or bucket.permits ~= limit.permits or bucket.period ~= limit.period
      or bucket.burst ~= limit.burst then
    return converted(key, bucket, limit)
  end
  return bucket
end

-- A log that exists as a list only, since it was converted, becomes a sorted set.
local function materialize(key, bucket, limit)
  if bucket.log then
    redis.call('DEL', key)
    redis.call('ZADD', key, -1, limit.text .. text(bucket.birth))
    local sum = 0
    for _, each in ipairs(bucket.log) do
      sum = sum + each.cost
      add(key, each.time, sum, each.cost)
    end
    bucket.log = nil
  end
end

local function save(key, bucket, limit)
  local full
  if bucket.kind == 'S' then
    local last = newest(key)
    if not last then
      redis.call('DEL', key)
      return
    end
    full = last.time + limit.period
  elseif bucket.kind == 'T' then
    full = bucket.a + 1
  else
    full = (bucket.b == 0 and bucket.a or bucket.a + 1) * limit.period
  end
  local left = math.max(1, math.ceil((full - now) / 1000) + SLACK)
  if bucket.kind == 'S' then
    redis.call('PEXPIRE', key, text(left))
  else
    redis.call('SET', key, limit.text .. struct.pack('<dddd', bucket.birth, now + left * 1000, bucket.a, bucket.b),
      'PX', text(left))
  end
end
