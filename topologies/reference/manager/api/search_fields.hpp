// By which fields each collection can be searched, under oVirt's names (searchbackend's
// …ConditionFieldAutoCompleter). Those about things the reference cluster has.
#pragma once

#include "topologies/reference/manager/api/query.hpp"
#include "topologies/reference/manager/api/representation.hpp"

namespace splitsite::reference {

// `collection` is the element's name: "vms". It has no fields if it cannot be searched.
SearchFields search_fields(std::string_view collection, const Shown& shown);

}  // namespace splitsite::reference
