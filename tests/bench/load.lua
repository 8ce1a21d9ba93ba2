-- SPDX-License-Identifier: Apache-2.0
-- wrk … URL -- BODY [EXPECTED]: posts the file BODY all the time. With EXPECTED every answer is compared
-- with that file. Prints one line of JSON.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

local function read_file(path)
   local file = assert(io.open(path, "rb"))
   local content = file:read("*a")
   file:close()
   return content
end

function init(args)
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
   wrk.body = read_file(args[1])
   wrong = 0
   if args[2] then
      local expected = read_file(args[2])
      -- Where this function exists wrk makes every answer a value of Lua, which costs time.
      function response(status, headers, body)
         if status ~= 200 or body ~= expected then
            wrong = wrong + 1
         end
      end
   end
end

function done(summary, latency)
   local all_wrong = 0
   for _, thread in ipairs(threads) do
      all_wrong = all_wrong + thread:get("wrong")
   end
   local errors = summary.errors
   io.write(string.format(
      '{"requests": %d, "bytes": %d, "seconds": %.6f, "errors": %d, "wrong": %d, ' ..
      '"p50_ms": %.3f, "p99_ms": %.3f, "p999_ms": %.3f}\n',
      summary.requests, summary.bytes, summary.duration / 1e6,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout, all_wrong,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000))
end
