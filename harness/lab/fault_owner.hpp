// One process at a time has faults in force in a lab, because one owner must know them all to
// compute the state of the links they share. It holds a lock, which its death releases, and a
// record by which another program can find it and ask it to heal.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/id.hpp"
#include "harness/lab/state_directory.hpp"
#include "harness/lab/supervisor_record.hpp"

namespace splitsite {

struct FaultOwner {
  ProcessIdentity process;
  std::string what;  // "splitsite run acceptance"
  bool heals_on_request = false;
  std::vector<std::pair<FaultId, std::string>> faults;  // in force: id and description
};

class FaultOwnership {
 public:
  // Conflict, naming the process, while another one has it. `what` is this program in words.
  static Result<FaultOwnership> take(const LabPaths& paths, std::string what,
                                     bool heals_on_request = false);
  FaultOwnership(FaultOwnership&&) = default;
  FaultOwnership& operator=(FaultOwnership&&) = delete;
  ~FaultOwnership();

  // Tells other programs what is in force now.
  Result<void> publish(std::vector<std::pair<FaultId, std::string>> faults);
  // The published faults that another program has asked to be healed since the last call, the
  // newest first, as they are to be healed.
  std::vector<FaultId> requested();
  // Says how the heal of a fault ended, to whoever asked for it; before that fault is no longer
  // published.
  Result<void> answer(const FaultId& fault, const Result<void>& healed);

 private:
  FaultOwnership(UniqueFd lock, LabPaths paths, FaultOwner self)
      : lock_(std::move(lock)), paths_(std::move(paths)), self_(std::move(self)) {}

  UniqueFd lock_;
  LabPaths paths_;
  FaultOwner self_;
};

// Who has faults in force in the lab now; nobody if its last owner has ended, however it did.
std::optional<FaultOwner> find_fault_owner(const LabPaths& paths);

// Asks the owner to heal one of its faults; it does so within a tenth of a second or so, and then
// answers.
Result<void> request_heal(const LabPaths& paths, const FaultId& fault);

struct HealAnswer {
  bool healed = false;  // and proven
  std::string words;    // why not
};
// Of the last owner; nothing while it has not answered, or if it died instead.
std::optional<HealAnswer> find_heal_answer(const LabPaths& paths, const FaultId& fault);

}  // namespace splitsite
