// What happened in this node, in order, each event with a number of its own. The latest are kept,
// so that a reader who was away asks for what it missed instead of guessing.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace splitsite::agent {

using Json = nlohmann::json;
using NodeTime = std::chrono::nanoseconds;  // CLOCK_BOOTTIME of the node

NodeTime node_now();

// One line of text; bytes that are no UTF-8 are replaced, because a line must always be readable.
std::string to_line(const Json& object);

class EventLog {
 public:
  static constexpr std::size_t kept = 2000;

  // `sink` gets every event as it happens. The first is numbered one above `last_number`.
  explicit EventLog(std::function<void(const Json& event)> sink, std::uint64_t last_number = 0)
      : sink_(std::move(sink)), last_(last_number) {}

  // Now; or, when the truth was found by looking from time to time, not before `since`.
  void emit(const std::string& kind, Json fields, std::optional<NodeTime> since = std::nullopt);

  struct Replay {
    Json events = Json::array();   // those after `after`, oldest first
    std::uint64_t first_kept = 0;  // number of the oldest there is: those before it are lost
    std::uint64_t last = 0;        // number of the latest there has been
  };
  Replay after(std::uint64_t after) const;
  std::uint64_t last() const { return last_; }

 private:
  std::function<void(const Json& event)> sink_;
  std::deque<Json> events_;
  std::uint64_t last_ = 0;
};

}  // namespace splitsite::agent
