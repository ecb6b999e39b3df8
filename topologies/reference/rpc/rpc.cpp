// The codecs. One table of methods drives both directions.
#include "topologies/reference/rpc/rpc.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "topologies/reference/rpc/strict_json.hpp"

namespace splitsite::reference::rpc {
namespace {

using nlohmann::json;

constexpr std::array kMethods = {"Host.getStats",
                                 "StoragePool.connect",
                                 "StoragePool.disconnect",
                                 "StoragePool.getSpmStatus",
                                 "StoragePool.spmStart",
                                 "StoragePool.spmStop",
                                 "VM.create",
                                 "VM.shutdown",
                                 "VM.destroy",
                                 "VM.cont",
                                 "VM.migrate",
                                 "Lease.create",
                                 "Lease.delete",
                                 "VM.hotplugLease",
                                 "VM.hotunplugLease",
                                 "Host.fenceNode",
                                 "Service.restartHostDaemon",
                                 "Host.setHaMaintenanceMode",
                                 "VM.reboot",
                                 "VM.migrateCancel"};
static_assert(kMethods.size() == std::variant_size_v<Request>);

json params_of(const GetStats&) { return json::object(); }
json params_of(const ConnectPool& r) { return {{"host_id", r.host_id}}; }
json params_of(const DisconnectPool&) { return json::object(); }
json params_of(const GetSpmStatus&) { return json::object(); }
json params_of(const StartSpm& r) { return {{"prev_id", r.prev_id}}; }
json params_of(const StopSpm&) { return json::object(); }
json params_of(const CreateVm& r) {
  return {{"vm", r.vm.str()},
          {"with_lease", r.with_lease},
          {"resume_behaviour", to_string(r.resume_behaviour)}};
}
json params_of(const ShutdownVm& r) { return {{"vm", r.vm.str()}}; }
json params_of(const DestroyVm& r) { return {{"vm", r.vm.str()}}; }
json params_of(const ContinueVm& r) { return {{"vm", r.vm.str()}}; }
json params_of(const MigrateVm& r) { return {{"vm", r.vm.str()}, {"destination", r.destination}}; }
json params_of(const CreateLease& r) { return {{"vm", r.vm.str()}}; }
json params_of(const DeleteLease& r) { return {{"vm", r.vm.str()}}; }
json params_of(const PlugLease& r) { return {{"vm", r.vm.str()}}; }
json params_of(const UnplugLease& r) { return {{"vm", r.vm.str()}}; }
json params_of(const FenceNode& r) {
  return {{"addr", r.address},      {"port", r.port},
          {"agent", r.agent},       {"username", r.username},
          {"password", r.password}, {"action", r.action},
          {"options", r.options},   {"storageDomainHostIdMap", r.lease_ids}};
}
json params_of(const RestartDaemon&) { return json::object(); }
json params_of(const SetHaMaintenance& r) { return {{"mode", "local"}, {"enabled", r.enabled}}; }
json params_of(const RebootVm& r) { return {{"vm", r.vm.str()}}; }
json params_of(const CancelMigration& r) { return {{"vm", r.vm.str()}}; }

void read(StrictObject&, GetStats&) {}
void read(StrictObject& in, ConnectPool& r) { in.take("host_id", r.host_id); }
void read(StrictObject&, DisconnectPool&) {}
void read(StrictObject&, GetSpmStatus&) {}
void read(StrictObject& in, StartSpm& r) { in.take("prev_id", r.prev_id); }
void read(StrictObject&, StopSpm&) {}
void read(StrictObject& in, CreateVm& r) {
  in.take("vm", r.vm);
  in.take("with_lease", r.with_lease);
  in.take_word("resume_behaviour", r.resume_behaviour, ResumeBehaviour::AutoResume,
               ResumeBehaviour::Kill);
}
void read(StrictObject& in, ShutdownVm& r) { in.take("vm", r.vm); }
void read(StrictObject& in, DestroyVm& r) { in.take("vm", r.vm); }
void read(StrictObject& in, ContinueVm& r) { in.take("vm", r.vm); }
void read(StrictObject& in, MigrateVm& r) {
  in.take("vm", r.vm);
  in.take("destination", r.destination);
}
void read(StrictObject& in, CreateLease& r) { in.take("vm", r.vm); }
void read(StrictObject& in, DeleteLease& r) { in.take("vm", r.vm); }
void read(StrictObject& in, PlugLease& r) { in.take("vm", r.vm); }
void read(StrictObject& in, UnplugLease& r) { in.take("vm", r.vm); }
void read(StrictObject& in, FenceNode& r) {
  in.take("addr", r.address);
  in.take("port", r.port);
  in.take("agent", r.agent);
  in.take("username", r.username);
  in.take("password", r.password);
  in.take("action", r.action);
  in.take("options", r.options);
  json ids = json::object();
  in.take_object("storageDomainHostIdMap", ids);
  if (!ids.is_object()) in.complain("wrong type: storageDomainHostIdMap");
  for (const auto& [domain, id] : ids.items()) {
    if (!id.is_number_integer()) return in.complain("wrong type: host id of " + domain);
    r.lease_ids[domain] = id.get<int>();
  }
}
void read(StrictObject&, RestartDaemon&) {}

void read(StrictObject& in, SetHaMaintenance& r) {
  std::string mode;
  in.take("mode", mode);
  if (mode != "local") in.complain("unknown word for mode: " + mode);
  in.take("enabled", r.enabled);
}

void read(StrictObject& in, FenceReport& report) {
  in.take("power", report.power);
  in.take("operationStatus", report.operation);
}

void read(StrictObject& in, RebootVm& r) { in.take("vm", r.vm); }
void read(StrictObject& in, CancelMigration& r) { in.take("vm", r.vm); }

splitsite::Error unreadable(const std::string& what, const std::string& why) {
  return {.kind = ErrorKind::Invalid, .attempted = "read the RPC", .subject = what, .why = why};
}

json parse(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

template <std::size_t I = 0>
Result<Request> read_params(const std::string& method, const json& params) {
  if constexpr (I == std::variant_size_v<Request>) {
    return unreadable(method, "unknown method");
  } else {
    if (method != kMethods[I]) return read_params<I + 1>(method, params);
    std::variant_alternative_t<I, Request> request;
    StrictObject in(params);
    read(in, request);
    if (!in.complaint().empty()) return unreadable(method, in.complaint());
    return Request(request);
  }
}

json result_of(const Done&) { return {{"result", json::object()}}; }
json result_of(const HostStats& stats) { return {{"result", to_json(stats)}}; }
json result_of(const SpmReport& report) { return {{"result", to_json(report)}}; }
json result_of(const FenceReport& report) {
  return {{"result", {{"power", report.power}, {"operationStatus", report.operation}}}};
}
json result_of(const Error& error) {
  return {{"error", {{"code", error.code}, {"message", error.message}}}};
}

Result<Reply> read_error(const json& object) {
  Error error;
  StrictObject in(object);
  in.take("code", error.code);
  in.take("message", error.message);
  if (!in.complaint().empty()) return unreadable("error", in.complaint());
  return Reply(error);
}

template <class T>
Result<Reply> read_result(const char* method, const json& object) {
  T value;
  StrictObject in(object);
  if constexpr (!std::is_same_v<T, Done>) read(in, value);
  if (!in.complaint().empty()) return unreadable(method, in.complaint());
  return Reply(value);
}

}  // namespace

std::string_view method_of(const Request& request) { return kMethods[request.index()]; }

std::string encode(const Request& request) {
  const json params = std::visit([](const auto& r) { return params_of(r); }, request);
  return json{{"method", method_of(request)}, {"params", params}}.dump();
}

std::string encode(const Reply& reply) {
  // A message may quote bytes that are not UTF-8; they are replaced, never thrown about.
  return std::visit([](const auto& r) { return result_of(r); }, reply)
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Request> decode_request(const std::string& text) {
  const json object = parse(text);
  StrictObject in(object);
  std::string method;
  json params = json::object();
  in.take("method", method);
  in.take_object("params", params);
  if (!in.complaint().empty()) return unreadable("request", in.complaint());
  return read_params(method, params);
}

bool is_unknown_method(const std::string& text) {
  const json object = parse(text);
  if (!object.is_object() || !object.contains("method") || !object["method"].is_string()) {
    return false;
  }
  const auto& method = object["method"].get_ref<const std::string&>();
  return std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end();
}

Result<Reply> decode_reply(const Request& request, const std::string& text) {
  const json object = parse(text);
  if (!object.is_object() || object.size() != 1) {
    return unreadable("reply", "neither a result nor an error: " + text.substr(0, 200));
  }
  if (object.contains("error")) return read_error(object["error"]);
  if (!object.contains("result")) return unreadable("reply", "no result in it");
  const char* method = kMethods[request.index()];
  if (std::holds_alternative<GetStats>(request)) {
    return read_result<HostStats>(method, object["result"]);
  }
  if (std::holds_alternative<GetSpmStatus>(request)) {
    return read_result<SpmReport>(method, object["result"]);
  }
  if (std::holds_alternative<FenceNode>(request)) {
    return read_result<FenceReport>(method, object["result"]);
  }
  return read_result<Done>(method, object["result"]);
}

}  // namespace splitsite::reference::rpc
