#include "harness/agent/host/sanlock_status.hpp"

#include <charconv>
#include <cstring>
#include <optional>

#include "harness/agent/host/sanlock_wire.hpp"

namespace splitsite::agent {
namespace {

Error not_understood(const char* why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand",
               .subject = "sanlock's status",
               .why = why};
}

class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}

  bool empty() const { return rest_.empty(); }
  template <class T>
  bool take(T& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return true;
  }
  std::optional<std::string_view> take_bytes(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

std::string text_in(const char (&field)[SANLK_NAME_LEN]) {
  return std::string(field, ::strnlen(field, sizeof field));
}

// "list=held flags=0 …": the value of one key; empty if it is not there.
std::string_view value_in(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end =
        std::min(text.find_first_of(std::string_view(" \0", 2), at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (word.starts_with(key) && word.substr(key.size()).starts_with('=')) {
      return word.substr(key.size() + 1);
    }
    at = end + 1;
  }
  return {};
}

std::uint64_t number_in(std::string_view text, std::string_view key) {
  const std::string_view digits = value_in(text, key);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool read_lockspace(Bytes& bytes, std::string_view text, const std::string& lockspace,
                    SanlockStatus& status) {
  sanlk_lockspace described{};
  if (!bytes.take(described)) return false;
  if (text_in(described.name) != lockspace) return true;
  // Neither being joined nor being left, and its host id still renewed in time.
  status.joined = value_in(text, "list") == "spaces" && number_in(text, "space_dead") == 0;
  status.generation = number_in(text, "host_generation");
  return true;
}

bool read_resource(Bytes& bytes, const wire::State& state, std::string_view text,
                   const std::string& lockspace, SanlockStatus& status) {
  sanlk_resource described{};
  if (!bytes.take(described) || described.num_disks > SANLK_MAX_DISKS ||
      !bytes.take_bytes(described.num_disks * sizeof(sanlk_disk))) {
    return false;
  }
  const bool being_acquired = value_in(text, "list") == "add";
  if (being_acquired || text_in(described.lockspace_name) != lockspace) return true;
  status.leases.push_back(
      HeldLease{text_in(described.name), static_cast<pid_t>(state.pid), state.version});
  return true;
}

}  // namespace

Result<SanlockStatus> parse_sanlock_status(std::string_view answer, const std::string& lockspace) {
  Bytes bytes(answer);
  wire::Header header{};
  if (!bytes.take(header)) return not_understood("it is too short");
  if (header.magic != wire::magic) return not_understood("it is of another protocol");
  SanlockStatus status{.daemon = true};
  while (!bytes.empty()) {
    wire::State state{};
    if (!bytes.take(state)) return not_understood("it ends in the middle of a state");
    const auto text = bytes.take_bytes(state.text_length);
    bool whole = text.has_value();
    if (whole && state.type == wire::lockspace_state) {
      whole = read_lockspace(bytes, *text, lockspace, status);
    } else if (whole && state.type == wire::resource_state) {
      whole = read_resource(bytes, state, *text, lockspace, status);
    }
    if (!whole) return not_understood("it ends in the middle of a state");
  }
  return status;
}

}  // namespace splitsite::agent
