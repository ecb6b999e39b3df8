// What has happened: events, and jobs with their steps (fact 7.9).
#include <fmt/format.h>

#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/object_id.hpp"
#include "topologies/reference/manager/api/representation.hpp"

namespace splitsite::reference {
namespace {

void show_named(pugi::xml_node node, const char* element, const char* collection,
                const std::string& id, const std::string& name) {
  put_text(put_reference(node, element, collection, id), "name", name);
}

void show_event(pugi::xml_node list, const Shown& shown, const AuditEvent& event) {
  const ClusterState& state = shown.state;
  const std::string id = std::to_string(event.index);
  pugi::xml_node node = put_object(list, "event", href_of("events", id), id);
  put_text(node, "description", event.description);
  put_number(node, "code", event.code);
  if (!event.correlation_id.empty()) put_text(node, "correlation_id", event.correlation_id);
  put_number(node, "custom_id", event.custom_id);
  put_number(node, "flood_rate", 30);
  put_number(node, "index", event.index);
  put_text(node, "origin", event.origin);
  put_text(node, "severity", to_string(event.severity));
  put_text(node, "time", format_time(shown.time.wall_at(event.at)));
  show_named(node, "cluster", "clusters", cluster_id(state), state.cluster);
  show_named(node, "data_center", "datacenters", data_center_id(state), state.data_center);
  if (event.host) {
    const std::string& name = event.host->str();
    show_named(node, "host", "hosts", object_id("host", name), name);
  }
  if (!event.user.empty()) {
    show_named(node, "user", "users", object_id("user", event.user), event.user);
  }
  if (event.vm) {
    const std::string& name = event.vm->str();
    show_named(node, "vm", "vms", object_id("vm", name), name);
  }
}

void show_times(pugi::xml_node node, const Shown& shown, Instant started,
                const std::optional<Instant>& ended) {
  put_text(node, "start_time", format_time(shown.time.wall_at(started)));
  if (ended) put_text(node, "end_time", format_time(shown.time.wall_at(*ended)));
}

void show_job(pugi::xml_node list, const Shown& shown, const Job& job) {
  const std::string id = job_id(job);
  const std::string href = href_of("jobs", id);
  pugi::xml_node node = put_object(list, "job", href, id);
  put_text(node, "description", job.description);
  put_link(node, href, "steps");
  put_truth(node, "auto_cleared", true);
  put_truth(node, "external", false);
  put_text(node, "last_updated",
           format_time(shown.time.wall_at(job.ended ? *job.ended : job.started)));
  show_times(node, shown, job.started, job.ended);
  put_text(node, "status", to_string(job.status));
  if (!job.context.user.empty()) {
    put_reference(node, "owner", "users", object_id("user", job.context.user));
  }
}

std::string step_id(const Job& job, std::size_t place) {
  return object_id("step", fmt::format("{}/{}", job.number, place));
}

}  // namespace

std::string job_id(const Job& job) { return object_id("job", std::to_string(job.number)); }

pugi::xml_node show_events(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("events");
  const auto& events = shown.state.events;
  for (auto it = events.rbegin(); it != events.rend(); ++it) show_event(list, shown, *it);
  return list;
}

pugi::xml_node show_jobs(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node list = parent.append_child("jobs");
  const auto& jobs = shown.state.jobs;
  for (auto it = jobs.rbegin(); it != jobs.rend(); ++it) show_job(list, shown, *it);
  return list;
}

pugi::xml_node show_steps(pugi::xml_node parent, const Shown& shown, const Job& job) {
  pugi::xml_node list = parent.append_child("steps");
  const std::string above = "jobs/" + job_id(job) + "/steps";
  for (std::size_t i = 0; i < job.steps.size(); ++i) {
    const JobStep& step = job.steps[i];
    const std::string id = step_id(job, i);
    pugi::xml_node node = put_object(list, "step", href_of(above, id), id);
    put_text(node, "description", step.description);
    put_truth(node, "external", false);
    put_number(node, "number", static_cast<long long>(i));
    show_times(node, shown, step.started, step.ended);
    put_text(node, "status", to_string(step.status));
    put_text(node, "type", to_string(step.kind));
    put_reference(node, "job", "jobs", job_id(job));
    if (step.parent) put_reference(node, "parent_step", above, step_id(job, *step.parent));
  }
  return list;
}

}  // namespace splitsite::reference
