// An answer as a tree, before it is written in the form that the client reads.
#pragma once

#include <pugixml.hpp>
#include <string>

#include "topologies/reference/manager/api/answer.hpp"
#include "topologies/reference/manager/api/negotiation.hpp"
#include "topologies/reference/manager/core/command.hpp"

namespace splitsite::reference {

struct Content {
  int status = 200;
  pugi::xml_document document;  // empty: no body
  std::string location;         // of what was made
  std::string links;            // the API root's header Link
};

ApiAnswer print(const Content& content, Media media);

// <fault>; without a reason only a status, as oVirt answers for what is not there.
Content fault_content(const CommandReply& fault);

}  // namespace splitsite::reference
