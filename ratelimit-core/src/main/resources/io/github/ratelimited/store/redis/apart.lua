-- Requests for one bucket each, and for several buckets, in one call: each bucket is decided for by itself.
--
-- ARGV    for each bucket how many arguments its requests are, and how many answers they get, as doubles; for each bucket:
--         'kind permits period burst '; for each request, bucket by bucket, what general.lua says of one
-- returns now; for each request what general.lua says of its answer, or five times -1 if there is another value in the
--         bucket's place, or -2, what went wrong, and three times -2

local answer, others = {now}, nil
local counts, next, at = 1, #KEYS + 2, 2
for i = 1, #KEYS do
  local count, answers
  count, answers, counts = struct.unpack('<dd', ARGV[1], counts)
  if not usual(KEYS[i], ARGV[1 + i], next, next + count - 1, answer, at) then
    others = others or {}
    table.insert(others, {i = i, first = next, last = next + count - 1, at = at, answers = answers})
  end
  next, at = next + count, at + 5 * answers
end
if not others then
  return answer
end
