// For tests of the agent: a folder of their own, and a reader at the other end of its channel.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/event_loop/line_buffer.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite::agent::testing {

struct Folder {
  std::filesystem::path path;
  Folder() { path = make_temporary_directory(); }
  ~Folder() { std::filesystem::remove_all(path); }
};

// Runs the loop until `done`, at most two seconds.
inline bool run_until(EventLoop& loop, const std::function<bool()>& done) {
  using namespace std::chrono_literals;
  const Deadline deadline(steady_clock(), 2s);
  while (!done() && !deadline.passed(steady_clock())) loop.run_once(2ms);
  return done();
}

// A client of the agent's socket; everything happens in the test's own thread.
class Reader {
 public:
  Reader(EventLoop& loop, const std::string& path) : loop_(loop), lines_(1024 * 1024) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    connected_ =
        ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  void write(const std::string& bytes) {
    [[maybe_unused]] const auto sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // The first object, among those not taken yet, for which `wanted`; null after two seconds.
  nlohmann::json await(const std::function<bool(const nlohmann::json&)>& wanted) {
    nlohmann::json found;
    run_until(loop_, [&] {
      receive();
      for (auto at = objects_.begin(); at != objects_.end(); ++at) {
        if (!wanted(*at)) continue;
        found = *at;
        objects_.erase(at);
        return true;
      }
      return false;
    });
    return found;
  }
  nlohmann::json ask(const nlohmann::json& request) {
    write(request.dump() + "\n");
    return await([&](const nlohmann::json& object) {
      return object.contains("id") && object["id"] == request["id"];
    });
  }
  nlohmann::json event(const std::string& kind) {
    return await([&](const nlohmann::json& object) { return object.value("event", "") == kind; });
  }
  void leave() { socket_.reset(); }

 private:
  void receive() {
    std::array<char, 64 * 1024> bytes{};
    while (true) {
      const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
      if (got <= 0) break;
      lines_.add({bytes.data(), static_cast<std::size_t>(got)});
    }
    while (auto line = lines_.next()) {
      if (!line->empty()) objects_.push_back(nlohmann::json::parse(*line));
    }
  }

  EventLoop& loop_;
  UniqueFd socket_;
  LineBuffer lines_;
  bool connected_ = false;
  std::vector<nlohmann::json> objects_;
};

}  // namespace splitsite::agent::testing
