#include "harness/observe/history.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace splitsite {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

Error bad_line(std::string why) {
  return Error{
      .kind = ErrorKind::Invalid, .attempted = "read a history line", .why = std::move(why)};
}

// Rounds outwards, so that the written window still holds the event.
std::int64_t floor_us(Duration d) { return std::chrono::floor<microseconds>(d).count(); }
std::int64_t ceil_us(Duration d) { return std::chrono::ceil<microseconds>(d).count(); }

}  // namespace

std::string to_line(const Event& event) {
  nlohmann::ordered_json line;
  line["at_us"] = {floor_us(event.at.lo), ceil_us(event.at.hi)};
  line["actor"] = event.actor;
  line["kind"] = event.kind;
  if (!event.subject.empty()) line["subject"] = event.subject;
  if (!event.data.empty()) line["data"] = event.data;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<Event> event_from_line(std::string_view text) {
  const auto line = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!line.is_object()) return bad_line("it is not a JSON object");
  const auto at = line.find("at_us");
  if (at == line.end() || !at->is_array() || at->size() != 2 || !(*at)[0].is_number_integer() ||
      !(*at)[1].is_number_integer()) {
    return bad_line("\"at_us\" is not a pair of integers");
  }
  for (const char* key : {"actor", "kind"}) {
    if (!line.contains(key) || !line[key].is_string()) {
      return bad_line(fmt::format("\"{}\" is missing or not text", key));
    }
  }
  Event event;
  event.at = {microseconds((*at)[0].get<std::int64_t>()),
              microseconds((*at)[1].get<std::int64_t>())};
  if (event.at.lo > event.at.hi) return bad_line("\"at_us\" ends before it begins");
  event.actor = line["actor"].get<std::string>();
  event.kind = line["kind"].get<std::string>();
  if (const auto subject = line.find("subject"); subject != line.end() && subject->is_string()) {
    event.subject = subject->get<std::string>();
  }
  if (const auto data = line.find("data"); data != line.end()) event.data = *data;
  return event;
}

Result<Events> read_history(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read the history",
                 .subject = path,
                 .why = errno_text(errno),
                 .hint = "name a run directory that holds a history.jsonl"};
  }
  Events events;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    auto event = event_from_line(line);
    if (event) {
      events.push_back(std::move(event).value());
      continue;
    }
    if (file.peek() == std::ifstream::traits_type::eof()) break;  // torn: the writer died here
    return event.error().while_attempting("read the history",
                                          fmt::format("{} line {}", path, number));
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at.lo < b.at.lo; });
  return events;
}

Result<HistoryWriter> HistoryWriter::create(const std::string& path, Clock& clock) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!file) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "create the history",
                 .subject = path,
                 .why = errno_text(errno)};
  }
  return HistoryWriter(std::move(file), path, clock);
}

HistoryWriter::HistoryWriter(UniqueFd file, std::string path, Clock& clock)
    : file_(std::move(file)), path_(std::move(path)), clock_(&clock), start_(clock.now()) {}

HistoryWriter::HistoryWriter(HistoryWriter&& other) noexcept
    : file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      clock_(other.clock_),
      start_(other.start_),
      events_(std::move(other.events_)),
      follower_(std::move(other.follower_)),
      write_errno_(other.write_errno_) {}

Window HistoryWriter::now() const {
  const Duration at = offset(clock_->now());
  return {at, at};
}

void HistoryWriter::record(Event event) {
  const std::lock_guard lock(mutex_);
  const std::string line = to_line(event) + "\n";
  const ssize_t written = ::write(file_.get(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size()) && write_errno_ == 0) {
    write_errno_ = written < 0 ? errno : ENOSPC;
  }
  if (follower_) follower_(event);
  events_.push_back(std::move(event));
}

void HistoryWriter::follow(std::function<void(const Event&)> follower) {
  const std::lock_guard lock(mutex_);
  follower_ = std::move(follower);
}

void HistoryWriter::record(std::string actor, std::string kind, std::string subject,
                           nlohmann::json data) {
  if (data.is_null()) data = nlohmann::json::object();
  record(Event{now(), std::move(actor), std::move(kind), std::move(subject), std::move(data)});
}

Events HistoryWriter::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

Result<void> HistoryWriter::close() {
  const std::lock_guard lock(mutex_);
  if (file_ && ::fsync(file_.get()) != 0 && write_errno_ == 0) write_errno_ = errno;
  if (write_errno_ == 0) return success();
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "write the whole history to",
               .subject = path_,
               .why = errno_text(write_errno_),
               .hint = "free space on that file system and run again"};
}

}  // namespace splitsite
