// Whether nodes can run under KVM here. Answered by booting: /dev/kvm may open, answer its version,
// and still never get a kernel past its first instructions.
#pragma once

#include <stop_token>
#include <string>

#include "harness/core/result.hpp"
#include "harness/lab/artifacts.hpp"
#include "harness/lab/description/domain_xml.hpp"

namespace splitsite {

struct AccelerationFinding {
  Acceleration kind = Acceleration::Tcg;
  std::string why;  // "the node kernel booted under KVM in 1.2 s"
};

std::string_view to_string(Acceleration kind);  // "KVM", "TCG"

// Boots the image's kernel under KVM, for at most 5 s. The finding is kept in the state directory
// for as long as kernel and boot of the machine are the same. An error only when asked to stop.
Result<AccelerationFinding> probe_acceleration(const NodeImage& image, const std::string& state,
                                               const std::stop_token& stop = {});

}  // namespace splitsite
