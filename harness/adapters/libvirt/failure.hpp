// libvirt's last error on this thread, translated. Internal to this folder.
#pragma once

#include <string>

#include "harness/core/error.hpp"

namespace splitsite::libvirt {

// Must be called on the thread whose libvirt call just failed, before any other libvirt call.
Error last_failure(std::string attempted, std::string subject = {});

}  // namespace splitsite::libvirt
