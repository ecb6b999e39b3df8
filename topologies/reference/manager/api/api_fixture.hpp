// For tests: the router over a fake Manager at a fixed time, without sockets.
#pragma once

#include <string>

#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/fake_manager.hpp"
#include "topologies/reference/manager/api/object_id.hpp"
#include "topologies/reference/manager/api/router.hpp"

namespace splitsite::reference {

// The fixture's clock zero is 2026-03-01 12:00:00 UTC.
inline TimeBase fixed_time() {
  using namespace std::chrono;
  return {Instant(std::chrono::seconds(0)), sys_days(2026y / March / 1) + 12h};
}

struct Api {
  FakeManager manager;
  Router router{manager, &fixed_time};

  ApiAnswer get(const std::string& path, QueryParameters query = {},
                Media media = Media::Xml) const {
    return router.answer({.path = path, .query = std::move(query), .answer_media = media});
  }
  ApiAnswer send(const std::string& method, const std::string& path, const std::string& body,
                 Media media = Media::Xml) const {
    return router.answer({.method = method,
                          .path = path,
                          .body = body,
                          .body_media = media,
                          .answer_media = media,
                          .context = {"drill-7", "admin@internal-authz"}});
  }
};

inline int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}
inline bool has(const std::string& text, const std::string& part) { return count(text, part) > 0; }

inline const std::string host_a1 = "/hosts/" + object_id("host", "host-a1");
inline const std::string host_b1 = "/hosts/" + object_id("host", "host-b1");
inline const std::string vm_2 = "/vms/" + object_id("vm", "vm-2");
inline const std::string cluster = "/clusters/" + object_id("cluster", "Default");
inline const std::string groups = cluster + "/affinitygroups";
inline const std::string primary = groups + "/" + object_id("affinity_group", "primary-site");
inline const std::string center = "/datacenters/" + object_id("data_center", "Default");
inline const std::string unknown_id = "00000000-1111-2222-3333-444444444444";

}  // namespace splitsite::reference
