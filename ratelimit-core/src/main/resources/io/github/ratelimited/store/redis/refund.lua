-- Gives back what an allowed decision took, as far as it has not refilled and no later reservation stands on it.
--
-- ARGV  for each bucket: 'kind permits period burst '; for each bucket, as doubles: permits, capacity (us, fraction), cost,
--       cost in time (us, fraction), when it was decided, the moment for which permits were taken, what was there before:
--       when the bucket would have been full (us, fraction), or the mark of a window

local function refundTime(bucket, limit, moment, before, beforeFraction, us, fraction)
  local a, b = before, beforeFraction
  if a < moment then
    a, b = moment, 0
  end
  a, b = later(a, b, us, fraction, limit.permits)
  if moment > now and bucket.a == a and bucket.b == b then
    -- A turn that has not come, and the last: it goes whole, with the time for which it closed the bucket to others.
    bucket.a, bucket.b = before, beforeFraction
    return true
  end
  local x, y = earlier(bucket.a, bucket.b, limit.capacity, limit.capacityFraction, limit.permits)
  if x > now or (x == now and y > 0) then
    return false -- somebody waits, and turns stand on each other
  end
  -- Of a call its permits have refilled at moment + cost at the earliest.
  local endUs, endFraction = later(moment, 0, us, fraction, limit.permits)
  if endUs > bucket.a or (endUs == bucket.a and endFraction > bucket.b) then
    endUs, endFraction = bucket.a, bucket.b
  end
  local leftUs, leftFraction = earlier(endUs, endFraction, now, 0, limit.permits)
  if leftUs < 0 then
    return false
  end
  if leftUs > us or (leftUs == us and leftFraction > fraction) then
    leftUs, leftFraction = us, fraction
  end
  bucket.a, bucket.b = earlier(bucket.a, bucket.b, leftUs, leftFraction, limit.permits)
  return true
end

local function refundWindow(bucket, limit, moment, before, cost)
  local takenIn = window(limit, moment)
  if takenIn < window(limit, now) or takenIn ~= bucket.a then
    return false
  end
  if before < 0 and bucket.b == cost then
    -- The room that it passed over is there again.
    bucket.a, bucket.b = takenIn - math.floor(-before / (limit.permits + 1)), -before % (limit.permits + 1)
  else
    bucket.b = math.max(0, bucket.b - cost)
  end
  return true
end

for i, key in ipairs(KEYS) do
  local said = reader(ARGV[#KEYS + i], 0)
  local limit = limitOf(ARGV[i], said(), said(), said())
  local cost, us, fraction, decided, moment, before, beforeFraction = said(), said(), said(), said(), said(), said(), said()
  local bucket = stored(key)
  if bucket and not bucket.err and bucket.kind == limit.kind and bucket.permits == limit.permits
      and bucket.period == limit.period and bucket.burst == limit.burst and bucket.birth <= decided then
    local changed
    if limit.kind == 'T' then
      changed = refundTime(bucket, limit, moment, before, beforeFraction, us, fraction)
    elseif limit.kind == 'F' then
      changed = refundWindow(bucket, limit, moment, before, cost)
    else
      changed = takeOut(key, moment, moment, cost)
    end
    if changed then
      save(key, bucket, limit)
    end
  end
end
return 1
