// The kinds of values that a kept field can be, and when two of them are the same to the database.
#pragma once

#include <algorithm>
#include <concepts>
#include <string>

#include "topologies/reference/manager/core/persistence/cluster.hpp"

namespace splitsite::reference::store {

template <class M>
concept Optional = requires(M m) {
  m.has_value();
};
template <class M>
concept Name = requires(M m) {
  m.str();
};
template <class M>
concept List = !std::same_as<M, std::string> && requires(M m) {
  m.begin();
};
template <class M>
concept Pair = requires(M m) {
  m.second;
};
template <class M>
concept Compound = HasFields<M> || List<M>;

// Whether what is kept of the two is the same.
template <class M>
bool same_kept(const M& a, const M& b) {
  if constexpr (Optional<M>) {
    return a.has_value() == b.has_value() && (!a || same_kept(*a, *b));
  } else if constexpr (List<M>) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return same_kept(x, y); });
  } else if constexpr (Pair<M>) {
    return a.first == b.first && same_kept(a.second, b.second);
  } else if constexpr (HasFields<M>) {
    bool same = true;
    for_each_kept<M>(
        [&](const auto& field) { same = same && same_kept(a.*field.member, b.*field.member); });
    return same;
  } else {
    return a == b;
  }
}

}  // namespace splitsite::reference::store
