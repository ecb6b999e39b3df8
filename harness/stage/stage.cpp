#include "harness/stage/stage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/observe/kinds.hpp"

namespace splitsite {
namespace {

constexpr Duration kAnswer = std::chrono::seconds(10);

// What an event of this kind is about.
std::string subject_of(const nlohmann::json& fields) {
  for (const char* key : {"vm", "lease", "device"}) {
    const auto it = fields.find(key);
    if (it != fields.end() && it->is_string()) return it->get<std::string>();
  }
  return {};
}

const NodeConfig* find_role(const LabConfig& config, const SiteId& site, NodeRole role) {
  for (const NodeConfig& node : config.nodes) {
    if (node.site == site && node.role == role) return &node;
  }
  return nullptr;
}

// What its node no longer has in force though nobody took it back was lifted there, even if the
// node's own word of it was lost.
OnLifted told_of_lifting(HistoryWriter& history) {
  return [&history](const NodeId& node, const std::string& change) {
    history.record(node.str(), kind::deadman_lifted, change,
                   {{"change", change}, {"why", "it was not there to be renewed"}});
  };
}

}  // namespace

Stage::Stage(StageParts parts)
    : parts_(std::move(parts)),
      links_(parts_.agents, parts_.config, told_of_lifting(parts_.history)),
      link_owner_(links_),
      nodes_(parts_.agents, told_of_lifting(parts_.history)),
      prober_(parts_.agents, parts_.config),
      actions_(parts_.connect_cluster()) {
  parts_.history.follow([this](const Event& event) { ground_.follow(event); });
  parts_.agents.subscribe([this](const AgentEvent& event) { hear(event); });
  const Bench bench{parts_.config, parts_.power, links_,         link_owner_,
                    nodes_,        prober_,      steady_clock(), parts_.stop};
  injector_ =
      std::make_unique<Injector>(bench, parts_.undo_log, parts_.history, [this]() -> Result<void> {
        const auto why = unsteady();
        if (!why) return success();
        return Error{.kind = ErrorKind::Refused, .attempted = "find the lab steady", .why = *why};
      });
  if (parts_.lab_ends_with_run) {
    on_stop_.emplace(parts_.stop, [this] { injector_->leave_faults_to_the_lab(); });
  }
  watch_ = std::make_unique<ClusterWatch>(parts_.connect_cluster(), parts_.history, steady_clock());
  environment_ = std::make_unique<EnvironmentWatch>(parts_.power, parts_.config, parts_.history,
                                                    steady_clock());
  power_watch_ = std::make_unique<PowerWatch>(parts_.power_log, parts_.history, steady_clock());
}

Stage::~Stage() {
  parts_.agents.subscribe({});
  // Faults end with the injector and still record, so it goes before the ground they are shown to.
  on_stop_.reset();
  power_watch_.reset();
  environment_.reset();
  watch_.reset();
  injector_.reset();
  parts_.history.follow({});
}

void Stage::hear(const AgentEvent& event) {
  const Duration start = parts_.history.start().time_since_epoch();
  Event entry{{event.at.lo - start, event.at.hi - start},
              event.node.str(),
              event.kind,
              subject_of(event.fields),
              event.fields};
  for (const char* key : {"event", "seq", "at_ns", "since_ns"}) entry.data.erase(key);
  // An event from before this run that the agent still remembered belongs to no history.
  if (entry.at.hi < Duration::zero()) return;
  parts_.history.record(std::move(entry));
}

void Stage::note(const NodeId& node, const char* kind, const std::string& subject,
                 nlohmann::json data) {
  parts_.history.record(node.str(), kind, subject, std::move(data));
}

std::optional<ClusterPicture> Stage::picture() const {
  auto picture = watch_->picture();
  if (!picture) return std::nullopt;
  return std::move(picture).value();
}

void Stage::phase(const std::string& name) {
  phase_ = name;
  parts_.history.record("harness", kind::run_phase, "", {{"phase", name}});
  if (parts_.progress) parts_.progress({phase_, {name, Duration::zero(), Duration::zero(), ""}});
}

Result<bool> Stage::watch(const std::string& what, Duration bound,
                          const std::function<std::optional<std::string>()>& not_yet) {
  const Wait wait{.what = what,
                  .bound = bound,
                  .every = std::chrono::milliseconds(100),
                  .stop = parts_.stop,
                  .progress = [this](const WaitProgress& progress) {
                    if (parts_.progress) parts_.progress({phase_, progress});
                  }};
  auto came = eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    if (auto reason = not_yet()) return NotYet{std::move(*reason)};
    return true;
  });
  if (came) return true;
  if (came.error().kind != ErrorKind::TimedOut) return came.error();
  parts_.history.record("harness", kind::wait_expired, "", {{"why", came.error().message()}});
  return false;
}

