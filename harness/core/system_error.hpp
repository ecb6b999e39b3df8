// A refusal of the kernel as an Error: the one place that says what an errno value means to a user.
#pragma once

#include <cerrno>
#include <string>

#include "harness/core/error.hpp"

namespace splitsite {

// `value` is what errno said right after the call that failed.
Error system_error(std::string attempted, std::string subject, int value = errno);

}  // namespace splitsite
