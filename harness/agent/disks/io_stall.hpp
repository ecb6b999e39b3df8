// io.stall {device, for_ms?}: the disk answers nothing; its I/O waits, neither failing nor
// completing, and goes on where it stood when the stall ends. With for_ms it ends by itself, to the
// millisecond, whatever the harness does then: what survives 79 s need not survive 81.
// Observed {device}: as io.error, and of the last one: "stalled_ms" to "stalled_most_ms", so far or
// how long it took, between them what suspending and resuming took; "by_itself": its timer ended
// it. A stall that outlives its agent no longer ends by for_ms, only by its lease or by revert.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "harness/agent/changes/change.hpp"
#include "harness/agent/disks/disk_layers.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class IoStall final : public Change {
 public:
  // All three outlive the change.
  IoStall(EventLoop& loop, DiskLayers& layers, EventLog& events)
      : loop_(loop), layers_(layers), events_(events) {}
  ~IoStall() override;

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;

 private:
  struct Stall {
    NodeTime asked{};               // I/O stands still from a moment between this
    NodeTime began{};               // and this
    std::optional<NodeTime> ended;  // likewise
    std::optional<NodeTime> over;
    bool by_itself = false;
    EventLoop::TimerId timer = 0;
  };
  Result<void> end(const std::string& device);

  EventLoop& loop_;
  DiskLayers& layers_;
  EventLog& events_;
  std::map<std::string, Stall> stalls_;  // by device, the last one of each
};

}  // namespace splitsite::agent
