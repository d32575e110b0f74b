-- What wrk runs for one load; loads.py fills in the names that begin with a dollar sign.
local method, path, body = $method, $path, $body
local headers, cycle, looks = $headers, $cycle, $looks
local expected, holding, keep = $expected, $holding, $keep
local requests, position = {}, 0
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *);")
local moment = ffi.new("moment")
local only

-- Globals: `done` runs elsewhere, and asks the thread for them.
unexpected, began, ended = 0, 0, 0

local function now()
    ffi.C.clock_gettime(1, moment)
    return tonumber(moment.s) + tonumber(moment.ns) / 1e9
end

function setup(thread)
    only = thread
end

local function fill(line)
    local filled = {}
    local first, second = line:match("^([^\t]*)\t?(.*)")
    local function put(text) return (text:gsub("{value}", first):gsub("{second}", second)) end
    for name, value in pairs(headers) do filled[name] = put(value) end
    return wrk.format(method, path, filled, body and put(body))
end

function init(args)
    for line in io.lines($values) do
        requests[#requests + 1] = fill((line:gsub("%%", "%%%%")))
    end
end

function request()
    if began == 0 then -- wrk looks at one request before it begins, and sends it to nobody
        began = now()
        return requests[1]
    end
    if position == 0 then began = now() end
    position = position + 1
    if position > #requests then
        if cycle then
            position = 1
        else
            if ended == 0 then ended = now() end
            wrk.thread:stop()
            return wrk.format("GET", "/.well-known/openid-configuration")
        end
    end
    return requests[position]
end

if looks then
    local file = #keep > 0 and io.open($kept, "w")

    local function members(location, text)
        local found = {}
        for _, name in ipairs(keep) do
            local value = name == "code" and location:match("[?&]code=([^&#]+)")
                or text:match('"' .. name .. '"%s*:%s*"([^"]+)"')
            if not value then return nil end
            found[#found + 1] = value
        end
        return table.concat(found, "\t")
    end

    function response(status, answered, text)
        local location = answered["Location"] or answered["location"] or ""
        if status ~= expected or not location:find(holding, 1, true) then
            unexpected = unexpected + 1
        elseif file then
            local line = members(location, text)
            if line then file:write(line, "\n") else unexpected = unexpected + 1 end
        end
    end
end

function done(summary, latency)
    local errors = summary.errors
    local stopped = only:get("ended")
    local seconds = stopped > 0 and stopped - only:get("began") or summary.duration / 1e6
    io.write(string.format('\nRESULT {"requests": %d, "seconds": %.6f, "p50": %d, "p99": %d, "unexpected": %d, "broken": %d}\n',
        summary.requests, seconds, latency:percentile(50), latency:percentile(99),
        looks and only:get("unexpected") or errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
