#include "topologies/reference/manager/api/follow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "topologies/reference/manager/api/elements.hpp"

namespace splitsite::reference {
namespace {

// What is below a followed name: "a.b,a.c" is a with b and c.
struct Tree {
  std::map<std::string, Tree> below;
};

// Which links objects of each kind have; those that are references may be missing in one of them.
struct Followable {
  std::string_view element;
  std::string_view name;
};
constexpr std::array<Followable, 25> followable = {{{"vm", "cluster"},
                                                    {"vm", "host"},
                                                    {"host", "cluster"},
                                                    {"cluster", "affinity_groups"},
                                                    {"cluster", "data_center"},
                                                    {"cluster", "scheduling_policy"},
                                                    {"data_center", "clusters"},
                                                    {"data_center", "storage_domains"},
                                                    {"scheduling_policy", "clusters"},
                                                    {"storage_domain", "data_center"},
                                                    {"affinity_group", "cluster"},
                                                    {"affinity_group", "host_labels"},
                                                    {"affinity_group", "hosts"},
                                                    {"affinity_group", "vm_labels"},
                                                    {"affinity_group", "vms"},
                                                    {"event", "cluster"},
                                                    {"event", "data_center"},
                                                    {"event", "host"},
                                                    {"event", "user"},
                                                    {"event", "vm"},
                                                    {"job", "owner"},
                                                    {"job", "steps"},
                                                    {"step", "execution_host"},
                                                    {"step", "job"},
                                                    {"step", "parent_step"}}};

Tree parse(const std::string& names) {
  Tree tree;
  Tree* at = &tree;
  std::string name;
  for (const char c : names + ",") {
    if (c != ',' && c != '.') {
      name += c;
      continue;
    }
    if (!name.empty()) at = &at->below[std::exchange(name, {})];
    if (c == ',') at = &tree;
  }
  return tree;
}

std::string without_root(std::string_view href) {
  return std::string(href.substr(std::min(href.size(), api_root.size() + 1)));
}

// A link's rel is the name in lower case without underscores.
std::string linked_path(const pugi::xml_node& object, std::string rel) {
  std::erase(rel, '_');
  for (const pugi::xml_node& link : object.children("link")) {
    if (rel == link.attribute("rel").value()) return without_root(link.attribute("href").value());
  }
  return {};
}

void fill(pugi::xml_node reference, const pugi::xml_node& whole) {
  reference.remove_children();
  for (const pugi::xml_node& child : whole.children()) reference.append_copy(child);
}

class Follower {
 public:
  explicit Follower(Library& library) : library_(library) {}

  Result<void> in(pugi::xml_node object, const Tree& tree) {
    for (const auto& [name, below] : tree.below) {
      const bool known = std::any_of(followable.begin(), followable.end(), [&](const auto& each) {
        return each.element == object.name() && each.name == name;
      });
      if (!known) return unknown(object.name(), name);
      SPLITSITE_TRY_VOID(one(object, name, below));
    }
    return success();
  }

  Result<void> each(pugi::xml_node collection, const Tree& tree) {
    for (pugi::xml_node object : collection.children()) {
      SPLITSITE_TRY_VOID(in(object, tree));
    }
    return success();
  }

 private:
  Result<void> one(pugi::xml_node object, const std::string& name, const Tree& below) {
    if (const std::string path = linked_path(object, name); !path.empty()) {
      object.remove_child(name.c_str());
      pugi::xml_node copy = object.append_copy(library_.collection(path));
      copy.set_name(name.c_str());
      return each(copy, below);
    }
    pugi::xml_node reference = object.child(name.c_str());
    const std::string path = without_root(reference.attribute("href").value());
    const pugi::xml_node whole = path.empty() ? pugi::xml_node() : library_.element(path);
    if (!whole) return success();
    fill(reference, whole);
    return into(reference, whole.name(), below);
  }

  // The kind of what was followed is the whole object's, whatever the reference is called.
  Result<void> into(pugi::xml_node reference, const char* kind, const Tree& below) {
    const std::string called = reference.name();
    reference.set_name(kind);
    const Result<void> done = in(reference, below);
    reference.set_name(called.c_str());
    return done;
  }

  static Error unknown(const std::string& element, const std::string& name) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "follow",
                 .subject = name,
                 .why = fmt::format("Problem fetching '{}' from {}", name, element)};
  }

  Library& library_;
};

}  // namespace

Result<void> follow(pugi::xml_node object, const std::string& names, Library& library) {
  return Follower(library).in(object, parse(names));
}

Result<void> follow_each(pugi::xml_node collection, const std::string& names, Library& library) {
  return Follower(library).each(collection, parse(names));
}

}  // namespace splitsite::reference
