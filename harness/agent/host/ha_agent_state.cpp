#include "harness/agent/host/ha_agent_state.hpp"

#include <fstream>

namespace splitsite::agent {

Json read_ha_agent_state(const std::string& file) {
  std::ifstream in(file);
  if (!in) return nullptr;
  Json state = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  return state.is_object() ? state : Json(nullptr);
}

}  // namespace splitsite::agent
