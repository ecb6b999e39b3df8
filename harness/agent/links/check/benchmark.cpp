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
  std::vector<Duration> delays;
  std::vector<Duration> rejections;
  std::vector<Duration> processes;
  Json rejected = Json::object();
  rejected["cut"] = "reject";
  for (int i = 1; i <= 200; ++i) {
    delays.push_back(agent.set(device, Json::object({{"delay_ns", i * 1000}})));
    if (i % 4 == 0) rejections.push_back(agent.set(device, rejected));
    if (i % 4 == 0) agent.set(device, Json::object());
    if (i % 4 == 0) processes.push_back(by_a_process(device, i));
  }
  agent.set(device, Json::object());
  std::filesystem::remove(file);
  const Duration ours = median_of(delays);
  ground.report.expect(ours > 0ns && ours <= 1ms,
                       fmt::format("a delay, from the request to in force: {} median of {}, {} at "
                                   "most",
                                   in_ms(ours), delays.size(),
                                   in_ms(*std::max_element(delays.begin(), delays.end()))));
  const Duration rejecting = median_of(rejections);
  ground.report.expect(
      rejecting > 0ns && rejecting <= 1ms,
      fmt::format("a rejection likewise: {} median of {}", in_ms(rejecting), rejections.size()));
  fmt::print("       the same delay by a tc process: {} median of {}\n",
             in_ms(median_of(processes)), processes.size());
}

}  // namespace splitsite::agent::check
