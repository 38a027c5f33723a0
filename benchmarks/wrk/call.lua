-- One call, over and over. Arguments after `--`: json|stream, the model's name, and the door's path.
local words = "You are a careful research assistant. Answer from the notes below and say which note you used. "

function init(arguments)
  local stream = arguments[1] == "stream" and '"stream":true,' or ""
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  local head = '{"model":"' .. arguments[2] .. '",' .. stream .. '"temperature":0.2,'
  local system = '"' .. words:rep(5) .. '"'
  local user = '{"role":"user","content":"' .. ("Summarise note seven in two sentences, please. "):rep(9) .. '"}]}'
  if arguments[3] == "/v1/responses" then
    wrk.body = head .. '"max_output_tokens":256,"instructions":' .. system .. ',"input":[' .. user
  elseif arguments[3] == "/v1/messages" then
    wrk.body = head .. '"max_tokens":256,"system":' .. system .. ',"messages":[' .. user
  else
    wrk.body = head .. '"max_tokens":256,"messages":[{"role":"system","content":' .. system .. '},' .. user
  end
end

-- requests, seconds, errors of any kind, p50, p99 and p99.9 in microseconds: one line, read by Wrk.java
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("wrk: %d %.6f %d %d %d %d\n", summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
