// sanlock's text about the leases of a process, read. Pure.
#pragma once

#include <string>
#include <vector>

namespace splitsite::reference::hostd {

// Names of the resources of `lockspace` in sanlock's state text:
// "LOCKSPACE:RESOURCE:PATH:OFFSET:LVER …".
std::vector<std::string> resources_in_state(const std::string& state, const std::string& lockspace);

}  // namespace splitsite::reference::hostd
