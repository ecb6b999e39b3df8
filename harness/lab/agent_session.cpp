#include "harness/lab/agent_session.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace splitsite {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr Duration kTick = 250ms;  // reconnect, repeat hello
constexpr Duration kPingEvery = 1s;
constexpr Duration kSilence = 10s;             // a node this long without a word is not answering
constexpr Duration kForgotten = 120s;          // nobody waits for an answer this long
constexpr std::size_t kLongestLine = 4 << 20;  // a full replay of events
constexpr std::size_t kMostHeld = 10'000;

Error failure_from(const json& error, const NodeId& node) {
  const auto text = [&](const char* key) {
    const auto found = error.find(key);
    return found != error.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  ErrorKind kind = ErrorKind::Internal;
  for (const ErrorKind candidate :
       {ErrorKind::Unavailable, ErrorKind::Refused, ErrorKind::TimedOut, ErrorKind::Conflict,
        ErrorKind::Invalid, ErrorKind::Interrupted}) {
    std::string name(to_string(candidate));
    std::string with_underscore = name;
    std::replace(with_underscore.begin(), with_underscore.end(), ' ', '_');
    if (text("kind") == name || text("kind") == with_underscore) kind = candidate;
  }
  return Error{.kind = kind,
               .attempted = text("attempted"),
               .subject = text("subject"),
               .why = fmt::format("{} (said by the agent of {})", text("why"), node),
               .hint = text("hint")};
}

std::uint64_t seq_of(const json& event) {
  const auto found = event.find("seq");
  return found != event.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::optional<Duration> time_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return Duration(found->get<std::int64_t>());
}

}  // namespace

AgentClient::Session::Session(EventLoop& loop, NodeId node, std::string socket_path,
                              AgentEventCallback on_event)
    : loop_(loop),
      node_(std::move(node)),
      socket_path_(std::move(socket_path)),
      on_event_(std::move(on_event)),
      lines_(kLongestLine) {}

AgentClient::Session::~Session() {
  disconnect("the client ended");
  loop_.cancel(timer_);
}

void AgentClient::Session::start() {
  timer_ = loop_.every(kTick, [this] { tick(); });
  tick();
}

void AgentClient::Session::tick() {
  const Instant now = steady_clock().now();
  std::erase_if(pending_, [&](const auto& entry) { return now - entry.second.sent > kForgotten; });
  if (!fd_) return connect();
  if (now - last_sent_ < kPingEvery) return;
  if (now - last_heard_ > kSilence) set_status(true, false);
  if (!status().answering) return say_hello();
  ping();
}

void AgentClient::Session::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path) return;  // preflight refuses such a lab
  std::memcpy(address.sun_path, socket_path_.c_str(), socket_path_.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return;
  const auto watched = loop_.watch(fd.get(), EPOLLIN, [this](std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) flush();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) on_readable();
  });
  if (!watched) return;
  fd_ = std::move(fd);
  last_heard_ = steady_clock().now();
  set_status(true, false);
  say_hello();
}

void AgentClient::Session::disconnect(const std::string& why) {
  if (!fd_) return;
  loop_.forget(fd_.get());
  fd_.reset();
  lines_.forget_partial();
  unsent_.clear();
  set_status(false, false);
  // Answers are called after the table is empty: a caller may send again at once.
  for (auto& [id, pending] : std::exchange(pending_, {})) {
    pending.on_answer(Error{.kind = ErrorKind::Unavailable,
                            .attempted = "hear from the agent of",
                            .subject = node_.str(),
                            .why = why});
  }
}

