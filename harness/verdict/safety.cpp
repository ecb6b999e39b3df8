#include "harness/verdict/safety.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"

namespace splitsite {
namespace {

bool is_hand_over(const Stay& first, const Stay& second) {
  return first.ended_by.find("migrat") != std::string::npos ||
         second.began_by.find("migrat") != std::string::npos;
}

// The VM's lease goes with its CPUs, before and after them by what a hand-over takes in an emulated
// lab; a lease that changed its holder at any other time has no such excuse.
constexpr Duration kSameMove = std::chrono::seconds(10);

bool near(const Window& one, const Window& other) {
  return one.lo <= other.hi + kSameMove && other.lo <= one.hi + kSameMove;
}

bool goes_with(const Stay& from, const Stay& to, const Stay& vm_from, const Stay& vm_to) {
  return from.node == vm_from.node && to.node == vm_to.node && is_hand_over(vm_from, vm_to) &&
         from.end && vm_from.end && near(*from.end, *vm_from.end) && near(to.begin, vm_to.begin);
}

// Whether a move of the VM took its lease along, from one of the two stays to the other.
bool went_along(const std::vector<Stay>& vm, const Stay& one, const Stay& other) {
  for (const Stay& from : vm) {
    for (const Stay& to : vm) {
      if (goes_with(one, other, from, to) || goes_with(other, one, from, to)) return true;
    }
  }
  return false;
}

// Judges one subject's stays pairwise and folds the worst into the verdict.
class ExclusionCheck {
 public:
  // In a hand-over, up to `possible` may seem to overlap, and up to `certain` may do so surely.
  ExclusionCheck(Duration possible, Duration certain) : slack_(possible), certain_slack_(certain) {}

  using Moving = std::function<bool(const Stay&, const Stay&)>;

  // `moving`: whether the subject went from one stay to the other by a live migration.
  void add(const std::string& subject, const std::vector<Stay>& stays, const Moving& moving) {
    if (!stays.empty()) ++subjects_;
    for (std::size_t i = 0; i < stays.size(); ++i) {
      for (std::size_t j = i + 1; j < stays.size(); ++j) {
        compare(subject, stays[i], stays[j], moving(stays[i], stays[j]));
      }
    }
  }

  void conclude(Verdict& verdict, std::string_view what) const {
    verdict.evidence = evidence_;
    if (subjects_ == 0) {
      verdict.outcome = Outcome::NotExercised;
      verdict.finding = fmt::format("no {} was ever seen", what);
    } else if (!violated_.empty()) {
      verdict.outcome = Outcome::Violated;
      verdict.finding = violated_;
    } else if (!unclear_.empty()) {
      verdict.outcome = Outcome::Inconclusive;
      verdict.finding = unclear_;
    } else {
      verdict.outcome = Outcome::Holds;
      verdict.finding = fmt::format("{} followed, never two at once", subjects_);
      if (widest_hand_over_ > Duration::zero()) {
        verdict.finding +=
            fmt::format("; widest hand-over as reported {}", format_duration(widest_hand_over_));
      }
    }
  }

 private:
  void compare(const std::string& subject, const Stay& a, const Stay& b, bool moving) {
    if (a.node == b.node) return;
    const Overlap both = overlap(a, b);
    if (both.possible <= Duration::zero()) return;
    const Duration allowed = moving ? slack_ : Duration::zero();
    if (moving) widest_hand_over_ = std::max(widest_hand_over_, std::min(both.possible, slack_));
    const Duration allowed_certain = moving ? certain_slack_ : Duration::zero();
    const bool surely = both.certain > allowed_certain;
    if (both.possible <= allowed && !surely) return;
    const std::string finding = fmt::format("{} on {} and on {} at once", subject, a.node, b.node);
    evidence_.push_back(fmt::format("{}: {}", subject, describe(a)));
    evidence_.push_back(fmt::format("{}: {}", subject, describe(b)));
    std::string& slot = surely ? violated_ : unclear_;
    if (slot.empty()) slot = finding + (surely ? "" : ", within the uncertainty");
  }

  Duration slack_;
  Duration certain_slack_;
  Duration widest_hand_over_{};
  std::size_t subjects_ = 0;
  std::string violated_;
  std::string unclear_;
  std::vector<std::string> evidence_;
};

struct Half {
  bool known = false;
  bool primary = false;
  bool up_to_date = false;
  bool suspended = false;
  bool connected = false;
  Window since{};

