-- Which tokens are meant. ARGV[2] to [6]: subject, organisation, application, each empty or '=' and the text, state or
-- nothing, and at what time.
local FILTER = { subject = ARGV[2], organisation = ARGV[3], client_id = ARGV[4], state = ARGV[5], now = ARGV[6] }

local function meets(asked, fact)
  return asked == '' or (fact and asked == '=' .. fact)
end

-- Everything about a token that a filter may ask for.
local function facts_of(token)
  local values = redis.call('HMGET', token, 'subject', 'organisation', 'client_id', 'revoked_at', 'expires_at', 'not_before')
  return { subject = values[1], organisation = values[2], client_id = values[3],
    revoked_at = values[4], expires_at = values[5], not_before = values[6] }
end

local function state_of(facts)
  if facts.revoked_at then return 'revoked' end
  if facts.expires_at and not before(FILTER.now, facts.expires_at) then return 'expired' end
  if facts.not_before and before(FILTER.now, facts.not_before) then return 'not-yet-valid' end
  return 'active'
end

local function picks(facts)
  return meets(FILTER.subject, facts.subject) and meets(FILTER.organisation, facts.organisation)
    and meets(FILTER.client_id, facts.client_id) and (FILTER.state == '' or state_of(facts) == FILTER.state)
end

-- The shortest list that has all the tokens meant, and its length.
local function narrowest()
  local list = base .. 'tokens'
  local length = redis.call('ZCARD', list)
  for kind, asked in pairs({ subject = FILTER.subject, organisation = FILTER.organisation, client = FILTER.client_id }) do
    if asked ~= '' then
      local other = base .. kind .. ':' .. asked:sub(2)
      local count = redis.call('ZCARD', other)
      if count <= length then list, length = other, count end
    end
  end
  return list, length
end
