// splitsite-api-proxy: stands in front of the Manager's API in the Manager's own node ("stand"), or
// says what a client sees of the API ("ask"). Both are started by the node's agent; standing ends
// with it.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "topologies/reference/api_proxy/ask.hpp"
#include "topologies/reference/api_proxy/front.hpp"

namespace splitsite::reference {
namespace {

using nlohmann::json;

struct StandOptions {
  std::string address;
  std::uint16_t port = 443;
  std::string treatment;
  std::string certificates = "/var/lib/splitsite-manager";
  std::string status = "/run/splitsite/api-proxy.json";
};

void say(const json& line) {
  std::fputs((line.dump() + "\n").c_str(), stdout);
  std::fflush(stdout);
}

// By a rename, so that a reader never sees half of it.
void write_status(const std::string& path, const FrontCount& count) {
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh);
    file << json{{"in_force", count.in_force},
                 {"moved", count.moved},
                 {"treated", count.treated},
                 {"let_through", count.let_through}}
                .dump();
  }
  std::error_code ignored;  // the next count is written again
  std::filesystem::rename(fresh, path, ignored);
}

Result<sockaddr_in> address_of(const StandOptions& options) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(options.port);
  if (::inet_pton(AF_INET, options.address.c_str(), &at.sin_addr) == 1) return at;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read the address",
               .subject = options.address,
               .why = "it is no IPv4 address"};
}

// SIGTERM ends the loop in order, so that the server is left as it was found.
Result<UniqueFd> end_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (signals) return signals;
  return Error{
      .kind = ErrorKind::Unavailable, .attempted = "wait for signals", .why = errno_text(errno)};
}

Result<void> stand(const StandOptions& options) {
  SPLITSITE_TRY(const UniqueFd signals, end_signals());
  SPLITSITE_TRY(const sockaddr_in at, address_of(options));
  SPLITSITE_TRY(const Treatment treatment,
                treatment_from(json::parse(options.treatment, nullptr, false)));
  SPLITSITE_TRY(const auto loop, EventLoop::create());
  SPLITSITE_TRY_VOID(loop->watch(signals.get(), EPOLLIN, [&loop](std::uint32_t) { loop->stop(); }));
  SPLITSITE_TRY(const auto front, Front::begin(*loop, {at, treatment, options.certificates},
                                               [&](const FrontCount& count) {
                                                 write_status(options.status, count);
                                               }));
  write_status(options.status, front->count());
  say({{"in_force", true}, {"doing", describe(treatment)}, {"moved", front->count().moved}});
  loop->run();
  return success();
}

int run(int argc, char** argv) {
  CLI::App app{"Stands in front of the Manager's API, or asks it."};
  app.require_subcommand(1);
  StandOptions standing;
  CLI::App* stand_command = app.add_subcommand("stand", "Treat the API's clients as told");
  stand_command->add_option("--address", standing.address, "the address clients come to")
      ->required();
  stand_command->add_option("--port", standing.port)->capture_default_str();
  stand_command->add_option("--treatment", standing.treatment, "as JSON: {\"mode\":\"reset\"}")
      ->required();
  stand_command->add_option("--certificates", standing.certificates, "of the server")
      ->capture_default_str();
  stand_command->add_option("--status", standing.status, "file that says what was done")
      ->capture_default_str();
  Question question;
  int timeout = 3000;
  CLI::App* ask_command = app.add_subcommand("ask", "Ask, and say what came of it");
  ask_command->add_option("--address", question.address)->capture_default_str();
  ask_command->add_option("--port", question.port)->capture_default_str();
  ask_command->add_option("--path", question.path)->capture_default_str();
  ask_command->add_option("--count", question.count)->capture_default_str();
  ask_command->add_option("--timeout-ms", timeout)->capture_default_str();
  ask_command->add_option("--ca", question.ca, "certificate authority to verify against");
  CLI11_PARSE(app, argc, argv);

  signal(SIGPIPE, SIG_IGN);
  if (*ask_command) {
    question.timeout = std::chrono::milliseconds(timeout);
    say(ask(question));
    return EXIT_SUCCESS;
  }
  const auto stood = stand(standing);
  if (stood) return EXIT_SUCCESS;
  say({{"in_force", false}, {"why", stood.error().message()}});
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace splitsite::reference

int main(int argc, char** argv) { return splitsite::reference::run(argc, argv); }
