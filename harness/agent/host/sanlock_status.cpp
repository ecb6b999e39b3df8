#include "harness/agent/host/sanlock_status.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "harness/core/handle.hpp"
#include "harness/core/system_error.hpp"

extern "C" {  // sanlock's headers do not say so themselves; the order is theirs, too
// clang-format off
#include <sanlock.h>
#include <sanlock_resource.h>
// clang-format on
}

namespace splitsite::agent {
namespace {

constexpr const char* kAttempt = "ask sanlock for its status";

// The daemon's protocol, in the machine's own byte order (sanlock src/sanlock_sock.h).
constexpr std::uint32_t kMagic = 0x04282010;
constexpr std::uint32_t kProtocol = 1;
constexpr std::uint32_t kStatusCommand = 5;
enum RecordType : std::uint32_t { kLockspace = 3, kResource = 4 };

struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint32_t command;
  std::uint32_t command_flags;
  std::uint32_t length;
  std::uint32_t sequence;
  std::uint32_t data;
  std::uint32_t data2;
};
static_assert(sizeof(Header) == 32);

// Followed by `text_length` bytes of "key=value key=value\0" and, for the types above, a structure.
struct Record {
  std::uint32_t type;
  std::uint32_t flags;
  std::uint32_t data32;  // of a resource: the process that holds it
  std::uint64_t data64;  // of a resource: the lease's version
  char name[SANLK_NAME_LEN];
  std::uint32_t text_length;
};
static_assert(sizeof(Record) == 80);

// Longer than any answer: 2000 processes with a lease each.
constexpr std::size_t kMostBytes = std::size_t{4} << 20;

Error corrupt(std::string why) {
  return {.kind = ErrorKind::Internal,
          .attempted = "read sanlock's status",
          .subject = {},
          .why = std::move(why)};
}

class Bytes {
 public:
  explicit Bytes(std::string_view all) : rest_(all) {}
  bool empty() const { return rest_.empty(); }

  template <class T>
  Result<T> take() {
    SPLITSITE_TRY(const std::string_view bytes, take(sizeof(T)));
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  Result<std::string_view> take(std::size_t size) {
    if (rest_.size() < size) return corrupt("it ends within a record");
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

 private:
  std::string_view rest_;
};

// "held" in "list=held flags=0 …"; empty without such a key.
std::string_view value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(std::string_view(" \0", 2)), text.size());
    const std::string_view word = text.substr(0, end);
    if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=') {
      return word.substr(key.size() + 1);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::string name_in(const char (&field)[SANLK_NAME_LEN]) {
  return std::string(field, ::strnlen(field, sizeof field));
}

// Held only while it is neither being joined ("add") nor being left ("rem"), and not once sanlock
// has given it up and only waits for its processes to end ("space_dead").
Result<void> read_lockspace(Bytes& bytes, std::string_view text, const std::string& lockspace,
                            SanlockStatus& status) {
  SPLITSITE_TRY(const auto space, bytes.take<sanlk_lockspace>());
  if (name_in(space.name) != lockspace) return success();
  status.joined = value_of(text, "list") == "spaces" && value_of(text, "space_dead") == "0";
  const std::string_view generation = value_of(text, "host_generation");
  const char* end = generation.data() + generation.size();
  if (std::from_chars(generation.data(), end, status.generation).ptr != end || generation.empty())
    return corrupt("the lockspace has no generation");
  return success();
}

// A resource that is being acquired ("add") is not held. One that is being released ("rem"), or
// whose process ended and left it behind ("orphan"), may be this host's on the disk or not.
Result<void> read_resource(Bytes& bytes, const Record& record, std::string_view text,
                           const std::string& lockspace, SanlockStatus& status) {
  SPLITSITE_TRY(const auto resource, bytes.take<sanlk_resource>());
  SPLITSITE_TRY([[maybe_unused]] const auto disks,
                bytes.take(std::size_t{resource.num_disks} * sizeof(sanlk_disk)));
  if (name_in(resource.lockspace_name) != lockspace) return success();
  const std::string_view list = value_of(text, "list");
  if (list == "held")
    status.leases.push_back(
        {name_in(resource.name), static_cast<pid_t>(record.data32), record.data64});
  else if (list != "add")
    status.undecided.insert(name_in(resource.name));
  return success();
}

Result<void> send_command(int connection) {
  const Header header{.magic = kMagic,
                      .version = kProtocol,
                      .command = kStatusCommand,
                      .command_flags = 0,
                      .length = sizeof(Header),
                      .sequence = 0,
                      .data = 0,
                      .data2 = 0};
  const ssize_t sent = ::send(connection, &header, sizeof header, MSG_NOSIGNAL);
  if (sent < 0) return system_error(kAttempt, {});
  if (sent != sizeof header) return corrupt("the question was not taken as a whole");
  return success();
}

}  // namespace

std::string sanlock_socket_path() {
  const char* folder = std::getenv("SANLOCK_RUN_DIR");
  return std::string(folder != nullptr ? folder : "/run/sanlock") + "/sanlock.sock";
}

Result<std::string> ask_for_status(const std::string& socket_path, Duration patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path)
    return system_error(kAttempt, socket_path, ENAMETOOLONG);
  socket_path.copy(address.sun_path, socket_path.size());

  const UniqueFd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection) return system_error(kAttempt, socket_path);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(patience);
  const timeval limit{
      .tv_sec = seconds.count(),
      .tv_usec = std::chrono::floor<std::chrono::microseconds>(patience - seconds).count()};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // connect's, too
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return system_error(kAttempt, socket_path);
  SPLITSITE_TRY_VOID(send_command(connection.get()));

  std::string answer;
  char some[8192];
  const Deadline deadline(steady_clock(), patience);
  while (!deadline.passed(steady_clock())) {
    const ssize_t got = ::recv(connection.get(), some, sizeof some, 0);
    if (got == 0) return answer;  // the daemon hangs up behind its answer
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(kAttempt, socket_path);
    answer.append(some, static_cast<std::size_t>(got));
    if (answer.size() > kMostBytes) return corrupt("it does not end");
  }
  return system_error(kAttempt, socket_path, ETIMEDOUT);
}

Result<SanlockStatus> read_status(std::string_view answer, const std::string& lockspace) {
  Bytes bytes(answer);
  SPLITSITE_TRY(const auto header, bytes.take<Header>());
  if (header.magic != kMagic || header.command != kStatusCommand)
    return corrupt("the answer does not begin as one of sanlock's");
  SanlockStatus status{.daemon = true};
  while (!bytes.empty()) {
    SPLITSITE_TRY(const auto record, bytes.take<Record>());
    SPLITSITE_TRY(const std::string_view text, bytes.take(record.text_length));
    if (record.type == kLockspace) {
      SPLITSITE_TRY_VOID(read_lockspace(bytes, text, lockspace, status));
    } else if (record.type == kResource) {
      SPLITSITE_TRY_VOID(read_resource(bytes, record, text, lockspace, status));
    }
  }
  return status;
}

}  // namespace splitsite::agent
