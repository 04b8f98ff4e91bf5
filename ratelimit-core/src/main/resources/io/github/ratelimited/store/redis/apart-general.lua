
for _, each in ipairs(others) do
  decide({KEYS[each.i]}, {ARGV[1 + each.i]}, each.first, each.last, answer, each.at)
end
return answer
