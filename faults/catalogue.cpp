#include "faults/catalogue.hpp"

#include <iterator>
#include <utility>

#if __has_include("faults/link/entries.hpp")
#include "faults/link/entries.hpp"
#define SPLITSITE_LINK_FAULTS
#endif
#if __has_include("faults/host/entries.hpp")
#include "faults/host/entries.hpp"
#define SPLITSITE_HOST_FAULTS
#endif
#if __has_include("faults/process/entries.hpp")
#include "faults/process/entries.hpp"
#define SPLITSITE_PROCESS_FAULTS
#endif
#if __has_include("faults/storage/entries.hpp")
#include "faults/storage/entries.hpp"
#define SPLITSITE_STORAGE_FAULTS
#endif
#if __has_include("faults/site/entries.hpp")
#include "faults/site/entries.hpp"
#define SPLITSITE_SITE_FAULTS
#endif
#if __has_include("faults/manager/entries.hpp")
#include "faults/manager/entries.hpp"
#define SPLITSITE_MANAGER_FAULTS
#endif

namespace splitsite {
namespace {

[[maybe_unused]] void append(Catalogue& all, Catalogue group) {
  all.insert(all.end(), std::make_move_iterator(group.begin()),
             std::make_move_iterator(group.end()));
}

Catalogue join_groups() {
  Catalogue all;
#ifdef SPLITSITE_LINK_FAULTS
  append(all, link_faults());
#endif
#ifdef SPLITSITE_HOST_FAULTS
  append(all, host_faults());
#endif
#ifdef SPLITSITE_PROCESS_FAULTS
  append(all, process_faults());
#endif
#ifdef SPLITSITE_STORAGE_FAULTS
  append(all, storage_faults());
#endif
#ifdef SPLITSITE_SITE_FAULTS
  append(all, site_faults());
#endif
#ifdef SPLITSITE_MANAGER_FAULTS
  append(all, manager_faults());
#endif
  return all;
}

}  // namespace

const Catalogue& fault_catalogue() {
  static const Catalogue all = join_groups();
  return all;
}

}  // namespace splitsite
