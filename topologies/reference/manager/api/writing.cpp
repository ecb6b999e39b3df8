#include "topologies/reference/manager/api/writing.hpp"

#include <optional>

#include "topologies/reference/manager/api/actions.hpp"
#include "topologies/reference/manager/api/edits.hpp"
#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/object_id.hpp"
#include "topologies/reference/manager/api/reading.hpp"

namespace splitsite::reference {
namespace {

// All of them, in order, up to the first refusal; the last reply.
CommandReply carry_out(ManagerPort& manager, const Commands& commands,
                       const CommandContext& context) {
  CommandReply last;
  for (const Command& command : commands) {
    Result<CommandReply> reply = manager.submit(command, context);
    if (!reply) return {503, "Service Unavailable", reply.error().message()};
    last = std::move(reply.value());
    if (!last.ok()) return last;
  }
  return last;
}

Content action_content(int status, const char* outcome, const CommandReply& reply) {
  Content content{.status = status};
  pugi::xml_node action = content.document.append_child("action");
  if (reply.job) put_reference(action, "job", "jobs", object_id("job", std::to_string(*reply.job)));
  put_text(action, "status", outcome);
  return content;
}

// A power status that could not be learnt is a failed action, not a fault of the request.
Content power_content(const CommandReply& reply) {
  Content content = action_content(200, reply.reason.empty() ? "complete" : "failed", reply);
  pugi::xml_node action = content.document.first_child();
  if (reply.reason.empty()) {
    put_text(action.append_child("power_management"), "status",
             std::string(to_string(*reply.power)));
  } else {
    put_text(action.append_child("fault"), "reason", reply.reason);
  }
  return content;
}

// What a command refuses (ErrorType BAD_PARAMETERS, CONFLICT) comes back as a failed action with
// its fault (AbstractBackendActionableResource.actionFailure); what is wrong before there is a
// command, as the fault alone.
Content refused_action(const Fault& fault) {
  const bool by_command =
      fault.status == 409 || (fault.status == 400 && fault.reason == "Operation Failed");
  if (!by_command) return fault_content(fault);
  Content content{.status = fault.status};
  pugi::xml_node action = content.document.append_child("action");
  action.append_copy(fault_content(fault).document.document_element());
  put_text(action, "status", "failed");
  return content;
}

Content refusal(const Write& wish, const Fault& fault) {
  return wish.place == Place::Action ? refused_action(fault) : fault_content(fault);
}

// async=true answers before the work is judged, so that a refusal is not told (performNonBlocking).
bool is_async(const ApiRequest& request) { return is_set(request.query, "async"); }

Content act(ManagerPort& manager, const Write& wish, const Commands& commands) {
  const CommandReply reply = carry_out(manager, commands, wish.request.context);
  if (is_async(wish.request)) return action_content(202, "in_progress", reply);
  if (!reply.ok()) return refusal(wish, reply);
  if (reply.power) return power_content(reply);
  return action_content(200, "complete", reply);
}

// Answers with the new event, as oVirt does: the newest one with its text.
Content add_event(ManagerPort& manager, const Write& wish, const Commands& commands,
                  const std::function<TimeBase()>& time) {
  const CommandReply reply = carry_out(manager, commands, wish.request.context);
  if (!reply.ok()) return fault_content(reply);
  const std::string text = std::get<AddEvent>(commands.front()).description;
  const ClusterState after = manager.snapshot();
  for (auto it = after.events.rbegin(); it != after.events.rend(); ++it) {
    if (it->description != text) continue;
    const std::string id = std::to_string(it->index);
    Content content = read({after, time()}, {"events", id}, {});
    content.status = 201;
    content.location = href_of("events", id);
    return content;
  }
  return {.status = 202};  // already forgotten
}

Content update(ManagerPort& manager, const Write& wish, const Commands& commands,
               const std::function<TimeBase()>& time) {
  const CommandReply reply = carry_out(manager, commands, wish.request.context);
  if (!reply.ok()) return fault_content(reply);
  const ClusterState after = manager.snapshot();
  return read({after, time(), wish.shown.all_content}, wish.path, {});
}

// The new group, under the address it has from now on.
Content add_group(ManagerPort& manager, const Write& wish, const Commands& commands,
                  const std::function<TimeBase()>& time) {
  const CommandReply reply = carry_out(manager, commands, wish.request.context);
  if (!reply.ok()) return fault_content(reply);
  const ClusterState after = manager.snapshot();
  for (const AffinityGroup& group : after.affinity_groups) {
    if (group.name != std::get<AddAffinityGroup>(commands.front()).group.name) continue;
    Path path = wish.path;
    path.push_back(group_id(group));
    Content content = read({after, time()}, path, {});
    content.status = 201;
    content.location = href_of(join_path(wish.path), path.back());
    return content;
  }
  return {.status = 202};  // already removed
}

// oVirt answers a new member with what it was given.
Content add_member(ManagerPort& manager, const Write& wish, const Commands& commands) {
  const CommandReply reply = carry_out(manager, commands, wish.request.context);
  if (!reply.ok()) return fault_content(reply);
  Content content;
  content.document.append_copy(wish.body.document_element());
  return content;
}

CommandsOrFault commands_of(const Write& wish) {
  switch (wish.place) {
    case Place::Action:
      return action_commands(wish.shown.state, wish.path, wish.body);
    case Place::Events:
      return event_commands(wish.shown.state, wish.body);
    case Place::Host:
    case Place::Vm:
    case Place::Cluster:
      return update_commands(wish.shown, wish.path, wish.body);
    case Place::Groups:
    case Place::Group:
    case Place::Members:
    case Place::Member:
      return group_commands(wish.shown.state, wish.path, wish.request.method, wish.body);
    case Place::Root:
    case Place::Reading:
      break;
  }
  return Fault{405, "Method Not Allowed", "Not served."};
}

}  // namespace

Content write(ManagerPort& manager, const Write& wish, const std::function<TimeBase()>& time) {
  const CommandsOrFault wanted = commands_of(wish);
  if (const auto* fault = std::get_if<Fault>(&wanted)) return refusal(wish, *fault);
  const auto& commands = std::get<Commands>(wanted);
  if (wish.place == Place::Action) return act(manager, wish, commands);
  if (wish.request.method == "DELETE") return act(manager, wish, commands);
  if (wish.place == Place::Events) return add_event(manager, wish, commands, time);
  if (wish.place == Place::Groups) return add_group(manager, wish, commands, time);
  if (wish.place == Place::Members) return add_member(manager, wish, commands);
  return update(manager, wish, commands, time);
}

}  // namespace splitsite::reference
