// Paths below the API's root, and which methods are served at each of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace splitsite::reference {

using Path = std::vector<std::string>;

// "/hosts//7/" is {"hosts", "7"}.
Path split_path(std::string_view text);
std::string join_path(const Path& path);

// What a request to a place means.
enum class Place {
  Root,
  Reading,
  Host,
  Vm,
  Cluster,
  Groups,
  Group,
  Members,
  Member,
  Action,
  Events
};

struct Route {
  std::string_view pattern;  // "hosts/*/activate"; a star is any one part
  std::string_view methods;  // "GET, PUT": as the header Allow has them
  Place place;
};

// The route that fits; null: nothing is served there.
const Route* find_route(const Path& path);

}  // namespace splitsite::reference
