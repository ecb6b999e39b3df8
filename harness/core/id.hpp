// Names that cannot be mixed up: a SiteId is not a NodeId and neither is a string. Ids are made
// where text enters the program (topology loader, adapters) and travel as themselves afterwards.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace splitsite {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

  auto operator<=>(const Id&) const = default;

 private:
  std::string text_;
};

using SiteId = Id<struct SiteTag>;    // "a", "b", "w"
using NodeId = Id<struct NodeTag>;    // a lab machine: "host-a1", "sto-a", "wan", "manager"
using VmId = Id<struct VmTag>;        // a guest of the cluster under test: "vm-1"
using LinkId = Id<struct LinkTag>;    // "site:a-b", "replication:a-b"
using FaultId = Id<struct FaultTag>;  // one injection: "fault-1"
using RunId = Id<struct RunTag>;

}  // namespace splitsite

template <class Tag>
struct std::hash<splitsite::Id<Tag>> {
  std::size_t operator()(const splitsite::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};

template <class Tag>
struct fmt::formatter<splitsite::Id<Tag>> : fmt::formatter<std::string> {
  template <class Context>
  auto format(const splitsite::Id<Tag>& id, Context& context) const {
    return fmt::formatter<std::string>::format(id.str(), context);
  }
};
