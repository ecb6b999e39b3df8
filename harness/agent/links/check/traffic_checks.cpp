#include <netinet/in.h>

#include <cerrno>

#include "harness/adapters/netlink/packet_rules.hpp"
#include "harness/agent/links/check/checks.hpp"
#include "harness/agent/traffic/block_rules.hpp"

namespace splitsite::agent::check {
namespace {

// What traffic.block puts in force, in the namespace of site a's node.
class TrafficChecks {
 public:
  TrafficChecks(Ground& ground, netlink::PacketRules rules)
      : ground_(ground), report_(ground.report), rules_(std::move(rules)) {}

  void run() {
    block({{"direction", "both"},
           {"peers", {Mesh::address(Site::B)}},
           {"what", "all"},
           {"how", "drop"}});
    expect_silence(Site::A, Site::B);
    expect_silence(Site::B, Site::A);
    expect_through(Site::A, Site::C);
    expect_through(Site::C, Site::A);
    expect_through(Site::B, Site::C);
    lift();
    block({{"direction", "both"},
           {"peers", {Mesh::address(Site::B)}},
           {"what", "all"},
           {"how", "reject"}});
    expect_refused(Site::A, Site::B);
    expect_refused(Site::B, Site::A);
    expect_through(Site::A, Site::C);
    lift();
    // The listener's port is not storage's, so it is management.
    block({{"direction", "both"}, {"what", "storage"}, {"how", "reject"}});
    expect_through(Site::A, Site::B);
    lift();
    block({{"direction", "both"}, {"what", "management"}, {"how", "reject"}});
    expect_refused(Site::A, Site::B);
    expect_refused(Site::A, Site::C);
    expect_through(Site::B, Site::C);
    lift();
    expect_through(Site::A, Site::B);
    expect_through(Site::B, Site::A);
  }

 private:
  void block(const nlohmann::json& arguments) {
    const auto block = traffic_block_from(arguments);
    if (!block) return report_.expect(false, block.error().message());
    for (const auto& table : tables_of(block.value(), table_, false)) {
      report_.expect_done(rules_.put(table), "at a: " + arguments.dump());
    }
  }
  void lift() {
    report_.expect_done(rules_.remove(netlink::Family::Inet, table_), "it is lifted");
    const auto left = rules_.tables(netlink::Family::Inet);
    report_.expect(left && left.value().empty(), "no table is left");
  }
  Outcome connect(Site from, Site to) { return ground_.traffic.connect(from, to); }
  std::string named(Site from, Site to) { return Mesh::device(from, to) + ": "; }
  void expect_through(Site from, Site to) {
    const auto outcome = connect(from, to);
    report_.expect(outcome.worked, named(from, to) + said(outcome));
  }
  void expect_silence(Site from, Site to) {
    const auto outcome = connect(from, to);
    report_.expect(!outcome.worked && outcome.error == 0, named(from, to) + said(outcome));
  }
  void expect_refused(Site from, Site to) {
    const auto outcome = connect(from, to);
    report_.expect(outcome.error == ECONNREFUSED, named(from, to) + said(outcome));
  }

  const std::string table_ = "splitsite-traffic-check";
  Ground& ground_;
  Report& report_;
  netlink::PacketRules rules_;
};

}  // namespace

void check_traffic(Ground& ground) {
  // Opened there, it stays there.
  auto rules = ground.mesh.inside(Site::A, [] { return netlink::PacketRules::open(); });
  if (!rules) return ground.report.expect(false, rules.error().message());
  TrafficChecks(ground, std::move(rules.value())).run();
}

}  // namespace splitsite::agent::check
