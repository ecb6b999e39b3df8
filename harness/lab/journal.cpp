#include "harness/lab/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/core/system_error.hpp"

namespace splitsite {
namespace {

using nlohmann::json;

// {"id": 3, "undo": "…"} or {"done": 3}
bool understood(const json& line) {
  if (!line.is_object()) return false;
  if (line.contains("done")) return line["done"].is_number_integer();
  return line.contains("id") && line["id"].is_number_integer() && line.contains("undo") &&
         line["undo"].is_string();
}

// What a full disk cut short and a later entry was written behind: that later entry. The rest was
// of a change that was never begun. Null if there is none.
json behind_a_torn_one(const std::string& text) {
  for (auto at = text.find("{\"", 1); at != std::string::npos; at = text.find("{\"", at + 1)) {
    json line = json::parse(text.substr(at), nullptr, /*allow_exceptions=*/false);
    if (understood(line)) return line;
  }
  return nullptr;
}

}  // namespace

Result<Journal> Journal::open(const std::string& path) {
  Journal journal(UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)));
  if (!journal.file_) return system_error("open the undo journal", path);
  SPLITSITE_TRY_VOID(journal.read(path));
  return journal;
}

Result<void> Journal::read(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    if (file.eof()) break;  // no newline: torn by a crash
    json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!understood(line)) line = behind_a_torn_one(text);
    if (line.is_null()) {
      return Error{.kind = ErrorKind::Invalid,
                   .attempted = "read the undo journal",
                   .subject = fmt::format("{}:{}", path, number),
                   .why = "not a line of ours"};
    }
    complete_ += static_cast<off_t>(text.size()) + 1;
    if (line.contains("done")) {
      std::erase_if(pending_, [&](const UndoEntry& entry) { return entry.id == line["done"]; });
    } else {
      pending_.push_back({line["id"].get<long>(), line["undo"].get<std::string>()});
      last_id_ = std::max(last_id_, pending_.back().id);
    }
  }
  return mend();
}

// Without this the next entry would be appended to a torn half and lost with it.
Result<void> Journal::mend() {
  if (::ftruncate(file_.get(), complete_) == 0) return success();
  return system_error("mend", "the undo journal");
}

Result<long> Journal::write(const std::string& text) {
  UndoEntry entry{.id = last_id_ + 1, .text = text};
  SPLITSITE_TRY_VOID(write_line({{"id", entry.id}, {"undo", entry.text}}));
  last_id_ = entry.id;
  pending_.push_back(std::move(entry));
  return last_id_;
}

Result<void> Journal::mark_done(long id) {
  SPLITSITE_TRY_VOID(write_line({{"done", id}}));
  std::erase_if(pending_, [&](const UndoEntry& entry) { return entry.id == id; });
  return success();
}

Result<void> Journal::write_line(const json& line) {
  // Again, because it may have failed after the write that was cut short.
  if (torn_) {
    SPLITSITE_TRY_VOID(mend());
    torn_ = false;
  }
  const std::string text = line.dump() + "\n";
  const ssize_t put = ::write(file_.get(), text.data(), text.size());
  if (put == static_cast<ssize_t>(text.size()) && ::fsync(file_.get()) == 0) {
    complete_ += put;
    return success();
  }
  // A disk that is full writes a part and gives no reason.
  const int why = put >= 0 && put < static_cast<ssize_t>(text.size()) ? ENOSPC : errno;
  torn_ = !mend();
  return system_error("write to", "the undo journal", why);
}

}  // namespace splitsite
