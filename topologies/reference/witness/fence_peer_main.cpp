// splitsite-fence-peer: DRBD's fence-peer handler on the storage nodes.
//   splitsite-fence-peer            run by DRBD (DRBD_RESOURCE, DRBD_PEER); exits 7, 6 or 1
//   splitsite-fence-peer query      prints {"holder":…,"generation":…}
//   splitsite-fence-peer release    frees the lock if both replicas are connected and up to date
// Where the witness is, and which site is preferred, is read from the lab's description.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "harness/lab/description/lab_config.hpp"
#include "topologies/reference/witness/client.hpp"
#include "topologies/reference/witness/fence_peer.hpp"

namespace {

using namespace splitsite;
using namespace splitsite::reference;
using namespace std::chrono_literals;

constexpr Duration one_question = 2s;
constexpr Duration secondary_waits = 1500ms;

struct Setting {
  std::string lab_file = "/lab/lab.json";
  std::string resource = "r0";
  std::string node;
  std::string peer;
};

int complain(const std::string& what) {
  std::fprintf(stderr, "splitsite-fence-peer: %s\n", what.c_str());
  return static_cast<int>(FenceExit::Frozen);
}

std::string environment(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(otherwise);
}

std::string own_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

Duration head_start_of(const LabConfig& lab, const std::string& node) {
  const NodeConfig* self = lab.find_node(NodeId{node});
  const SiteConfig* site = self != nullptr ? lab.find_site(self->site) : nullptr;
  return site != nullptr && site->role == SiteRole::Primary ? Duration::zero() : secondary_waits;
}

Result<DrbdStatus> read_drbd() {
  std::ifstream file("/proc/drbd");
  return parse_drbd_status(std::string{std::istreambuf_iterator<char>(file), {}});
}

int fence(const Setting& setting, const LabConfig& lab, const AskWitness& ask) {
  if (setting.peer.empty()) return complain("DRBD_PEER is not set; this is DRBD's handler");
  const WitnessRequest request{.op = WitnessOp::Fence,
                               .resource = setting.resource,
                               .node = setting.node,
                               .peer = setting.peer};
  const FencePlan plan{.head_start = head_start_of(lab, setting.node)};
  const FenceOutcome outcome = fence_peer(steady_clock(), plan, request, ask);
  std::fprintf(stderr, "splitsite-fence-peer: %s\n", outcome.said.c_str());
  return static_cast<int>(outcome.exit);
}

int print(WitnessOp op, const Result<WitnessReply>& reply) {
  if (!reply) return complain(reply.error().message());
  std::printf("%s\n", to_line(op, reply.value()).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Setting setting;
  setting.resource = environment("DRBD_RESOURCE", setting.resource);
  setting.peer = environment("DRBD_PEER", "");
  setting.node = own_name();
  CLI::App app{
      "DRBD's fence-peer handler: asks the witness who may write alone.\n"
      "Exits 7 (peer fenced), 6 (lost to the peer) or 1 (undecided: I/O stays frozen)."};
  app.add_option("--lab", setting.lab_file, "the lab's description")->capture_default_str();
  app.add_option("--node", setting.node, "this node's name")->capture_default_str();
  app.add_option("--resource", setting.resource, "DRBD resource")->capture_default_str();
  auto* query = app.add_subcommand("query", "print who holds the lock");
  auto* release = app.add_subcommand("release", "free the lock; needs both replicas up to date");
  app.require_subcommand(0, 1);
  app.fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    // CLI11's own codes could mean something to DRBD.
    return error.get_exit_code() == 0 ? 0 : static_cast<int>(FenceExit::Frozen);
  }

  const auto lab = read_lab_config(setting.lab_file);
  if (!lab) return complain(lab.error().message());
  const WitnessAddress witness{lab.value().witness_address, lab.value().witness_port};
  const AskWitness ask = [&](const WitnessRequest& r) {
    return ask_witness(witness, r, one_question);
  };
  if (query->parsed()) {
    return print(WitnessOp::Query, ask({.op = WitnessOp::Query, .resource = setting.resource}));
  }
  if (release->parsed()) {
    return print(WitnessOp::Release, release_lock(setting.resource, setting.node, ask, read_drbd));
  }
  return fence(setting, lab.value(), ask);
}