  bool takes_writes_alone() const {
    return known && primary && up_to_date && !suspended && !connected;
  }
};

Half half_of(const Event& event) {
  const auto word = [&](const char* key) {
    const auto it = event.data.find(key);
    return it != event.data.end() && it->is_string() ? it->get<std::string>() : std::string{};
  };
  const auto suspended = event.data.find("suspended");
  const std::string connection = word("connection");
  return Half{.known = true,
              .primary = word("role") == "Primary",
              .up_to_date = word("disk") == "UpToDate",
              .suspended = suspended != event.data.end() && suspended->is_boolean() &&
                           suspended->get<bool>(),
              .connected = connection == "Connected" || connection.rfind("Sync", 0) == 0,
              .since = event.at};
}

struct Segment {
  long boot = 0;
  long first = 0;
  long last = 0;
};

std::vector<Segment> segments_of(const Event& scan) {
  std::vector<Segment> segments;
  for (const auto& item : scan.data.value("boot_changes", nlohmann::json::array())) {
    segments.push_back(
        {item.value("boot", 0L), item.value("first_seq", 0L), item.value("last_seq", -1L)});
  }
  return segments;
}

bool covered(const std::vector<Segment>& segments, long boot, long from, long to) {
  return std::any_of(segments.begin(), segments.end(), [&](const Segment& s) {
    return s.boot == boot && s.first <= from && to <= s.last;
  });
}

// One VM's acknowledgements against its scan. Appends findings; returns how many writes were
// judged.
long check_vm_writes(const Events& events, const VmId& vm, const Event& scan,
                     std::vector<std::string>& lost) {
  const auto segments = segments_of(scan);
  long judged = 0;
  long highest = -1;
  for (const Event& event : events) {
    if (event.subject != vm.str()) continue;
    if (event.kind == kind::guest_ack && event.at.hi <= scan.at.lo) {
      const long boot = event.data.value("boot", 0L);
      const long from = event.data.value("from", 0L);
      const long to = event.data.value("to", -1L);
      judged += to - from + 1;
      highest = std::max(highest, to);
      if (!covered(segments, boot, from, to)) {
        lost.push_back(
            fmt::format("{}: writes {} to {} of boot {} were acknowledged ({}) and are "
                        "not on the disk as such",
                        vm, from, to, boot, format_offset(event.at.lo)));
      }
    } else if (event.kind == kind::guest_start && event.data.value("found_seq", 0L) < highest) {
      lost.push_back(
          fmt::format("{}: started at {} and found writes up to {}, but {} had been "
                      "acknowledged",
                      vm, format_offset(event.at.lo), event.data.value("found_seq", 0L), highest));
    }
  }
  for (const char* key : {"bad", "out_of_order"}) {
    const auto list = scan.data.value(key, nlohmann::json::array());
    if (!list.empty())
      lost.push_back(fmt::format("{}: {} records on disk: {}", vm, key, list.dump()));
  }
  return judged;
}

}  // namespace

Verdict single_copy(const Events& events, const std::vector<VmId>& vms, Duration hand_over_slack) {
  Verdict verdict{.id = "single-copy",
                  .title = "A VM never runs on two hosts at once",
                  .requirements = {"AA-2", "AA-5"}};
  ExclusionCheck check(hand_over_slack, hand_over_slack);
  for (const VmId& vm : vms) check.add(vm.str(), running_stays(events, vm), is_hand_over);
  check.conclude(verdict, "running VM");
  return verdict;
}

Verdict single_lease_holder(const Events& events, const std::vector<std::string>& leases,
                            Duration hand_over_slack) {
  Verdict verdict{.id = "single-lease-holder",
                  .title = "A lease is never held on two hosts at once",
                  .requirements = {"AA-5", "AA-7"}};
  ExclusionCheck check(hand_over_slack, Duration::zero());
  for (const std::string& lease : leases) {
    const auto vm = running_stays(events, VmId(lease));  // of a VM's lease; none of the SPM's
    check.add("lease " + lease, lease_stays(events, lease),
              [&](const Stay& one, const Stay& other) { return went_along(vm, one, other); });
  }
  check.conclude(verdict, "held lease");
  return verdict;
}

Verdict one_writable_half(const Events& events) {
  Verdict verdict{.id = "one-writable-half",
                  .title = "The replicated storage never takes writes in two halves apart",
                  .requirements = {"AA-4"}};
  std::map<std::string, Half> halves;
  for (const Event& event : events) {
    if (event.kind == kind::node_power && halves.count(event.subject) > 0) {
      halves[event.subject] = Half{};
    }
    if (event.kind != kind::drbd_state) continue;
    halves[event.actor] = half_of(event);
    const auto apart = std::count_if(halves.begin(), halves.end(), [](const auto& entry) {
      return entry.second.takes_writes_alone();
    });
    if (apart > 1) {
      verdict.evidence.push_back(
          fmt::format("{}: {} node(s) primary, up to date, not suspended and "
                      "disconnected",
                      format_offset(event.at.lo), apart));
    }
  }
  if (halves.size() < 2) {
    verdict.outcome = Outcome::Inconclusive;
    verdict.finding = fmt::format("only {} storage node(s) reported their state", halves.size());
  } else {
    verdict.outcome = verdict.evidence.empty() ? Outcome::Holds : Outcome::Violated;
    verdict.finding = verdict.evidence.empty() ? "two halves followed, never both writable apart"
                                               : verdict.evidence.front();
  }
  return verdict;
}

Verdict no_lost_write(const Events& events, const std::vector<VmId>& vms) {
  Verdict verdict{
      .id = "no-lost-write",
      .title = "No acknowledged write is lost, none of a former incarnation comes later",
      .requirements = {"AA-2", "AA-4"}};
  std::vector<std::string> unread;
  long judged = 0;
  for (const VmId& vm : vms) {
    // Each replica that was read back has to hold them; the writes are counted once.
    long of_this_vm = 0;
    bool read = false;
    for (const Event& event : events) {
      if (event.kind != kind::guest_scan || event.subject != vm.str()) continue;
      of_this_vm = check_vm_writes(events, vm, event, verdict.evidence);
      read = true;
    }
    if (!read) unread.push_back(vm.str());
    judged += of_this_vm;
  }
  if (!verdict.evidence.empty()) {
    verdict.outcome = Outcome::Violated;
    verdict.finding = verdict.evidence.front();
  } else if (!unread.empty()) {
    verdict.outcome = Outcome::Inconclusive;
    verdict.finding = fmt::format("the disk was not read back of {}", fmt::join(unread, ", "));
  } else if (judged == 0) {
    verdict.outcome = Outcome::NotExercised;
    verdict.finding = "no write was ever acknowledged";
  } else {
    verdict.outcome = Outcome::Holds;
    verdict.finding =
        fmt::format("{} acknowledged writes of {} VMs found on disk", judged, vms.size());
  }
  return verdict;
}

}  // namespace splitsite
