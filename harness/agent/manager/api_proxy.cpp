#include "harness/agent/manager/api_proxy.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace splitsite::agent {
namespace {

constexpr Duration kStandsWithin = std::chrono::seconds(10);
constexpr Duration kEndsWithin = std::chrono::seconds(2);
constexpr Range kPorts{.least = 1, .most = 65535};

struct Place {
  std::string address;
  std::int64_t port = 443;
};

Result<Place> place_in(Arguments& arguments) {
  Place place;
  SPLITSITE_TRY(place.address, arguments.text("address"));
  SPLITSITE_TRY(place.port, arguments.whole_or("port", 443, kPorts));
  return place;
}

Error not_standing(const std::string& why) {
  return Error{
      .kind = ErrorKind::Refused, .attempted = "stand before", .subject = "the API", .why = why};
}

}  // namespace

ApiProxy::~ApiProxy() {
  for (auto& [fd, asking] : asking_) {
    loop_.cancel(asking.timer);
    loop_.forget(fd);
  }
  if (proxy_) proxy_->end(kEndsWithin);
}

Result<Json> ApiProxy::prepare(const Json& arguments) {
  Arguments given("api.proxy", arguments);
  SPLITSITE_TRY_VOID(place_in(given));
  SPLITSITE_TRY_VOID(given.object("treatment"));
  SPLITSITE_TRY_VOID(given.nothing_else());
  if (!setting_.manager_here) return not_standing("the Manager is not in this node");
  if (proxy_ && proxy_->running()) {
    Error error = not_standing("another proxy stands there");
    error.kind = ErrorKind::Conflict;
    return error;
  }
  return Json::object();
}

Result<Json> ApiProxy::apply(const Json& arguments, Json& remembered) {
  Arguments given("api.proxy", arguments);
  SPLITSITE_TRY(const Place place, place_in(given));
  SPLITSITE_TRY(const Json treatment, given.object("treatment"));
  SPLITSITE_TRY(
      ChildProgram proxy,
      ChildProgram::start({setting_.program, "stand", "--address", place.address, "--port",
                           std::to_string(place.port), "--treatment", treatment.dump(),
                           "--certificates", setting_.certificates, "--status", setting_.status}));
  proxy_.emplace(std::move(proxy));
  remembered["pid"] = proxy_->pid();
  SPLITSITE_TRY(const std::string said, proxy_->line(kStandsWithin));
  const Json standing = Json::parse(said, nullptr, false);
  if (standing.is_object() && standing.value("in_force", false)) return standing;
  return not_standing(standing.is_object() ? standing.value("why", said) : said);
}

// A proxy of an earlier agent has ended with it.
Result<void> ApiProxy::revert(const Json&) {
  if (!proxy_) return success();
  proxy_->end(kEndsWithin);
  proxy_.reset();
  std::error_code ignored;
  std::filesystem::remove(setting_.status, ignored);
  return success();
}

Result<Json> ApiProxy::observe(const Json& arguments) {
  Arguments given("api.proxy", arguments);
  SPLITSITE_TRY_VOID(given.nothing_else());
  if (!proxy_ || !proxy_->running()) return Json{{"in_force", false}};
  std::ifstream file(setting_.status);
  Json counts = Json::parse(file, nullptr, false);
  return counts.is_object() ? counts : Json{{"in_force", false}};
}

void ApiProxy::observe_later(const Json& arguments, const Answer& answer) {
  if (!arguments.is_object() || !arguments.contains("ask")) return answer(observe(arguments));
  if (const auto asked = ask(arguments["ask"], answer); !asked) answer(asked.error());
}

Result<void> ApiProxy::ask(const Json& question, const Answer& answer) {
  Arguments given("api.proxy", question);
  SPLITSITE_TRY(const Place place, place_in(given));
  SPLITSITE_TRY(const auto count, given.whole_or("count", 1, {.least = 1, .most = 20}));
  SPLITSITE_TRY(const auto timeout,
                given.whole_or("timeout_ms", 3000, {.least = 10, .most = 60'000}));
  SPLITSITE_TRY_VOID(given.nothing_else());
  std::vector<std::string> command = {setting_.program, "ask",
                                      "--address",      place.address,
                                      "--port",         std::to_string(place.port),
                                      "--count",        std::to_string(count),
                                      "--timeout-ms",   std::to_string(timeout)};
  const std::string ca = setting_.certificates + "/ca.pem";
  if (std::filesystem::exists(ca)) command.insert(command.end(), {"--ca", ca});
  SPLITSITE_TRY(ChildProgram program, ChildProgram::start(command));
  const int fd = program.output();
  SPLITSITE_TRY_VOID(loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { hear(fd); }));
  // Connecting, each request, and the start of the program on an emulated CPU.
  const Duration bound = std::chrono::milliseconds(timeout) * (count + 1) + std::chrono::seconds(5);
  const auto timer = loop_.after(bound, [this, fd] {
    finish(fd, Error{.kind = ErrorKind::TimedOut, .attempted = "ask", .subject = "the API"});
  });
  asking_.emplace(fd, Asking{std::move(program), answer, {}, timer});
  return success();
}

void ApiProxy::hear(int asking) {
  Asking& one = asking_.at(asking);
  std::array<char, 4096> bytes{};
  const ssize_t got = ::read(asking, bytes.data(), bytes.size());
  if (got > 0) {
    one.heard.append(bytes.data(), static_cast<std::size_t>(got));
    return;
  }
  Json answers = Json::parse(one.heard, nullptr, false);
  if (answers.is_object()) return finish(asking, std::move(answers));
  finish(asking, Error{.kind = ErrorKind::Internal,
                       .attempted = "understand",
                       .subject = setting_.program,
                       .why = "it said: " + one.heard});
}

void ApiProxy::finish(int asking, const Result<Json>& result) {
  const auto node = asking_.extract(asking);
  loop_.cancel(node.mapped().timer);
  loop_.forget(asking);
  node.mapped().answer(result);
}

}  // namespace splitsite::agent
