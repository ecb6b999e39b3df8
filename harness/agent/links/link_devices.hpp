// The directions of the links as devices: each one's whole impairment, put in force by a netem leaf
// and, where a leaf cannot do it, by packet rules; and the timer of those that flap.
// Rule: what is read is what the kernel has, and only then what was asked.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "harness/agent/event_log.hpp"
#include "harness/agent/links/leaves.hpp"
#include "harness/agent/links/link_kernel.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class LinkDevices final : public Leaves {
 public:
  // All four outlive this object.
  LinkDevices(EventLoop& loop, const Clock& clock, LinkKernel& kernel, EventLog& events);
  ~LinkDevices() override { loop_.cancel(timer_); }
  LinkDevices(const LinkDevices&) = delete;
  LinkDevices& operator=(const LinkDevices&) = delete;

  void prepare(const std::string& device) override;
  Result<void> check(const Impairment& impairment) const override;
  // What was asked, if leaf and rules agree with it. If not (somebody else changed them, or they
  // are an earlier agent's), what they do; that knows neither the shape of a jitter nor flapping.
  Result<State> read(const std::string& device) override;
  // In force when it returns. A flapping direction begins with its downtime. On an error the device
  // does what it did before, as far as the kernel lets it.
  Result<void> change(const std::string& device, const Impairment& impairment) override;

  // Puts every flapping direction into the phase it should be in now. Runs by itself, within a
  // millisecond or two of each edge; public for tests with a manual clock.
  void turn();

 private:
  struct Device {
    Impairment asked;
    bool down = false;
    Instant began{};  // of the flapping
  };

  Result<void> put(const std::string& device, const Impairment& impairment, bool down);
  bool agrees(const Device& device, const std::vector<netlink::PacketRule>& rules,
              const netlink::NetemLeaf& leaf, const std::vector<netlink::RuleSeen>& seen) const;
  void schedule();

  EventLoop& loop_;
  const Clock& clock_;
  LinkKernel& kernel_;
  EventLog& events_;
  std::map<std::string, Device> devices_;  // those that this agent has changed
  std::set<std::string> ruled_;            // devices with a table of rules
  std::set<std::string> stuck_;            // flapping ones whose last edge the kernel refused
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::agent
