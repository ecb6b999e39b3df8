#include "harness/agent/host/sanlock_status.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "harness/core/handle.hpp"
#include "scripts/testing/catch.hpp"

extern "C" {
// clang-format off
#include <sanlock.h>
#include <sanlock_resource.h>
// clang-format on
}

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

// The daemon's answer, put together field by field as sanlock 3.8.5 sends it.
class Answer {
 public:
  Answer() { words({0x04282010, 1, 5, 0, 32, 0, 0, 0}); }

  Answer& record(std::uint32_t type, std::uint32_t pid, std::uint64_t data64,
                 const std::string& name, const std::string& text) {
    words({type, 0, pid, 0});
    raw(data64);
    padded(name, SANLK_NAME_LEN);
    words({static_cast<std::uint32_t>(text.size() + 1), 0});
    bytes_ += text + '\0';
    return *this;
  }
  Answer& daemon() { return record(1, 0, 0, "uuid.host-a1", "our_host_name=uuid.host-a1"); }
  Answer& client(std::uint32_t pid) { return record(2, pid, 0, "", "ci=3 fd=12 cmd_active=0"); }
  Answer& lockspace(const std::string& name, const std::string& list,
                    const std::string& dead = "0") {
    record(3, 0, 1, name,
           "list=" + list + " space_id=1 io_timeout=10 host_generation=7 space_dead=" + dead);
    sanlk_lockspace space{};
    name.copy(space.name, sizeof space.name);
    raw(space);
    return *this;
  }
  Answer& resource(const std::string& space, const std::string& name, const std::string& list,
                   std::uint32_t pid) {
    record(4, pid, 41, name, "list=" + list + " flags=0 lver=41 token_id=2");
    sanlk_resource resource{};
    space.copy(resource.lockspace_name, sizeof resource.lockspace_name);
    name.copy(resource.name, sizeof resource.name);
    resource.num_disks = 1;
    raw(resource);
    raw(sanlk_disk{});
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  template <class T>
  void raw(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void words(std::initializer_list<std::uint32_t> all) {
    for (const std::uint32_t word : all) raw(word);
  }
  void padded(std::string text, std::size_t size) {
    text.resize(size, '\0');
    bytes_ += text;
  }

  std::string bytes_;
};

SanlockStatus read(const Answer& answer) { return read_status(answer.bytes(), "domain").value(); }

TEST_CASE("The daemon's status: the lockspace's generation, and each lease with its process") {
  const auto status = read(Answer()
                               .daemon()
                               .client(100)
                               .lockspace("other", "add")
                               .lockspace("domain", "spaces")
                               .resource("domain", "vm-1", "held", 100)
                               .resource("other", "vm-1", "held", 200)
                               .resource("domain", "SDM", "held", 300));
  CHECK(status.daemon);
  CHECK(status.joined);
  CHECK(status.generation == 7);
  CHECK(status.leases == std::vector<HeldLease>{{"vm-1", 100, 41}, {"SDM", 300, 41}});
  CHECK(status.undecided.empty());
}

TEST_CASE("What is being taken is not held, what is being given up neither held nor free") {
  const auto status = read(Answer()
                               .lockspace("domain", "spaces")
                               .resource("domain", "vm-1", "add", 100)
                               .resource("domain", "vm-2", "rem", 200)
                               .resource("domain", "vm-3", "orphan", 0));
  CHECK(status.leases.empty());
  CHECK(status.undecided == std::set<std::string>{"vm-2", "vm-3"});
  CHECK_FALSE(read(Answer().lockspace("domain", "add")).joined);
  CHECK_FALSE(read(Answer().lockspace("domain", "rem")).joined);
  CHECK_FALSE(read(Answer().daemon()).joined);
  CHECK_FALSE(read(Answer().lockspace("domain", "spaces", "1")).joined);
}

TEST_CASE("An answer that breaks off or is somebody else's is an error, not an empty status") {
  const std::string whole =
      Answer().daemon().lockspace("domain", "spaces").resource("domain", "vm-1", "held", 1).bytes();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{20}, std::size_t{40}, whole.size() - 1})
    CHECK_FALSE(read_status(whole.substr(0, size), "domain"));
  std::string other = whole;
  other[0] = 'H';
  CHECK_FALSE(read_status(other, "domain"));
}

// A daemon for one question.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer)
      : path_(std::filesystem::temp_directory_path() /
              ("sanlock-status-" + std::to_string(::getpid()) + ".sock")) {
    std::filesystem::remove(path_);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    if (answer.empty()) return;  // it hangs: connections wait in the queue for ever
    thread_ = std::jthread([this, answer = std::move(answer)] {
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      const ssize_t got = ::recv(client.get(), question_, sizeof question_, MSG_WAITALL);
      asked_ = static_cast<std::size_t>(got);
      // In two parts, as a busy daemon's many small writes arrive.
      ::send(client.get(), answer.data(), 50, MSG_NOSIGNAL);
      ::send(client.get(), answer.data() + 50, answer.size() - 50, MSG_NOSIGNAL);
    });
  }
  ~OneAnswer() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // of a question that never came
    std::filesystem::remove(path_);
  }

  std::string path() const { return path_.string(); }
  std::uint32_t command() {
    thread_.join();
    std::uint32_t word = 0;
    REQUIRE(asked_ == sizeof question_);
    std::memcpy(&word, question_ + 8, sizeof word);
    return word;
  }

 private:
  std::filesystem::path path_;
  UniqueFd listener_;
  char question_[32]{};
  std::size_t asked_ = 0;
  std::jthread thread_;
};

TEST_CASE("The daemon is asked for its status, never about a process") {
  const std::string bytes = Answer().daemon().lockspace("domain", "spaces").bytes();
  OneAnswer daemon(bytes);
  CHECK(ask_for_status(daemon.path(), 5s).value() == bytes);
  constexpr std::uint32_t status_command = 5;
  CHECK(daemon.command() == status_command);
}

TEST_CASE("No daemon, or one that hangs, is an error in time") {
  CHECK_FALSE(ask_for_status("/nowhere/sanlock.sock", 5s));
  const OneAnswer hanging("");
  const auto none = ask_for_status(hanging.path(), 50ms);
  REQUIRE_FALSE(none);
  CHECK(none.error().attempted == "ask sanlock for its status");
}

}  // namespace
}  // namespace splitsite::agent