void AgentClient::Session::on_readable() {
  std::array<char, 65536> chunk;
  while (fd_) {
    const ssize_t got = ::read(fd_.get(), chunk.data(), chunk.size());
    if (got > 0) {
      lines_.add({chunk.data(), static_cast<std::size_t>(got)});
      while (auto line = lines_.next()) take_line(*line);
      continue;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    return disconnect("its socket was closed");
  }
}

void AgentClient::Session::flush() {
  while (!unsent_.empty()) {
    const ssize_t put = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (put <= 0) break;
    unsent_.erase(0, static_cast<std::size_t>(put));
  }
  if (fd_) loop_.change(fd_.get(), unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void AgentClient::Session::take_line(const std::string& line) {
  // A node that is reset in the middle of a line leaves half of one behind: not JSON, not ours.
  json message = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) return;
  last_heard_ = steady_clock().now();
  if (message.contains("event")) return take_event(std::move(message));
  if (message.contains("id")) take_answer(message);
}

void AgentClient::Session::take_answer(const json& message) {
  const auto& id = message["id"];
  const auto found =
      id.is_number_unsigned() ? pending_.find(id.get<std::uint64_t>()) : pending_.end();
  if (found == pending_.end()) return;  // its caller has stopped waiting
  const OnAnswer on_answer = std::move(found->second.on_answer);
  pending_.erase(found);
  if (const auto error = message.find("error"); error != message.end()) {
    return on_answer(failure_from(*error, node_));
  }
  const auto ok = message.find("ok");
  on_answer(ok != message.end() ? *ok : json::object());
}

void AgentClient::Session::request(const std::string& op, json args,
                                   std::shared_ptr<AgentReply> reply) {
  const AgentStatus now = status();
  if (!now.answering) {
    return reply->put(
        Error{.kind = ErrorKind::Unavailable,
              .attempted = "ask the agent for " + op + " on",
              .subject = node_.str(),
              .why = now.connected ? "it has not said hello yet" : "the node has no power"});
  }
  send(op, std::move(args), [reply](Result<json> answer) { reply->put(std::move(answer)); });
}

void AgentClient::Session::send(const std::string& op, json args, OnAnswer on_answer) {
  const std::uint64_t id = ++last_id_;
  last_sent_ = steady_clock().now();
  pending_.emplace(id, Pending{last_sent_, std::move(on_answer)});
  unsent_ += json{{"id", id}, {"op", op}, {"args", std::move(args)}}.dump() + "\n";
  flush();
}

void AgentClient::Session::say_hello() {
  caught_up_ = false;
  // Alone on its line even if a half-sent request of ours precedes it in the node's buffer.
  unsent_ += "\n";
  const Instant sent = steady_clock().now();
  send("hello", json::object(), [this, sent](const Result<json>& answer) {
    if (answer && !status().answering) greeted(answer.value(), sent);
  });
}

void AgentClient::Session::greeted(const json& hello, Instant sent) {
  const std::string boot_id = hello.value("boot_id", "");
  const bool new_boot = boot_id != status().boot_id;
  if (new_boot) clock_.forget();
  // A new agent counts its events from one again, also within one boot.
  if (new_boot || hello.value("last_seq", last_seq_) < last_seq_) last_seq_ = 0;
  if (const auto now = time_of(hello, "now_ns")) clock_.add(sent, *now, steady_clock().now());
  {
    const std::lock_guard lock(status_mutex_);
    status_.boot_id = boot_id;
  }
  set_status(true, true);
  ping();
  catch_up();
}

void AgentClient::Session::catch_up() {
  caught_up_ = false;
  send("events.since", {{"seq", last_seq_}}, [this](const Result<json>& answer) {
    const Instant heard = steady_clock().now();
    if (answer && answer.value().contains("events")) {
      for (const json& event : answer.value()["events"]) held_.push_back({event, heard});
    }
    caught_up_ = true;
    deliver_held();
  });
}

void AgentClient::Session::ping() {
  const Instant sent = steady_clock().now();
  send("ping", json::object(), [this, sent](const Result<json>& answer) {
    if (!answer) return;
    if (const auto now = time_of(answer.value(), "now_ns")) {
      clock_.add(sent, *now, steady_clock().now());
    }
    deliver_held();
  });
}

void AgentClient::Session::take_event(json event) {
  const Instant heard = steady_clock().now();
  const bool fresh_start = event["event"] == "agent.start" || seq_of(event) <= last_seq_;
  if (caught_up_ && fresh_start) {
    // The agent began anew (reboot or restart): its numbers start over, and so do we.
    last_seq_ = 0;
    set_status(true, false);
    held_.push_back({std::move(event), heard});
    return say_hello();
  }
  const bool gap = caught_up_ && seq_of(event) > last_seq_ + 1;
  if (held_.size() < kMostHeld) held_.push_back({std::move(event), heard});
  if (gap) return catch_up();  // the agent dropped what we were too slow to take
  deliver_held();
}

void AgentClient::Session::deliver_held() {
  if (!caught_up_ || !clock_.on_machine(Duration{})) return;
  std::stable_sort(held_.begin(), held_.end(),
                   [](const Held& a, const Held& b) { return seq_of(a.event) < seq_of(b.event); });
  for (Held& held : std::exchange(held_, {})) {
    if (seq_of(held.event) <= last_seq_) continue;  // came live and by replay
    last_seq_ = seq_of(held.event);
    deliver(std::move(held.event), held.heard);
  }
}

void AgentClient::Session::deliver(json event, Instant heard) {
  const Duration heard_at = heard.time_since_epoch();
  const Duration seen_at = time_of(event, "at_ns").value_or(Duration{});
  const Window seen = clock_.on_machine(seen_at).value_or(Window{heard_at, heard_at});
  Window at{seen.lo, std::min(seen.hi, heard_at)};
  if (const auto since = time_of(event, "since_ns")) at.lo = clock_.on_machine(*since)->lo;
  at.lo = std::min(at.lo, at.hi);
  const AgentEvent out{.node = node_,
                       .seq = seq_of(event),
                       .kind = event["event"].is_string() ? event["event"].get<std::string>() : "",
                       .at = at,
                       .fields = std::move(event)};
  if (on_event_) on_event_(out);
}

AgentStatus AgentClient::Session::status() const {
  const std::lock_guard lock(status_mutex_);
  return status_;
}

void AgentClient::Session::set_status(bool connected, bool answering) {
  const std::lock_guard lock(status_mutex_);
  status_.connected = connected;
  status_.answering = answering;
}

}  // namespace splitsite
