-- One chat call, over and over. Arguments after `--`: json|stream, and the model's name.
local words = "You are a careful research assistant. Answer from the notes below and say which note you used. "

function init(arguments)
  local stream = arguments[1] == "stream" and '"stream":true,' or ""
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.body = '{"model":"' .. arguments[2] .. '",' .. stream .. '"max_tokens":256,"temperature":0.2,"messages":['
    .. '{"role":"system","content":"' .. words:rep(5) .. '"},'
    .. '{"role":"user","content":"' .. ("Summarise note seven in two sentences, please. "):rep(9) .. '"}]}'
end

-- requests, seconds, errors of any kind, p50, p99 and p99.9 in microseconds: one line, read by Wrk.java
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("wrk: %d %.6f %d %d %d %d\n", summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
