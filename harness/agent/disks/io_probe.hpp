// io.probe, only observed: does this disk answer, and how fast? One block is read or written, some
// times over, through a descriptor opened for it or through one that has been open since before:
// {device: path under /dev, op: read|write, offset?, count?, bound_ms, flow: new|open}.
// Answers {"attempts": [{"outcome": "done"|"failed"|"silent", "took_us", "why"?}],
// "open_since_ns"}. Rule: it writes only to the block of the LUN that is nobody's, see
// scratch_offset().
#pragma once

#include <map>
#include <optional>
#include <string>

#include "harness/agent/disks/observation.hpp"
#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/lab/description/lab_config.hpp"

namespace splitsite::agent {

// The block before the first volume; nothing where leases reach up to there.
std::optional<std::uint64_t> scratch_offset(const StorageConfig& storage);

class IoProbe final : public Observation {
 public:
  struct Setting {
    std::string devices = "/dev/";
    std::optional<std::uint64_t> scratch;  // nothing: no writing at all
    bool direct = true;
  };

  // `loop` outlives the probe.
  IoProbe(EventLoop& loop, Setting setting) : loop_(loop), setting_(std::move(setting)) {}

  void observe_later(const Json& arguments, const Answer& answer) override;

 private:
  struct Open {
    UniqueFd fd;
    NodeTime since{};
  };
  // The descriptor that stays open from the first time it is asked for.
  Result<const Open*> open_flow(const std::string& path);

  EventLoop& loop_;
  Setting setting_;
  std::map<std::string, Open> open_;
};

}  // namespace splitsite::agent
