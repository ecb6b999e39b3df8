#include "harness/core/system_error.hpp"

#include <unistd.h>

namespace splitsite {
namespace {

std::string hint_for(int value) {
  if ((value == EPERM || value == EACCES) && ::geteuid() != 0) return "run as root";
  if (value == ENOSPC) return "free some room on the disk";
  return {};
}

}  // namespace

Error system_error(std::string attempted, std::string subject, int value) {
  const bool refused = value == EPERM || value == EACCES;
  return Error{.kind = refused ? ErrorKind::Refused : ErrorKind::Unavailable,
               .attempted = std::move(attempted),
               .subject = std::move(subject),
               .why = errno_text(value),
               .hint = hint_for(value)};
}

}  // namespace splitsite
