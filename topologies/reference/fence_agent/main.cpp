// fence_splitsite: a fence agent for a lab's power controllers, by the conventions of fence-agents.
// Options come as name=value lines on standard input. Exit codes: 0 done, or the host is on; 2 the
// host is off (status); 1 anything that went wrong.
#include <httplib.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "harness/lab/power/protocol.hpp"
#include "topologies/reference/fence_agent/options.hpp"

namespace {

using namespace splitsite;
using reference::FenceOptions;

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kIsOff = 2;

constexpr std::chrono::seconds kConnect{5};   // a controller without power does not answer
constexpr std::chrono::seconds kAnswers{20};  // a machine may take seconds to be gone

int complain(const std::string& what) {
  std::fprintf(stderr, "fence_splitsite: %s\n", what.c_str());
  return kFailed;
}

Result<power::Answer> ask(const FenceOptions& options, power::Action action) {
  httplib::Client client(options.address, options.ip_port);
  client.set_connection_timeout(kConnect);
  client.set_read_timeout(kAnswers);
  const power::Request request{options.username, options.password, options.plug, action};
  const auto response = client.Post(power::kPath, power::encode(request), "application/json");
  if (response) return power::decode_answer(response->body);
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "ask the power controller",
               .subject = options.address,
               .why = httplib::to_string(response.error())};
}

int carry_out(const FenceOptions& options) {
  const bool monitors = options.action == "monitor";
  const auto action = power::action_from(monitors ? "status" : options.action);
  if (!action) return complain(action.error().message());
  const bool plugless = monitors && options.plug.empty();
  if (options.address.empty() || (options.plug.empty() && !plugless)) {
    return complain("ip and plug are needed");
  }
  const auto answer = ask(options, action.value());
  if (!answer) return complain(answer.error().message());
  if (!answer.value().error.empty()) return complain(answer.value().error);
  if (action.value() != power::Action::Status) {
    // What was asked for and what is must agree: a fence agent that says done is believed.
    const bool wanted = action.value() != power::Action::Off;
    return answer.value().on == wanted ? kDone : complain("the power did not change");
  }
  std::printf("Status: %s\n", answer.value().on ? "ON" : "OFF");
  return answer.value().on ? kDone : kIsOff;
}

}  // namespace

int main() {
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  const auto options = reference::read_fence_options(input);
  if (!options) return complain(options.error().message());
  if (options.value().action != "metadata") return carry_out(options.value());
  std::fputs(reference::fence_metadata().c_str(), stdout);
  return kDone;
}
