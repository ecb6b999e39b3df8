// From an API request to its answer, without sockets: what lies at each path below
// /ovirt-engine/api, in XML or JSON. Called from any thread; keeps nothing between calls.
#pragma once

#include <functional>
#include <string>

#include "topologies/reference/manager/api/query.hpp"
#include "topologies/reference/manager/api/representation.hpp"
#include "topologies/reference/manager/manager_port.hpp"

namespace splitsite::reference {

struct ApiRequest {
  std::string method = "GET";
  std::string path;  // below the root: "", "/hosts", "/vms/<id>/start"
  QueryParameters query = {};
  std::string body = {};
  bool body_is_json = false;
  bool wants_json = false;
};

struct ApiAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
};

class Router {
 public:
  explicit Router(ManagerPort& manager, std::function<TimeBase()> time = &TimeBase::now);

  ApiAnswer answer(const ApiRequest& request) const;

 private:
  ManagerPort& manager_;
  std::function<TimeBase()> time_;
};

// A fault as an answer of its own, for what is refused before it reaches the router.
ApiAnswer fault_answer(const CommandReply& fault, bool json);

}  // namespace splitsite::reference
