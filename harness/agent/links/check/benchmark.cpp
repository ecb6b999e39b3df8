#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "harness/agent/links/check/checks.hpp"
#include "harness/agent/links/link_operations.hpp"
#include "harness/lab/journal.hpp"

namespace splitsite::agent::check {
namespace {

using namespace std::chrono_literals;

Duration median_of(std::vector<Duration> took) {
  std::sort(took.begin(), took.end());
  return took.empty() ? Duration::zero() : took[took.size() / 2];
}

// Zero if it could not be run, or failed.
Duration by_a_process(const std::string& device, int microseconds) {
  const std::string delay = fmt::format("{}us", microseconds);
  std::vector<std::string> words{"tc",     "qdisc", "change", "dev",   device, "root",
                                 "handle", "1:",    "netem",  "delay", delay};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Instant start = steady_clock().now();
  pid_t child = 0;
  if (::posix_spawnp(&child, "tc", nullptr, nullptr, arguments.data(), environ) != 0) return {};
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? steady_clock().now() - start : Duration::zero();
}

// The agent's side of a request, from its line to its answer: parsing, journal, kernel.
class Agent {
 public:
  Agent(EventLoop& loop, LinkKernel& kernel, Journal journal)
      : journal_(std::move(journal)),
        devices_(loop, steady_clock(), kernel, events_),
        links_(loop, steady_clock(), devices_, journal_, events_) {
    links_.add_to(dispatcher_);
  }

  // As a lab does when it starts.
  void prepare(const std::string& device) {
    const Json arguments{{"device", device}, {"state", Json::object()}};
    dispatcher_.handle(Json{{"id", 1}, {"op", "link.baseline"}, {"args", arguments}}.dump());
  }

  // Zero if it was refused.
  Duration set(const std::string& device, const Json& state) {
    const Json arguments{{"device", device}, {"state", state}, {"lease_ms", 30'000}};
    const std::string line = Json{{"id", 1}, {"op", "link.set"}, {"args", arguments}}.dump();
    const Instant start = steady_clock().now();
    dispatcher_.handle(line);
    const Duration took = steady_clock().now() - start;
    if (Json::parse(answer_).contains("ok")) return took;
    fmt::print("       refused: {}\n", answer_);
    return Duration::zero();
  }

 private:
  std::string answer_;
  Journal journal_;
  EventLog events_{[](const Json&) {}};
  Dispatcher dispatcher_{[this](const std::string& line) { answer_ = line; }};
  LinkDevices devices_;
  LinkOperations links_;
};

struct Changes {
  std::vector<Duration> delays;
  std::vector<Duration> rejections;
  std::vector<Duration> first_delays;  // those to which the node comes from other work
  std::vector<Duration> first_rejections;
  std::vector<Duration> processes;
};

// In rounds, so that all see the machine in the same moods.
Changes measure(Agent& agent, const std::string& device) {
  constexpr int rounds = 50;
  constexpr int each = 4;
  const Json rejected{{"cut", "reject"}};
  Changes changes;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 1; i <= each; ++i) {
      const int microseconds = round * each + i;
      const Json delayed{{"delay_ns", microseconds * 1000}};
      changes.delays.push_back(agent.set(device, delayed));
    }
    for (int i = 0; i < each; ++i) {
      changes.rejections.push_back(agent.set(device, rejected));
      agent.set(device, Json::object());
    }
    changes.first_delays.push_back(*(changes.delays.end() - each));
    changes.first_rejections.push_back(*(changes.rejections.end() - each));
    changes.processes.push_back(by_a_process(device, round + 1));
  }
  return changes;
}

void judge(Report& report, const std::string& change, const std::vector<Duration>& took) {
  const Duration median = median_of(took);
  report.expect(
      median > 0ns && median <= 1ms,
      fmt::format("{}, from the request to in force: {} median of {}, {} at most", change,
                  in_ms(median), took.size(), in_ms(*std::max_element(took.begin(), took.end()))));
}

}  // namespace

void measure_changes(Ground& ground) {
  const std::string device = Mesh::device(Site::A, Site::B);
  const auto file = std::filesystem::temp_directory_path() / "splitsite-benchmark.jsonl";
  std::filesystem::remove(file);
  auto loop = EventLoop::create();
  auto journal = Journal::open(file.string());
  if (!loop || !journal) return ground.report.expect(false, "no loop or no journal");
  Agent agent(*loop.value(), ground.kernel, std::move(journal.value()));
  agent.prepare(device);
  const Changes changes = measure(agent, device);
  agent.set(device, Json::object());
  std::filesystem::remove(file);
  judge(ground.report, "a delay", changes.delays);
  judge(ground.report, "a rejection", changes.rejections);
  fmt::print("       right after a process of somebody else's: {} and {}\n",
             in_ms(median_of(changes.first_delays)), in_ms(median_of(changes.first_rejections)));
  fmt::print("       the same delay by a tc process: {} median of {}\n",
             in_ms(median_of(changes.processes)), changes.processes.size());
}

}  // namespace splitsite::agent::check
