-- Time is microseconds since the epoch by the server's clock.

local clock = CLOCK
local now = clock[1] * 1000000 + clock[2]
local FURTHEST = 9000000000000000
local SLACK = SLACK_MILLIS -- milliseconds that a bucket is kept longer than it has to be

