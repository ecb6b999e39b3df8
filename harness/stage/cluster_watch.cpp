#include "harness/stage/cluster_watch.hpp"

#include <algorithm>

#include "harness/observe/kinds.hpp"

namespace splitsite {
namespace {

// `key` takes the name of an element and whether two elements with that name differ.
template <class T, class Record>
void for_each_change(const std::vector<T>& before, const std::vector<T>& now, bool first,
                     const auto& differs, const Record& record) {
  for (const T& element : now) {
    const auto old = std::find_if(before.begin(), before.end(),
                                  [&](const T& b) { return b.name == element.name; });
    if (first || old == before.end() || differs(*old, element)) record(element);
  }
}

}  // namespace

const HostView* ClusterPicture::host(const NodeId& name) const {
  const auto it =
      std::find_if(hosts.begin(), hosts.end(), [&](const HostView& h) { return h.name == name; });
  return it != hosts.end() ? &*it : nullptr;
}

const VmView* ClusterPicture::vm(const VmId& name) const {
  const auto it =
      std::find_if(vms.begin(), vms.end(), [&](const VmView& v) { return v.name == name; });
  return it != vms.end() ? &*it : nullptr;
}

std::optional<NodeId> ClusterPicture::spm() const {
  for (const HostView& host : hosts) {
    if (host.spm_status == "spm") return host.name;
  }
  return std::nullopt;
}

ClusterWatch::ClusterWatch(std::unique_ptr<ClusterApi> api, HistoryWriter& history, Clock& clock,
                           Duration every)
    : api_(std::move(api)),
      history_(history),
      clock_(clock),
      every_(every),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

ClusterWatch::~ClusterWatch() {
  thread_.request_stop();
  thread_.join();
}

void ClusterWatch::run(const std::stop_token& stop) {
  constexpr Duration kStep = std::chrono::milliseconds(100);  // how soon a stop is noticed
  while (!stop.stop_requested()) {
    poll();
    const Deadline next(clock_, every_);
    while (!next.passed(clock_) && !stop.stop_requested()) clock_.pause(kStep);
  }
}

Result<ClusterPicture> ClusterWatch::read() {
  ClusterPicture next;
  SPLITSITE_TRY(next.hosts, api_->hosts());
  SPLITSITE_TRY(next.vms, api_->vms());
  SPLITSITE_TRY(next.data_center, api_->data_center());
  return next;
}

void ClusterWatch::poll() {
  const Duration began = history_.now().lo;
  auto next = read();
  const Window window{last_seen_, history_.now().hi};
  if (!next) {
    const std::lock_guard lock(mutex_);
    if (!silent_) {
      history_.record("manager", kind::cluster_silent, "", {{"why", next.error().message()}});
    }
    silent_ = next.error();
    last_failed_ = began;
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (silent_) {
      const Window answered{last_failed_, window.hi};
      history_.record(
          Event{answered, "manager", kind::cluster_answers, "", nlohmann::json::object()});
    }
  }
  record_changes(next.value(), window);
  record_events(window);
  last_seen_ = began;
  const std::lock_guard lock(mutex_);
  picture_ = std::move(next).value();
  silent_.reset();
  seen_ = true;
}

void ClusterWatch::record_changes(const ClusterPicture& next, const Window& window) {
  const bool first = !seen_;
  const auto note = [&](const char* what, const std::string& subject, nlohmann::json data) {
    history_.record(Event{window, "manager", what, subject, std::move(data)});
  };
  for_each_change(
      picture_.hosts, next.hosts, first,
      [](const HostView& a, const HostView& b) {
        return a.status != b.status || a.spm_status != b.spm_status;
      },
      [&](const HostView& h) {
        note(kind::cluster_host, h.name.str(), {{"status", h.status}, {"spm", h.spm_status}});
      });
  for_each_change(
      picture_.vms, next.vms, first,
      [](const VmView& a, const VmView& b) { return a.status != b.status || a.host != b.host; },
      [&](const VmView& v) {
        note(kind::cluster_vm, v.name.str(),
             {{"status", v.status}, {"host", v.host ? v.host->str() : ""}});
      });
  if (first || picture_.data_center.status != next.data_center.status) {
    note(kind::cluster_data_center, next.data_center.name, {{"status", next.data_center.status}});
  }
  if (first || picture_.spm() != next.spm()) {
    note(kind::cluster_spm, "", {{"host", next.spm() ? next.spm()->str() : ""}});
  }
}

void ClusterWatch::record_events(const Window& window) {
  auto events = api_->events(last_event_);
  if (!events) return;  // the next poll asks for them again
  for (const EventView& event : events.value()) {
    last_event_ = std::max(last_event_, event.index);
    history_.record(Event{
        window,
        "manager",
        kind::cluster_event,
        event.vm     ? event.vm->str()
        : event.host ? event.host->str()
                     : "",
        {{"code", event.code}, {"severity", event.severity}, {"description", event.description}}});
  }
}

Result<ClusterPicture> ClusterWatch::picture() const {
  const std::lock_guard lock(mutex_);
  if (silent_) return *silent_;
  if (seen_) return picture_;
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = "see the cluster through its API",
               .why = "it has not answered yet"};
}

}  // namespace splitsite
