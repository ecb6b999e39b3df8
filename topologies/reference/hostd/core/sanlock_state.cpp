#include "topologies/reference/hostd/core/sanlock_state.hpp"

#include <algorithm>

namespace splitsite::reference::hostd {

std::vector<std::string> resources_in_state(const std::string& state,
                                            const std::string& lockspace) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while (at < state.size()) {
    const std::size_t end = std::min(state.find(' ', at), state.size());
    const std::string entry = state.substr(at, end - at);
    at = end + 1;
    const std::size_t first = entry.find(':');
    if (first == std::string::npos || entry.substr(0, first) != lockspace) continue;
    const std::size_t second = entry.find(':', first + 1);
    names.push_back(entry.substr(first + 1, second - first - 1));
  }
  return names;
}

}  // namespace splitsite::reference::hostd
