-- The common case, decided without what comes after it: requests for one token bucket that is stored by the same numbers,
-- or not at all. The same arithmetic, in the same order; all else is left to the general script.

if #KEYS == 1 and ARGV[3] == 'T' then
  local numbers = 'T ' .. ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6] .. ' '
  local value = redis.pcall('GET', KEYS[1])
  local birth, a, b
  if not value then
    birth, a, b = string.format('%.0f', now), 0, 0
  elseif type(value) == 'string' and string.sub(value, 1, #numbers) == numbers then
    birth, a, b = string.match(value, '^(%d+) (%d+) (%d+)$', #numbers + 1)
    a, b = tonumber(a), tonumber(b)
  end
  if a and b then
    local permits, capacity, capacityFraction = tonumber(ARGV[4]), tonumber(ARGV[7]), tonumber(ARGV[8])
    local answer, said, changed, peek = {now}, 1, false, ARGV[2] == '1'
    for at = 9, #ARGV, 4 do
      local from, fromFraction = a, b
      if from < now then
        from, fromFraction = now, 0
      end
      from, fromFraction = from + ARGV[at + 2], fromFraction + ARGV[at + 3]
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
      local allowed, before = 0, 0
      if moment - now <= tonumber(ARGV[at]) and moment < FURTHEST then
        allowed = 1
        if not peek then
          before = b > 0 and a + 1 or a
          if moment > now and moment > a then -- the turn was rounded up, and counts from there
            a, b = moment, 0
            from, fromFraction = a + ARGV[at + 2], b + ARGV[at + 3]
            if fromFraction >= permits then
              from, fromFraction = from + 1, fromFraction - permits
            end
          end
          a, b, changed = from, fromFraction, true
        end
      end
      answer[said + 1], answer[said + 2], answer[said + 3] = allowed, moment, before
      answer[said + 4], answer[said + 5] = a, b
      said = said + 5
    end
    if changed then
      local left = math.max(1, math.ceil((a + 1 - now) / 1000) + SLACK)
      redis.call('SET', KEYS[1], string.format('%s%s %.0f %.0f', numbers, birth, a, b), 'PX', left)
    end
    return answer
  end
end

