// The refusals of a command, as REST words them.
#pragma once

#include <string>

#include "topologies/reference/manager/core/command.hpp"

namespace splitsite::reference {

inline CommandReply accepted() { return {}; }
inline CommandReply not_found(const std::string& what) {
  return {.status = 404, .reason = "Not Found", .detail = what};
}
inline CommandReply refused(const std::string& why) {
  return {.status = 409, .reason = "Operation Failed", .detail = "[" + why + "]"};
}
inline CommandReply bad_request(const std::string& why) {
  return {.status = 400, .reason = "Operation Failed", .detail = "[" + why + "]"};
}

}  // namespace splitsite::reference
