// splitsite-netlink-check: the agent's link faults against a real kernel, on a small copy of the
// wan node in network namespaces of its own. Prints one line per check and the measurement behind
// it. Exits 0 if all hold, 1 if one does not, 77 if this machine cannot show it (no root, no
// netem).
//   --rules      packet rules only, which need no netem, as far as this kernel has them
//   --benchmark  also how long a change takes, next to a tc process
#include <cstdio>
#include <cstring>

#include "harness/agent/links/check/checks.hpp"

namespace {

using namespace splitsite;
using namespace splitsite::agent;
using namespace splitsite::agent::check;

constexpr int skipped = 77;

int cannot(const Error& error) {
  fmt::print("splitsite-netlink-check: skipped: {}\n", error.message());
  return skipped;
}

Result<void> install_leaves(netlink::Netem& netem) {
  for (const Site from : all_sites) {
    for (const Site to : all_sites) {
      if (from == to) continue;
      SPLITSITE_TRY_VOID(netem.install(Mesh::device(from, to)));
    }
  }
  return success();
}

int run(bool only_rules, bool benchmark) {
  const auto mesh = Mesh::lay();
  if (!mesh) return cannot(mesh.error());
  const auto traffic = Traffic::open(mesh.value());
  if (!traffic) return cannot(traffic.error());
  auto netem = netlink::Netem::open();
  if (!netem) return cannot(netem.error());
  const auto installed = only_rules ? Result<void>(success()) : install_leaves(netem.value());
  if (!installed) return cannot(installed.error());
  NetlinkLinkKernel kernel(std::move(netem.value()));
  Report report;
  Ground ground{report, mesh.value(), traffic.value(), kernel, only_rules};
  check_rules(ground);
  check_traffic(ground);
  if (!only_rules) check_links(ground);
  if (benchmark) measure_changes(ground);
  fmt::print("{}\n", report.all_held() ? "all checks hold" : "some checks FAILED");
  return report.all_held() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  bool only_rules = false;
  bool benchmark = false;
  for (int i = 1; i < argc; ++i) {
    only_rules = only_rules || std::strcmp(argv[i], "--rules") == 0;
    benchmark = benchmark || std::strcmp(argv[i], "--benchmark") == 0;
  }
  return run(only_rules, benchmark);
}
