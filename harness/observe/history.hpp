// The history of a run: an append-only list of events, the only truth that verdicts and reports are
// made from. An event carries a window, not an instant, because nothing is observed exactly.
// On disk: history.jsonl, one JSON object a line; complete up to the last full line after a crash.
#pragma once

#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/window.hpp"

namespace splitsite {

struct Event {
  Window at;            // offset from the start of the run
  std::string actor;    // who saw or did it: "host-b1", "harness", "manager"
  std::string kind;     // "vm.running", "fault.active", …; see harness/observe/kinds.hpp
  std::string subject;  // what it is about: "vm-1", "host-a1"; may be empty
  nlohmann::json data = nlohmann::json::object();
};

using Events = std::vector<Event>;

std::string to_line(const Event& event);
Result<Event> event_from_line(std::string_view line);

// Reads a whole file. A torn last line (the writer died) is dropped; any other bad line is an error
// that names its number. The events come back ordered by the start of their windows.
Result<Events> read_history(const std::string& path);

// Writes events as they come, from any thread. Each line reaches the file in one write, so that a
// killed harness leaves every event it had recorded.
class HistoryWriter {
 public:
  // Creates the file; refuses to overwrite an existing one.
  static Result<HistoryWriter> create(const std::string& path, Clock& clock);

  HistoryWriter(HistoryWriter&& other) noexcept;

  Instant start() const { return start_; }
  // Offset from the start of the run of an instant on this machine's clock.
  Duration offset(Instant at) const { return at - start_; }
  Window now() const;

  // Errors while writing are kept and returned by close(): a run whose history is incomplete must
  // not be judged.
  void record(Event event);
  void record(std::string actor, std::string kind, std::string subject, nlohmann::json data = {});

  // Every event from now on is also shown to `follower`, in the order of recording, under the
  // writer's lock: it must not record. Empty: nobody follows.
  void follow(std::function<void(const Event&)> follower);

  // A copy of everything recorded so far, in order of recording.
  Events events() const;
  // Syncs to disk and reports the first error met.
  Result<void> close();

 private:
  HistoryWriter(UniqueFd file, std::string path, Clock& clock);

  mutable std::mutex mutex_;
  UniqueFd file_;
  std::string path_;
  Clock* clock_;
  Instant start_;
  Events events_;
  std::function<void(const Event&)> follower_;
  int write_errno_ = 0;
};

}  // namespace splitsite
