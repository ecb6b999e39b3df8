#include "harness/agent/storage/drbd_status.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace splitsite {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return words;
    line.remove_prefix(start);
    const auto end = line.find_first_of(" \t\r");
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end);
  }
}

std::optional<std::string_view> after(std::string_view word, std::string_view prefix) {
  if (!word.starts_with(prefix)) return std::nullopt;
  return word.substr(prefix.size());
}

// "Primary/Secondary": ours, the peer's.
std::optional<std::pair<std::string, std::string>> halves(std::string_view pair) {
  const auto slash = pair.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return std::pair{std::string(pair.substr(0, slash)), std::string(pair.substr(slash + 1))};
}

Error not_understood(std::string_view line) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand",
               .subject = "/proc/drbd",
               .why = fmt::format("unexpected line \"{}\"", line)};
}

// " 0: cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----"
Result<void> read_state_line(std::string_view line, DrbdStatus& status) {
  bool known = false;
  for (const std::string_view word : words_of(line)) {
    if (const auto connection = after(word, "cs:")) {
      status.connection = *connection;
      known = true;
    } else if (const auto roles = after(word, "ro:")) {
      const auto pair = halves(*roles);
      if (!pair) return not_understood(line);
      std::tie(status.role, status.peer_role) = *pair;
    } else if (const auto disks = after(word, "ds:")) {
      const auto pair = halves(*disks);
      if (!pair) return not_understood(line);
      std::tie(status.disk, status.peer_disk) = *pair;
    } else if (word.size() >= 4 && (word[0] == 'r' || word[0] == 's') &&
               word.find(':') == word.npos) {
      status.suspended = word[0] == 's';
      status.paused_by_peer = word[2] == 'p';
      status.paused_here = word[3] == 'u';
    }
  }
  if (!known) return not_understood(line);
  return success();
}

void read_counters(std::string_view line, DrbdStatus& status) {
  for (const std::string_view word : words_of(line)) {
    if (const auto kib = after(word, "oos:")) {
      std::from_chars(kib->data(), kib->data() + kib->size(), status.out_of_sync_kib);
    }
  }
}

// The device a line starts ("0: …"), if it starts one.
std::optional<int> minor_of(std::string_view line) {
  const auto words = words_of(line);
  if (words.empty() || !words.front().ends_with(':')) return std::nullopt;
  int minor = 0;
  const auto digits = words.front().substr(0, words.front().size() - 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return minor;
}

}  // namespace

bool DrbdStatus::same_state(const DrbdStatus& other) const {
  return connection == other.connection && role == other.role && peer_role == other.peer_role &&
         disk == other.disk && peer_disk == other.peer_disk && suspended == other.suspended;
}

bool DrbdStatus::both_up_to_date() const {
  return connection == "Connected" && disk == "UpToDate" && peer_disk == "UpToDate";
}

Result<DrbdStatus> parse_drbd_status(std::string_view proc_drbd, int minor) {
  if (!proc_drbd.starts_with("version: 8.")) {
    return not_understood(proc_drbd.substr(0, proc_drbd.find('\n')));
  }
  DrbdStatus status;
  bool inside = false;
  while (!proc_drbd.empty()) {
    const auto end = proc_drbd.find('\n');
    const std::string_view line = proc_drbd.substr(0, end);
    proc_drbd.remove_prefix(end == std::string_view::npos ? proc_drbd.size() : end + 1);
    if (const auto starts = minor_of(line)) {
      inside = *starts == minor;
      if (inside) {
        SPLITSITE_TRY_VOID(read_state_line(line, status));
      }
    } else if (inside) {
      read_counters(line, status);
    }
  }
  return status;
}

}  // namespace splitsite
