-- Blackboard reads or writes over a thousand keys. Arguments after `--`: get|put.
local value = '{"note":"' .. ("A finding that another agent may want to read. "):rep(21) .. '"}'
local method = "GET"
local body = nil
local at = 0

function init(arguments)
  if arguments[1] == "put" then
    method = "PUT"
    body = value
  end
end

function request()
  at = (at * 7919 + 104729) % 1000
  return wrk.format(method, "/mesh/blackboard/bench/key" .. at, nil, body)
end

-- requests, seconds, errors of any kind, p50, p99 and p99.9 in microseconds: one line, read by Board.java
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("wrk: %d %.6f %d %d %d %d\n", summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
