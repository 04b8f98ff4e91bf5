
local err = decide(KEYS, ARGV, #KEYS + 1, #ARGV, answer, 2)
return err and redis.error_reply(err) or answer
