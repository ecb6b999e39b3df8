// Which fields of the Manager's memory survive it. Every field of every struct in host_and_vm.hpp
// and cluster.hpp is said to be one of three things, and a field that is not listed does not
// compile:
//   kept       it is in oVirt's database (vds_static, vds_dynamic, vm_static, vm_dynamic,
//              storage_pool, audit_log, …), so it is in ours, in a column of this name;
//   described  the lab's description says it anew at every start;
//   forgotten  oVirt has it in memory only; after a restart it is what a first start makes of it,
//              or what core/restart.cpp says.
#pragma once

#include <boost/pfr/tuple_size.hpp>
#include <cstddef>
#include <tuple>
#include <type_traits>

namespace splitsite::reference {

template <class T, class M>
struct Kept {
  const char* name;
  M T::*member;
};
template <class T, class M>
constexpr Kept<T, M> kept(const char* name, M T::*member) {
  return {name, member};
}
template <class T, class M>
struct NotKept {};
template <class T, class M>
constexpr NotKept<T, M> described(M T::*) {
  return {};
}
template <class T, class M>
constexpr NotKept<T, M> forgotten(M T::*) {
  return {};
}

// The table of a struct's fields, in the struct's order.
template <class T>
inline constexpr auto kFields = nullptr;

template <class T>
concept HasFields = !std::is_same_v<decltype(kFields<T>), const std::nullptr_t>;

// Calls visit(Kept) for each field that is kept.
template <HasFields T, class Visitor>
constexpr void for_each_kept(Visitor&& visit) {
  const auto one = [&]<class F>(const F& field) {
    if constexpr (requires { field.name; }) visit(field);
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, kFields<T>);
}

template <class T>
concept EveryFieldIsListed = std::tuple_size_v<std::remove_const_t<decltype(kFields<T>)>>
== boost::pfr::tuple_size_v<T>;

}  // namespace splitsite::reference
