-- Requests for the same buckets, in one call.
--
-- ARGV    for each bucket: 'kind permits period burst '; for each request what general.lua says of one
-- returns now; for each request what general.lua says of its answer

local answer = {now}
if #KEYS == 1 and usual(KEYS[1], ARGV[1], 2, #ARGV, answer, 2) then
  return answer
end
