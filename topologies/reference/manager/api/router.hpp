// From an API request to its answer, without sockets: what lies at each path below
// /ovirt-engine/api, in XML or JSON. Called from any thread; keeps nothing between calls.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "topologies/reference/manager/api/answer.hpp"
#include "topologies/reference/manager/api/negotiation.hpp"
#include "topologies/reference/manager/api/query.hpp"
#include "topologies/reference/manager/api/representation.hpp"
#include "topologies/reference/manager/manager_port.hpp"

namespace splitsite::reference {

struct ApiRequest {
  std::string method = "GET";
  std::string path;  // below the root: "", "/hosts", "/vms/<id>/start"
  QueryParameters query = {};
  std::string body = {};
  std::optional<Media> body_media = Media::Xml;    // none: not one that is read, HTTP 415
  std::optional<Media> answer_media = Media::Xml;  // none: not one that is written, HTTP 406
  bool all_content = false;
  bool filtered = false;
  CommandContext context = {};
};

class Router {
 public:
  explicit Router(ManagerPort& manager, std::function<TimeBase()> time = &TimeBase::now);

  ApiAnswer answer(const ApiRequest& request) const;

 private:
  ManagerPort& manager_;
  std::function<TimeBase()> time_;
};

}  // namespace splitsite::reference
