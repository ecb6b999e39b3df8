// GET: a collection, narrowed to what was asked for, or one object; both with what is followed.
#pragma once

#include "topologies/reference/manager/api/content.hpp"
#include "topologies/reference/manager/api/path.hpp"
#include "topologies/reference/manager/api/query.hpp"
#include "topologies/reference/manager/api/representation.hpp"

namespace splitsite::reference {

Content read(const Shown& shown, const Path& path, const QueryParameters& query);

}  // namespace splitsite::reference
