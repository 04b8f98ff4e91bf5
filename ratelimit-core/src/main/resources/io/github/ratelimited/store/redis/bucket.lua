-- The common case, decided without what comes after it: one request for one token bucket that is stored by the same
-- numbers, or not at all. The same arithmetic, in the same order; all else is left to the general script.

if #KEYS == 1 and #ARGV == 2 and string.byte(ARGV[1]) == 84 then -- 84 = T
  local key, numbers = KEYS[1], ARGV[1]
  local take, wait, permits, capacity, capacityFraction, _, us, fraction = struct.unpack('<dddddddd', ARGV[2])
  local value, birth, kept, a, b = redis.pcall('GET', key), nil, nil, nil, nil
  if not value then
    birth, kept, a, b = now, 0, 0, 0
  elseif type(value) == 'string' and #value == #numbers + 32 and string.sub(value, 1, #numbers) == numbers then
    birth, kept, a, b = struct.unpack('<dddd', value, #numbers + 1)
  end
  if take == 1 and birth then
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
    if momentFraction > 0 then
      moment = moment + 1
    end
    if moment < now then
      moment = now
    end
    if moment - now > wait or moment >= FURTHEST then
      return {now, 0, moment, 0, a, b}
    end
    local before = b > 0 and a + 1 or a
    if moment > now and moment > a then -- the turn was rounded up, and counts from there
      from, fromFraction = moment + us, fraction
      if fromFraction >= permits then
        from, fromFraction = from + 1, fromFraction - permits
      end
    end
    if from + 500 * SLACK <= kept then -- setting the time again would cost as much as all of the above
      redis.call('SET', key, numbers .. struct.pack('<dddd', birth, kept, from, fromFraction), 'KEEPTTL')
    else
      local left = math.max(1, math.ceil((from + 1 - now) / 1000) + SLACK)
      redis.call('SET', key, numbers .. struct.pack('<dddd', birth, now + left * 1000, from, fromFraction), 'PX', left)
    end
    return {now, 1, moment, before, from, fromFraction}
  end
end
