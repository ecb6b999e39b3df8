// A few words to write histories in tests: each adds one event at a time given in seconds. Test
// only.
#pragma once

#include <string>

#include "harness/observe/history.hpp"
#include "harness/observe/kinds.hpp"

namespace splitsite {

class TestHistory {
 public:
  TestHistory& at(double seconds, double uncertainty = 0.01) {
    now_ = {to_duration(seconds), to_duration(seconds + uncertainty)};
    return *this;
  }
  TestHistory& runs(const std::string& vm, const std::string& host, const std::string& reason) {
    return add(host, kind::vm_running, vm, {{"running", true}, {"reason", reason}});
  }
  TestHistory& stops(const std::string& vm, const std::string& host, const std::string& reason) {
    return add(host, kind::vm_running, vm, {{"running", false}, {"reason", reason}});
  }
  TestHistory& holds(const std::string& lease, const std::string& host) {
    return add(host, kind::lease_held, lease, {{"held", true}});
  }
  TestHistory& drops(const std::string& lease, const std::string& host) {
    return add(host, kind::lease_held, lease, {{"held", false}});
  }
  TestHistory& power(const std::string& node, bool on) {
    return add("harness", kind::node_power, node, {{"on", on}});
  }
  TestHistory& suspended(const std::string& node, bool yes) {
    return add("harness", kind::node_suspended, node, {{"suspended", yes}});
  }
  TestHistory& host_is(const std::string& host, const std::string& status) {
    return add("manager", kind::cluster_host, host, {{"status", status}});
  }
  TestHistory& guest_starts(const std::string& vm, long boot, long found) {
    return add("witness", kind::guest_start, vm, {{"boot", boot}, {"found_seq", found}});
  }
  TestHistory& acks(const std::string& vm, long boot, long from, long to) {
    return add("witness", kind::guest_ack, vm, {{"boot", boot}, {"from", from}, {"to", to}});
  }
  TestHistory& scan(const std::string& vm, nlohmann::json segments,
                    nlohmann::json bad = nlohmann::json::array()) {
    return add("sto-b", kind::guest_scan, vm,
               {{"boot_changes", std::move(segments)}, {"bad", std::move(bad)}});
  }
  TestHistory& drbd(const std::string& node, const std::string& connection, bool suspended) {
    return add(node, kind::drbd_state, "r0",
               {{"connection", connection},
                {"role", "Primary"},
                {"disk", "UpToDate"},
                {"suspended", suspended}});
  }
  TestHistory& manager_is_silent() { return add("manager", kind::cluster_silent, "", {}); }
  TestHistory& manager_answers() { return add("manager", kind::cluster_answers, "", {}); }
  TestHistory& fault(const char* event_kind) { return add("harness", event_kind, "fault-1", {}); }
  TestHistory& end() { return add("harness", kind::run_end, "", {}); }

  const Events& events() const { return events_; }

 private:
  static Duration to_duration(double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }
  TestHistory& add(const std::string& actor, const char* event_kind, const std::string& subject,
                   nlohmann::json data) {
    if (data.is_null()) data = nlohmann::json::object();
    events_.push_back(Event{now_, actor, event_kind, subject, std::move(data)});
    return *this;
  }

  Window now_{};
  Events events_;
};

inline nlohmann::json segment(long boot, long first, long last) {
  return {{"boot", boot}, {"first_seq", first}, {"last_seq", last}};
}

}  // namespace splitsite
