// An Impairment as JSON, for the undo log and for the agent's protocol: one form for both. Only
// what differs from a clear link is written.
#pragma once

#include <nlohmann/json.hpp>

#include "harness/ports/links.hpp"

namespace splitsite {

nlohmann::json to_json(const Impairment& impairment);
// Invalid for an unknown key or a wrong type; ranges are the adapter's to judge.
Result<Impairment> impairment_from(const nlohmann::json& value);

}  // namespace splitsite
