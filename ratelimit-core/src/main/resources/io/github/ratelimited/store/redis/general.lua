-- Decides requests for the same buckets one after the other, each all or nothing.
--
-- A request, as doubles: 1, or 0 to take nothing (peek); its longest wait; for each bucket: permits, capacity (us, fraction);
-- for each: cost, cost in time (us, fraction); how often, if more than once. Its answer, as often: 1 or 0, and for each
-- bucket: the moment at which the cost could be had or was taken, a mark of what was there before, and what is there after:
-- (us, fraction), (window, taken) or (sum, newest time). The mark of a token bucket tells, of a turn that has to come,
-- how much later it is than it could be had, in 1 / permits us, as -1 - that; else (us), rounded up.

-- From which window on, and behind how many permits taken in it, a cost fits.
local function place(bucket, limit, time, cost)
  local first, taken = bucket.a, bucket.b
  if first < window(limit, time) then
    first, taken = window(limit, time), 0
  end
  if taken + cost > limit.permits then
    return first + 1, 0
  end
  return first, taken
end

local function earliestInLog(key, bucket, limit, cost)
  local entries, last, before = bucket.log, nil, nil
  if entries then
    local sum = 0
    for _, each in ipairs(entries) do
      sum = sum + each.cost
      each.sum = sum
    end
    last, before = entries[#entries], 0
  else
    last = newest(key)
    before = last and gone(key, now - limit.period)
  end
  if not last then
    return now
  end
  local time = math.max(now, last.time)
  local target = last.sum + cost - limit.permits -- all up to this sum has to have left the window
  if before >= target then
    return time
  end
  local low, high = 1, entries and #entries or redis.call('ZCARD', key) - 1
  local function at(index)
    return entries and entries[index] or entry(redis.call('ZRANGE', key, index, index, 'WITHSCORES'))
  end
  while low < high do
    local middle = math.floor((low + high) / 2)
    if at(middle).sum < target then
      low = middle + 1
    else
      high = middle
    end
  end
  return math.max(time, at(low).time + limit.period)
end

-- When a bucket has room for a cost (us, fraction), now or before or after.
local function roomAt(bucket, limit, us, fraction)
  local a, b = bucket.a, bucket.b
  if a < now then
    a, b = now, 0
  end
  a, b = later(a, b, us, fraction, limit.permits)
  return earlier(a, b, limit.capacity, limit.capacityFraction, limit.permits)
end

local function earliest(key, bucket, limit, cost, us, fraction)
  if limit.kind == 'T' then
    local a, b = roomAt(bucket, limit, us, fraction)
    return math.max(now, b > 0 and a + 1 or a)
  end
  if limit.kind == 'F' then
    return math.max(now, (place(bucket, limit, now, cost)) * limit.period)
  end
  return earliestInLog(key, bucket, limit, cost)
end

local function take(key, bucket, limit, time, cost, us, fraction)
  if limit.kind == 'T' then
    local before = bucket.b > 0 and bucket.a + 1 or bucket.a
    local a, b = roomAt(bucket, limit, us, fraction)
    local late = (time - a) * limit.permits - b
    if time > now and late < FURTHEST then
      before = -1 - late
    end
    if bucket.a < time then
      bucket.a, bucket.b = time, 0
    end
    bucket.a, bucket.b = later(bucket.a, bucket.b, us, fraction, limit.permits)
    return before
  end
  if limit.kind == 'F' then
    local first, taken = bucket.a, bucket.b
    if first < window(limit, now) then
      first, taken = window(limit, now), 0
    end
    bucket.a, bucket.b = place(bucket, limit, time, cost)
    bucket.b = bucket.b + cost
    if first == bucket.a then
      return taken
    end
    local passed = (bucket.a - first) * (limit.permits + 1) + taken -- negative: it passed over room in windows before
    return passed < FURTHEST and -passed or 0
  end
  materialize(key, bucket, limit)
  redis.call('ZREMRANGEBYSCORE', key, 0, text(now - limit.period))
  local last = newest(key)
  add(key, time, (last and last.sum or 0) + cost, cost)
  return 0
end

local function after(key, bucket, limit)
  if limit.kind ~= 'S' then
    return bucket.a, bucket.b
  end
  if bucket.log then
    local sum = 0
    for _, each in ipairs(bucket.log) do
      sum = sum + each.cost
    end
    return sum, #bucket.log > 0 and bucket.log[#bucket.log].time or 0
  end
  local last = newest(key)
  if not last then
    return 0, 0
  end
  return last.sum - gone(key, now - limit.period), last.time
end

-- The requests in ARGV from first to last; their answers begin in answer[at]. Returns an error if a key is somebody else's.
local function decide(keys, numbers, first, last, answer, at)
  local limits, buckets, changed = {}, {}, {}
  local said = reader(ARGV[first], 2)
  for i, key in ipairs(keys) do
    limits[i] = limitOf(numbers[i], said(), said(), said())
    buckets[i] = open(key, limits[i])
    if buckets[i].err then
      return buckets[i].err
    end
  end
  local function say(number)
    answer[at], at = number, at + 1
  end
  local length = 8 * (2 + 6 * #keys)
  for request = first, last do
    local takes, most = struct.unpack('<dd', ARGV[request])
    for _ = 1, #ARGV[request] > length and struct.unpack('<d', ARGV[request], length + 1) or 1 do
      local said, moment, costs = reader(ARGV[request], 2 + 3 * #keys), now, {}
      for i, key in ipairs(keys) do
        costs[i] = {cost = said(), us = said(), fraction = said()}
        costs[i].at = earliest(key, buckets[i], limits[i], costs[i].cost, costs[i].us, costs[i].fraction)
        moment = math.max(moment, costs[i].at)
      end
      local allowed = moment - now <= most and moment < FURTHEST
      say(allowed and 1 or 0)
      for i, key in ipairs(keys) do
        local before = 0
        if allowed and takes == 1 then
          before = take(key, buckets[i], limits[i], moment, costs[i].cost, costs[i].us, costs[i].fraction)
          changed[i] = true
        end
        local a, b = after(key, buckets[i], limits[i])
        say(allowed and moment or costs[i].at)
        say(before)
        say(a)
        say(b)
      end
    end
  end
  for i, key in ipairs(keys) do
    if changed[i] then
      save(key, buckets[i], limits[i])
    end
  end
end
