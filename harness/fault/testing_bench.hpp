// What tests of faults stand on: the fake lab, an undo log in memory, a description of a small lab.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/fault/fake_lab.hpp"
#include "harness/ports/undo_log.hpp"

namespace splitsite {

class FakeUndoLog final : public UndoLog {
 public:
  Result<long> write(const std::string& text) override {
    entries_.push_back({static_cast<long>(entries_.size()) + 1, text});
    open_.insert(entries_.back().id);
    return entries_.back().id;
  }
  Result<void> mark_done(long id) override {
    open_.erase(id);
    return success();
  }
  Result<std::vector<UndoEntry>> pending() override {
    std::vector<UndoEntry> rest;
    std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(rest),
                 [&](const UndoEntry& e) { return open_.count(e.id) > 0; });
    return rest;
  }

 private:
  std::vector<UndoEntry> entries_;
  std::set<long> open_;
};

// Two sites with two hosts and a storage node each, a third site with a witness.
inline LabConfig fake_config() {
  LabConfig config;
  config.name = "fake";
  config.sites = {{SiteId("a"), SiteRole::Primary},
                  {SiteId("b"), SiteRole::Secondary},
                  {SiteId("w"), SiteRole::Third}};
  const auto node = [&](const char* name, NodeRole role, const char* site, const char* address) {
    NodeConfig made{.name = NodeId(name), .role = role, .site = SiteId(site)};
    made.nics = {{.device = "eth0",
                  .network = std::string("site-") + site,
                  .mac = "",
                  .address = std::string(address) + "/24"}};
    config.nodes.push_back(made);
  };
  node("host-a1", NodeRole::Host, "a", "10.77.0.11");
  node("host-a2", NodeRole::Host, "a", "10.77.0.12");
  node("sto-a", NodeRole::Storage, "a", "10.77.0.19");
  node("host-b1", NodeRole::Host, "b", "10.77.0.21");
  node("host-b2", NodeRole::Host, "b", "10.77.0.22");
  node("sto-b", NodeRole::Storage, "b", "10.77.0.29");
  node("manager", NodeRole::Manager, "w", "10.77.0.31");
  node("witness", NodeRole::Witness, "w", "10.77.0.32");
  for (NodeConfig& made : config.nodes) {
    if (made.role != NodeRole::Storage) continue;
    std::string address = made.nics.front().address;
    made.nics.push_back({.device = "eth1",
                         .network = "repl-" + made.site.str(),
                         .mac = "",
                         .address = address.replace(0, 5, "10.78")});
  }
  const auto link = [&](LinkKind kind, const char* x, const char* y) {
    config.links.push_back({.kind = kind, .first = SiteId(x), .second = SiteId(y)});
  };
  link(LinkKind::Site, "a", "b");
  link(LinkKind::Site, "a", "w");
  link(LinkKind::Site, "b", "w");
  link(LinkKind::Replication, "a", "b");
  return config;
}

}  // namespace splitsite
