#include "topologies/reference/witness/protocol.hpp"

#include <nlohmann/json.hpp>

namespace splitsite::reference {
namespace {

using nlohmann::json;

constexpr std::size_t longest_name = 64;

Error malformed(const std::string& why) {
  return Error{
      .kind = ErrorKind::Invalid, .attempted = "understand", .subject = "the line", .why = why};
}

const char* op_name(WitnessOp op) {
  switch (op) {
    case WitnessOp::Fence:
      return "fence";
    case WitnessOp::Release:
      return "release";
    case WitnessOp::Query:
      return "query";
  }
  return "query";
}

Result<WitnessOp> op_from(const std::string& name) {
  for (const WitnessOp op : {WitnessOp::Fence, WitnessOp::Release, WitnessOp::Query}) {
    if (name == op_name(op)) return op;
  }
  return malformed("unknown op \"" + name + "\"; known are fence, release and query");
}

Result<json> object_from(const std::string& line) {
  json parsed = json::parse(line, nullptr, false);
  if (parsed.is_discarded()) return malformed("it is not JSON");
  if (!parsed.is_object()) return malformed("it is not a JSON object");
  return parsed;
}

Result<std::string> name_in(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return malformed(std::string("\"") + key + "\" is missing");
  if (!found->is_string()) return malformed(std::string("\"") + key + "\" is not a string");
  auto name = found->get<std::string>();
  if (name.empty() || name.size() > longest_name) {
    return malformed(std::string("\"") + key + "\" must have 1 to 64 characters");
  }
  return name;
}

Result<std::uint64_t> generation_in(const json& object) {
  const auto found = object.find("generation");
  if (found == object.end()) return std::uint64_t{0};
  if (!found->is_number_unsigned()) return malformed("\"generation\" is not a whole number");
  return found->get<std::uint64_t>();
}

}  // namespace

std::string to_line(const WitnessRequest& request) {
  json object{{"op", op_name(request.op)}, {"resource", request.resource}};
  if (!request.node.empty()) object["node"] = request.node;
  if (!request.peer.empty()) object["peer"] = request.peer;
  if (request.generation != 0) object["generation"] = request.generation;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<WitnessRequest> request_from_line(const std::string& line) {
  SPLITSITE_TRY(const auto object, object_from(line));
  WitnessRequest request;
  SPLITSITE_TRY(const auto op, name_in(object, "op"));
  SPLITSITE_TRY(request.op, op_from(op));
  SPLITSITE_TRY(request.resource, name_in(object, "resource"));
  SPLITSITE_TRY(request.generation, generation_in(object));
  if (request.op == WitnessOp::Query) return request;
  SPLITSITE_TRY(request.node, name_in(object, "node"));
  if (request.op == WitnessOp::Release) {
    if (request.generation == 0) return malformed("a release needs the \"generation\" it saw");
    return request;
  }
  SPLITSITE_TRY(request.peer, name_in(object, "peer"));
  if (request.node == request.peer) return malformed("\"node\" and \"peer\" are the same");
  return request;
}

std::string to_line(WitnessOp op, const WitnessReply& reply) {
  json object{{"holder", nullptr}, {"generation", reply.generation}};
  if (reply.holder) object["holder"] = *reply.holder;
  if (op == WitnessOp::Fence) object["granted"] = reply.granted;
  if (op == WitnessOp::Release) object["ok"] = reply.granted;
  if (!reply.why.empty()) object["why"] = reply.why;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string error_line(const Error& error) {
  return json{{"error", error.message()}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<WitnessReply> reply_from_line(WitnessOp op, const std::string& line) {
  SPLITSITE_TRY(const auto object, object_from(line));
  const auto flag = [&](const char* key) { return object.contains(key) && object[key] == true; };
  if (object.contains("error")) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "ask the witness to",
                 .subject = op_name(op),
                 .why = object["error"].dump()};
  }
  WitnessReply reply;
  if (!object.contains("holder") || !object.contains("generation")) {
    return malformed("\"holder\" or \"generation\" is missing");
  }
  if (!object["holder"].is_null()) {
    SPLITSITE_TRY(reply.holder, name_in(object, "holder"));
  }
  SPLITSITE_TRY(reply.generation, generation_in(object));
  reply.granted = flag(op == WitnessOp::Release ? "ok" : "granted");
  if (object.contains("why") && object["why"].is_string()) reply.why = object["why"];
  return reply;
}

}  // namespace splitsite::reference
