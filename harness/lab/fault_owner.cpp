#include "harness/lab/fault_owner.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/core/system_error.hpp"

namespace splitsite {
namespace {

using nlohmann::json;

constexpr const char* request_prefix = "heal-";
constexpr const char* answer_prefix = "healed-";

std::string path_of(const LabPaths& paths, const char* prefix, const FaultId& fault) {
  return fmt::format("{}/{}{}", paths.directory, prefix, fault);
}

// Of an owner that has ended: its faults' names are given again.
void forget_requests_and_answers(const LabPaths& paths) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(paths.directory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(request_prefix) || name.starts_with(answer_prefix)) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

// Complete or not there at all: another program reads it at any time.
Result<void> write_whole(const std::string& path, const json& text) {
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::trunc);
  file << text.dump(2) << "\n";
  file.close();
  if (file && ::rename(part.c_str(), path.c_str()) == 0) return success();
  return system_error("write", path);
}

Result<void> write_record(const std::string& path, const FaultOwner& owner) {
  json faults = json::array();
  for (const auto& [id, description] : owner.faults) {
    faults.push_back({{"id", id.str()}, {"description", description}});
  }
  const json text = {{"pid", owner.process.pid},
                     {"start_ticks", owner.process.start_ticks},
                     {"boot_id", machine_boot_id()},
                     {"what", owner.what},
                     {"heals_on_request", owner.heals_on_request},
                     {"faults", faults}};
  return write_whole(path, text);
}

std::string word(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Nothing where the text is not a record of ours: it only says whom to ask.
std::optional<FaultOwner> read_record(const std::string& path) {
  std::ifstream file(path);
  const json text = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!text.is_object() || !text.contains("pid") || !text["pid"].is_number_unsigned() ||
      !text.contains("start_ticks") || !text["start_ticks"].is_number_unsigned() ||
      !text.contains("boot_id") || text["boot_id"] != machine_boot_id()) {
    return std::nullopt;
  }
  FaultOwner owner{.process = {text["pid"].get<pid_t>(), text["start_ticks"].get<std::uint64_t>()},
                   .what = word(text, "what"),
                   .heals_on_request = text.value("heals_on_request", json()) == true};
  for (const json& fault : text.value("faults", json())) {
    if (fault.is_object()) owner.faults.emplace_back(word(fault, "id"), word(fault, "description"));
  }
  return owner;
}

}  // namespace

Result<FaultOwnership> FaultOwnership::take(const LabPaths& paths, std::string what,
                                            bool heals_on_request) {
  UniqueFd lock(::open(paths.fault_lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return system_error("open", paths.fault_lock(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    const auto owner = read_record(paths.fault_record());
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "take charge of the lab's faults",
                 .why = owner ? fmt::format("\"{}\" (pid {}) is in charge of them", owner->what,
                                            owner->process.pid)
                              : "another program is in charge of them",
                 .hint = "let it end, or name all faults in one \"splitsite fault inject\""};
  }
  forget_requests_and_answers(paths);
  FaultOwner self{.process = identify(::getpid()).value_or(ProcessIdentity{}),
                  .what = std::move(what),
                  .heals_on_request = heals_on_request};
  SPLITSITE_TRY_VOID(write_record(paths.fault_record(), self));
  return FaultOwnership(std::move(lock), paths, std::move(self));
}

FaultOwnership::~FaultOwnership() {
  if (!lock_) return;
  // Before the lock goes: afterwards the file may be another owner's.
  std::error_code ignored;
  std::filesystem::remove(paths_.fault_record(), ignored);
}

Result<void> FaultOwnership::publish(std::vector<std::pair<FaultId, std::string>> faults) {
  self_.faults = std::move(faults);
  return write_record(paths_.fault_record(), self_);
}

std::vector<FaultId> FaultOwnership::requested() {
  std::vector<FaultId> asked;
  for (auto fault = self_.faults.rbegin(); fault != self_.faults.rend(); ++fault) {
    std::error_code ignored;
    if (std::filesystem::remove(path_of(paths_, request_prefix, fault->first), ignored)) {
      asked.push_back(fault->first);
    }
  }
  return asked;
}

Result<void> FaultOwnership::answer(const FaultId& fault, const Result<void>& healed) {
  const json text = {{"healed", healed.has_value()},
                     {"words", healed ? std::string() : healed.error().message()}};
  return write_whole(path_of(paths_, answer_prefix, fault), text);
}

std::optional<HealAnswer> find_heal_answer(const LabPaths& paths, const FaultId& fault) {
  std::ifstream file(path_of(paths, answer_prefix, fault));
  const json text = json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!text.is_object()) return std::nullopt;
  return HealAnswer{.healed = text.value("healed", json()) == true, .words = word(text, "words")};
}

std::optional<FaultOwner> find_fault_owner(const LabPaths& paths) {
  auto owner = read_record(paths.fault_record());
  if (owner && !is_alive(owner->process)) return std::nullopt;
  return owner;
}

Result<void> request_heal(const LabPaths& paths, const FaultId& fault) {
  const auto owner = find_fault_owner(paths);
  const bool has = owner && std::any_of(owner->faults.begin(), owner->faults.end(),
                                        [&](const auto& entry) { return entry.first == fault; });
  if (!has || !owner->heals_on_request) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "ask for the heal of",
                 .subject = fault.str(),
                 .why = has ? fmt::format("\"{}\" heals by its own story", owner->what)
                            : "no such fault is in force in this lab"};
  }
  std::ofstream file(path_of(paths, request_prefix, fault));
  file << "heal\n";
  file.close();
  if (file) return success();
  return system_error("ask for the heal of", fault.str());
}

}  // namespace splitsite