Result<void> Stage::require(const std::string& what, Duration bound,
                            const std::function<std::optional<std::string>()>& not_yet) {
  SPLITSITE_TRY(const bool came, watch(what, bound, not_yet));
  if (came) return success();
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = "see " + what,
               .subject = fmt::format("within {}", format_duration(bound)),
               .why = fmt::format("last seen: {}", not_yet().value_or("it came just now")),
               .hint = "look at \"splitsite lab status\" and \"splitsite lab console NODE\""};
}

Result<void> Stage::meet_agents(Duration bound) {
  return require("every node's agent answering", bound, [&]() -> std::optional<std::string> {
    for (const NodeConfig& node : parts_.config.nodes) {
      if (parts_.agents[node.name].status().answering) continue;
      return fmt::format("the agent of {} does not answer", node.name);
    }
    return std::nullopt;
  });
}

Result<void> Stage::record_present_state() {
  for (const NodeConfig& node : parts_.config.nodes) {
    if (node.role != NodeRole::Host && node.role != NodeRole::Storage) continue;
    SPLITSITE_TRY(const auto truth,
                  parts_.agents[node.name].call("truth", nlohmann::json::object(), kAnswer));
    for (const auto& vm : truth.value("vms", nlohmann::json::array())) {
      if (!vm.value("running", false)) continue;
      note(node.name, kind::vm_running, vm.value("name", ""),
           {{"running", true}, {"reason", "already running"}});
    }
    if (truth.contains("lockspace")) note(node.name, kind::lockspace, "", truth["lockspace"]);
    for (const auto& lease : truth.value("leases", nlohmann::json::array())) {
      note(node.name, kind::lease_held, lease.value("name", ""), {{"held", true}});
    }
    if (const auto drbd = truth.find("drbd"); drbd != truth.end() && drbd->is_object()) {
      note(node.name, kind::drbd_state, "", *drbd);
    }
  }
  return success();
}

Result<void> Stage::measure_links() {
  for (const LinkConfig& link : parts_.config.links) {
    if (link.kind != LinkKind::Site) continue;
    const auto near = node_of(link.first, NodeRole::Host);
    auto far = node_of(link.second, NodeRole::Host);
    if (!far) far = node_of(link.second, NodeRole::Witness);
    if (!near || !far) continue;
    const PingPlan plan{
        .count = 15, .interval = std::chrono::milliseconds(40), .timeout = std::chrono::seconds(2)};
    SPLITSITE_TRY(auto heard,
                  prober_.ping(*near, parts_.config.find_node(*far)->site_address(), plan));
    const Duration asked = link.first_to_second.delay + link.second_to_first.delay;
    using std::chrono::microseconds;
    note(*near, kind::link_measured, fmt::format("{}-{}", link.first, link.second),
         {{"from", near->str()},
          {"to", far->str()},
          {"received", heard.received},
          {"sent", heard.sent},
          {"asked_rtt_us", std::chrono::duration_cast<microseconds>(asked).count()},
          {"rtt_us_median",
           std::chrono::duration_cast<microseconds>(median_round_trip(heard)).count()}});
  }
  return success();
}

Result<void> Stage::read_disks_back() {
  for (const NodeConfig& node : parts_.config.nodes) {
    if (node.role != NodeRole::Storage) continue;
    const auto replica = ground_.replica(node.name);
    if (!replica || replica->disk != "UpToDate" || replica->role != "Primary") continue;
    for (const VmConfig& vm : parts_.config.vms) {
      const Duration began = parts_.history.now().lo;
      auto scan = parts_.agents[node.name].call("volume.scan", {{"vm", vm.name.str()}},
                                                std::chrono::seconds(60));
      if (!scan) return scan.error().while_attempting("read back the disk of", vm.name.str());
      parts_.history.record(Event{{began, parts_.history.now().hi},
                                  node.name.str(),
                                  kind::guest_scan,
                                  vm.name.str(),
                                  std::move(scan).value()});
    }
  }
  return success();
}

std::optional<NodeId> Stage::node_of(const SiteId& site, NodeRole role) const {
  const NodeConfig* node = find_role(parts_.config, site, role);
  if (node == nullptr) return std::nullopt;
  return node->name;
}

}  // namespace splitsite
