-- The common case, decided without what comes after it: one request for one token bucket that is stored by the same
-- numbers, or not at all. The same arithmetic, in the same order; all else is left to the general script.

if #ARGV == 9 and ARGV[1] == '1' and string.byte(ARGV[2]) == 84 then -- 84 = T
  local key, numbers = KEYS[1], ARGV[2]
  local value, birth, a, b = redis.pcall('GET', key), nil, nil, nil
  if not value then
    birth, a, b = now, 0, 0
  elseif type(value) == 'string' and #value == #numbers + 24 and string.sub(value, 1, #numbers) == numbers then
    birth, a, b = struct.unpack('<ddd', value, #numbers + 1)
  end
  if birth then
    local permits, us, fraction = tonumber(ARGV[3]), ARGV[8], ARGV[9]
    local from, fromFraction = a, b
    if from < now then
      from, fromFraction = now, 0
    end
    from, fromFraction = from + us, fromFraction + fraction
    if fromFraction >= permits then
      from, fromFraction = from + 1, fromFraction - permits
    end
    local moment, momentFraction = from - ARGV[4], fromFraction - ARGV[5]
    if momentFraction < 0 then
      moment, momentFraction = moment - 1, momentFraction + permits
    end
    if momentFraction > 0 then
      moment = moment + 1
    end
    if moment < now then
      moment = now
    end
    if moment - now > tonumber(ARGV[6]) or moment >= FURTHEST then
      return {now, 0, moment, 0, a, b}
    end
    local before = b > 0 and a + 1 or a
    if moment > now and moment > a then -- the turn was rounded up, and counts from there
      from, fromFraction = moment + us, fraction + 0
      if fromFraction >= permits then
        from, fromFraction = from + 1, fromFraction - permits
      end
    end
    redis.call('SET', key, numbers .. struct.pack('<ddd', birth, from, fromFraction),
      'PX', math.max(1, math.ceil((from + 1 - now) / 1000) + SLACK))
    return {now, 1, moment, before, from, fromFraction}
  end
end
