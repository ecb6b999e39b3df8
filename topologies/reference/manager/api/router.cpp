#include "topologies/reference/manager/api/router.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/api/actions.hpp"
#include "topologies/reference/manager/api/content.hpp"
#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/path.hpp"
#include "topologies/reference/manager/api/reading.hpp"
#include "topologies/reference/manager/api/writing.hpp"

namespace splitsite::reference {
namespace {

// The element that a body at this place has.
const char* body_element(Place place, const Path& path) {
  switch (place) {
    case Place::Action:
      return "action";
    case Place::Events:
      return "event";
    case Place::Host:
      return "host";
    case Place::Vm:
      return "vm";
    case Place::Cluster:
      return "cluster";
    case Place::Groups:
    case Place::Group:
      return "affinity_group";
    case Place::Members:
      return path.back() == "vms" ? "vm" : "host";
    case Place::Root:
    case Place::Reading:
    case Place::Member:
      return "";
  }
  return "";
}

ApiAnswer not_allowed(const Route& route, bool asked_for_options) {
  const std::string allowed =
      fmt::format("{}{}, OPTIONS", route.methods,
                  route.methods.find("GET") != std::string_view::npos ? ", HEAD" : "");
  return {.status = asked_for_options ? 200 : 405, .headers = {{"Allow", allowed}}};
}

bool serves(const Route& route, const std::string& method) {
  return route.methods.find(method) != std::string_view::npos;
}

}  // namespace

Router::Router(ManagerPort& manager, std::function<TimeBase()> time)
    : manager_(manager), time_(std::move(time)) {}

ApiAnswer Router::answer(const ApiRequest& request) const {
  const Path path = split_path(request.path);
  const Route* route = find_route(path);
  if (route == nullptr) return {.status = 404};
  if (!serves(*route, request.method)) return not_allowed(*route, request.method == "OPTIONS");
  if (!request.answer_media) return {.status = 406};
  const ClusterState state = manager_.snapshot();
  const Shown shown{state, time_(), request.all_content, request.filtered};
  if (request.method == "GET") {
    return print(read(shown, path, request.query), *request.answer_media);
  }
  if (!request.body.empty() && !request.body_media) return {.status = 415};
  const auto body =
      read_body(request.body, request.body_media == Media::Json, body_element(route->place, path));
  if (!body) {
    return print(
        fault_content({400, "Request syntactically incorrect.",
                       "For correct usage, see: /ovirt-engine/apidoc (" + body.error().why + ")"}),
        *request.answer_media);
  }
  const Write wish{shown, path, route->place, request, body.value()};
  return print(write(manager_, wish, time_), *request.answer_media);
}

}  // namespace splitsite::reference
