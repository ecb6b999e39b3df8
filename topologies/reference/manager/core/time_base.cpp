#include "topologies/reference/manager/core/time_base.hpp"

namespace splitsite::reference {

TimeBase TimeBase::now() { return {steady_clock().now(), std::chrono::system_clock::now()}; }

std::chrono::system_clock::time_point TimeBase::wall_at(Instant at) const {
  return wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(at - monotonic);
}

Instant TimeBase::monotonic_at(std::chrono::system_clock::time_point at) const {
  return monotonic + std::chrono::duration_cast<Duration>(at - wall);
}

}  // namespace splitsite::reference
