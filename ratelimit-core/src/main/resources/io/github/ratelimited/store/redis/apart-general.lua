
for _, each in ipairs(others) do
  for hole = each.at, each.at + 5 * each.answers - 1 do
    answer[hole] = -1
  end
  local fine, err = pcall(decide, {KEYS[each.i]}, {ARGV[1 + each.i]}, each.first, each.last, answer, each.at)
  if not fine or (err and not string.find(err, 'WRONGTYPE', 1, true)) then -- which concerns none of the others
    for hole = each.at, each.at + 5 * each.answers - 1 do
      answer[hole] = -2
    end
    answer[each.at + 1] = tostring(type(err) == 'table' and err.err or err)
  end
end
return answer
