-- The common case, decided without what comes after it: requests to take from token buckets that are stored by the same
-- numbers, or not at all. The same arithmetic, in the same order; all else is left to the general script.

-- Decides the requests in ARGV from first to last for one bucket; their answers begin in answer[at]. False, and nothing
-- done, if they are not of that kind.
local function usual(key, numbers, first, last, answer, at)
  if string.byte(numbers, 2) ~= 84 then -- 84 = T, behind the version
    return false
  end
  local value, birth, kept, a, b = redis.pcall('GET', key), nil, nil, nil, nil
  if not value then
    birth, kept, a, b = now, 0, 0, 0
  elseif type(value) == 'string' and #value == #numbers + 32 and string.sub(value, 1, #numbers) == numbers then
    birth, kept, a, b = struct.unpack('<dddd', value, #numbers + 1)
  else
    return false
  end
  local changed = false
  for request = first, last do
    local said = ARGV[request]
    local take, wait, permits, capacity, capacityFraction, _, us, fraction = struct.unpack('<dddddddd', said)
    if take ~= 1 then
      return false -- a peek, which is alone
    end
    for _ = 1, #said > 64 and struct.unpack('<d', said, 65) or 1 do
      local from, fromFraction = a, b
      if from < now then
        from, fromFraction = now, 0
      end
      from, fromFraction = from + us, fromFraction + fraction
      if fromFraction >= permits then
        from, fromFraction = from + 1, fromFraction - permits
      end
      local moment, momentFraction = from - capacity, fromFraction - capacityFraction
      if momentFraction < 0 then
        moment, momentFraction = moment - 1, momentFraction + permits
      end
      local late = 0
      if momentFraction > 0 then
        moment, late = moment + 1, permits - momentFraction
      end
      if moment < now then
        moment = now
      end
      if moment - now > wait or moment >= FURTHEST then
        answer[at], answer[at + 1], answer[at + 2] = 0, moment, 0
      else
        answer[at], answer[at + 1], answer[at + 2] = 1, moment, moment > now and -1 - late or b > 0 and a + 1 or a
        if moment > now and moment > a then -- the turn was rounded up, and counts from there
          from, fromFraction = moment + us, fraction
          if fromFraction >= permits then
            from, fromFraction = from + 1, fromFraction - permits
          end
        end
        a, b, changed = from, fromFraction, true
      end
      answer[at + 3], answer[at + 4] = a, b
      at = at + 5
    end
  end
  if changed then
    if a + 500 * SLACK <= kept then -- setting the time again would cost as much as all of the above
      redis.call('SETRANGE', key, #numbers + 16, struct.pack('<dd', a, b))
    else
      local left = math.max(1, math.ceil((a + 1 - now) / 1000) + SLACK)
      redis.call('SET', key, numbers .. struct.pack('<dddd', birth, now + left * 1000, a, b), 'PX', left)
    end
  end
  return true
end
