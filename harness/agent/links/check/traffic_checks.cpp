#include <cerrno>
#include <filesystem>

#include "harness/adapters/netlink/packet_rules.hpp"
#include "harness/agent/links/check/checks.hpp"
#include "harness/agent/traffic/block_rules.hpp"
#include "harness/agent/traffic/traffic_changes.hpp"
#include "harness/lab/journal.hpp"

namespace splitsite::agent::check {
namespace {

constexpr const char* change_id = "check";

// The agent of site a's node, as far as changes go; asked in that node's namespace.
class NodeAgent {
 public:
  NodeAgent(const Mesh& mesh, EventLoop& loop, Journal journal)
      : mesh_(mesh), journal_(std::move(journal)), book_(loop, steady_clock(), journal_, events_) {
    add_traffic_changes(book_, false);
    book_.add_to(dispatcher_);
  }

  Json ask(const std::string& op, const Json& arguments) {
    const std::string line = Json{{"id", 1}, {"op", op}, {"args", arguments}}.dump();
    const auto asked = mesh_.inside(Site::A, [&]() -> Result<void> {
      dispatcher_.handle(line);
      return success();
    });
    return asked ? Json::parse(answer_) : Json{{"error", asked.error().message()}};
  }

 private:
  const Mesh& mesh_;
  std::string answer_;
  Journal journal_;
  EventLog events_{[](const Json&) {}};
  Dispatcher dispatcher_{[this](const std::string& line) { answer_ = line; }};
  ChangeBook book_;
};

class TrafficChecks {
 public:
  TrafficChecks(Ground& ground, NodeAgent& agent)
      : ground_(ground), report_(ground.report), agent_(agent) {}

  void run() {
    with_one_peer();
    by_kind();
    card_down();
    of_guests();
    expect_through(Site::A, Site::B);
    expect_through(Site::B, Site::A);
  }

 private:
  void with_one_peer() {
    block({{"peers", {Mesh::address(Site::B)}}, {"what", "all"}, {"how", "drop"}});
    expect_silence(Site::A, Site::B);
    expect_silence(Site::B, Site::A);
    expect_through(Site::A, Site::C);
    expect_through(Site::C, Site::A);
    expect_through(Site::B, Site::C);
    lift();
    block({{"peers", {Mesh::address(Site::B)}}, {"what", "all"}, {"how", "reject"}});
    expect_refused(Site::A, Site::B);
    expect_refused(Site::B, Site::A);
    expect_through(Site::A, Site::C);
    lift();
  }

  // The listener's port is not storage's, so it is management.
  void by_kind() {
    block({{"what", "storage"}, {"how", "reject"}});
    expect_through(Site::A, Site::B);
    lift();
    block({{"what", "management"}, {"how", "reject"}});
    expect_refused(Site::A, Site::B);
    expect_refused(Site::A, Site::C);
    expect_through(Site::B, Site::C);
    lift();
  }

  void card_down() {
    const Json card{{"device", "eth0"}};
    change("nic.down", card);
    report_.expect(observe("nic.down", card).value("up", true) == false, "the card is down");
    expect_silence(Site::B, Site::A);
    expect_through(Site::B, Site::C);
    lift();
    report_.expect(observe("nic.down", card).value("up", false), "the card is up");
    const Deadline deadline(steady_clock(), std::chrono::seconds(5));
    while (!connect(Site::B, Site::A).worked && !deadline.passed(steady_clock())) continue;
    const Json missing = agent_.ask("change.apply", request("nic.down", {{"device", "eth9"}}));
    report_.expect(missing.contains("error"), missing.dump());
  }

  // Here the wan stands for a host, whose bridge has site a's node as its guest.
  void of_guests() {
    auto rules = netlink::PacketRules::open();
    if (!rules) return report_.expect(false, rules.error().message());
    const auto guests = [&](const Json& arguments) {
      const auto block = traffic_block_from(arguments);
      Result<void> done = block ? Result<void>(success()) : Result<void>(block.error());
      for (const auto& table :
           block ? tables_of(block.value(), table_, true) : std::vector<netlink::RuleTable>{}) {
        done = rules.value().put(table);
      }
      if (!done && ground_.in_part) {
        fmt::print("left out: {}\n", done.error().message());
        return false;
      }
      report_.expect_done(done, "on the bridge: " + arguments.dump());
      return true;
    };
    const auto lifted = [&] {
      report_.expect_done(rules.value().remove(netlink::Family::Bridge, table_), "it is lifted");
    };
    if (guests({{"direction", "out"}, {"what", "guests"}, {"how", "drop"}, {"device", "n-a"}})) {
      expect_silence(Site::A, Site::B);
      expect_through(Site::B, Site::C);
    }
    lifted();
    if (guests({{"direction", "out"}, {"what", "guests"}, {"how", "reject"}, {"device", "n-a"}})) {
      expect_refused(Site::A, Site::B);
      expect_through(Site::B, Site::C);
    }
    lifted();
    if (guests({{"direction", "in"},
                {"what", "guests"},
                {"how", "reject"},
                {"peers", {Mesh::address(Site::B)}}})) {
      expect_refused(Site::B, Site::A);
      expect_through(Site::C, Site::A);
    }
    lifted();
  }

  static Json request(const std::string& kind, const Json& arguments) {
    return {{"change", change_id}, {"kind", kind}, {"arguments", arguments}, {"lease_ms", 30'000}};
  }
  Json observe(const std::string& kind, const Json& arguments) {
    return agent_.ask("change.observe", {{"kind", kind}, {"arguments", arguments}})
        .value("ok", Json::object());
  }
  void change(const std::string& kind, const Json& arguments) {
    const Json answer = agent_.ask("change.apply", request(kind, arguments));
    report_.expect(answer.contains("ok"),
                   "at a: " + kind + " " + (answer.contains("ok") ? arguments : answer).dump());
  }
  void block(Json arguments) {
    arguments["direction"] = "both";
    report_.expect(!observe("traffic.block", arguments).value("in_force", true), "not yet blocked");
    change("traffic.block", arguments);
    report_.expect(observe("traffic.block", arguments).value("in_force", false),
                   "it is seen in force");
    blocked_ = arguments;
  }
  void lift() {
    if (!blocked_.is_null()) {
      fmt::print("       {} packets were stopped\n",
                 observe("traffic.block", blocked_).value("packets", 0));
    }
    const Json answer = agent_.ask("change.revert", {{"change", change_id}});
    report_.expect(answer.contains("ok") && answer["ok"].value("was_in_force", false),
                   "it is lifted: " + answer.dump());
    if (!blocked_.is_null()) {
      report_.expect(!observe("traffic.block", blocked_).value("in_force", true),
                     "and seen no longer in force");
    }
    blocked_ = Json();
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
  NodeAgent& agent_;
  Json blocked_;
};

}  // namespace

void check_traffic(Ground& ground) {
  const auto file = std::filesystem::temp_directory_path() / "splitsite-check-changes.jsonl";
  std::filesystem::remove(file);
  auto loop = EventLoop::create();
  auto journal = Journal::open(file.string());
  if (!loop || !journal) return ground.report.expect(false, "no loop or no journal");
  NodeAgent agent(ground.mesh, *loop.value(), std::move(journal.value()));
  TrafficChecks(ground, agent).run();
  std::filesystem::remove(file);
}

}  // namespace splitsite::agent::check
