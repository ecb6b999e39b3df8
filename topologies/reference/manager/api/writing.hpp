// POST, PUT and DELETE: from the request to the Manager's commands, and from its reply to what
// oVirt answers: an <action>, the object as it now is, or a fault.
#pragma once

#include <functional>
#include <pugixml.hpp>

#include "topologies/reference/manager/api/content.hpp"
#include "topologies/reference/manager/api/path.hpp"
#include "topologies/reference/manager/api/representation.hpp"
#include "topologies/reference/manager/api/router.hpp"

namespace splitsite::reference {

struct Write {
  const Shown& shown;  // before
  const Path& path;
  Place place;
  const ApiRequest& request;
  const pugi::xml_document& body;
};

Content write(ManagerPort& manager, const Write& wish, const std::function<TimeBase()>& time);

}  // namespace splitsite::reference
