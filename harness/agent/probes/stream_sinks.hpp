// Hears streams of numbered datagrams, each on a port of its own, so that even one whose content is
// ruined is known to belong to its stream; and keeps the count of what came of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

struct Heard {
  int received = 0;  // different ones, as they were sent
  int duplicates = 0;
  int corrupted = 0;
  int overtaken = 0;  // arrived after one with a higher number
  int gaps = 0;       // runs of missing numbers
  // From sending to arrival, each by its node's own clock; in order of number, evenly thinned out.
  std::vector<Duration> transits;
  Duration span{};  // from the first arrival to the last
};

class StreamSinks {
 public:
  struct Opened {
    std::uint32_t stream = 0;
    std::uint16_t port = 0;
  };

  explicit StreamSinks(EventLoop& loop) : loop_(loop) {}  // outlives the sinks
  ~StreamSinks();
  StreamSinks(const StreamSinks&) = delete;
  StreamSinks& operator=(const StreamSinks&) = delete;

  // Listens for `count` datagrams until they are asked for, at most for `lifetime`.
  Result<Opened> open(int count, Duration lifetime);
  // Answers once, when all have come and none for a moment, or after `settle`; then the stream is
  // closed. Invalid: no such stream.
  void heard(std::uint32_t stream, Duration settle, std::function<void(Result<Heard>)> on_done);
  std::size_t size() const { return sinks_.size(); }

 private:
  struct Sink;
  void receive(Sink& sink);
  void count(Sink& sink, std::uint32_t number, Duration transit, Duration arrived);
  void look(const std::shared_ptr<Sink>& sink);
  void close(const std::shared_ptr<Sink>& sink);

  EventLoop& loop_;
  std::map<std::uint32_t, std::shared_ptr<Sink>> sinks_;
  std::uint32_t last_ = 0;
};

}  // namespace splitsite::agent
