// The harness's end of a lab's supervisor: starting it, and owning it or letting go of it. A lab
// that is owned ends with its owner, however the owner ends.
#pragma once

#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

// Where the supervisor expects its pipes when it starts.
namespace supervisor_descriptors {
constexpr int kOwner = 10;   // read end: kDetachWord lets the lab live on, end of file ends it
constexpr int kStatus = 11;  // write end: one line, "ready" or "failed <why>"
constexpr int kLock = 12;    // the lab's lock, held for as long as anything of the lab lives
}  // namespace supervisor_descriptors
constexpr char kDetachWord = 'd';

struct SupervisorLaunch {
  std::string program;                 // path of splitsite-supervisor
  std::vector<std::string> arguments;  // without the program's name
  std::string log;                     // its output is appended there
  int lock = -1;                       // descriptor of the lab's lock; the supervisor gets a copy
  Duration deadline = std::chrono::seconds(10);
};

// A running supervisor. Destroying an owning Supervision closes the pipe, which ends the lab.
class Supervision {
 public:
  // Returns when the lab's namespaces stand and libvirtd has been started.
  static Result<Supervision> launch(const SupervisorLaunch& launch);

  // Lets the lab live on after this process. Cannot be taken back.
  Result<void> detach();
  bool owned() const { return static_cast<bool>(owner_); }

 private:
  explicit Supervision(UniqueFd owner) : owner_(std::move(owner)) {}

  UniqueFd owner_;
};

}  // namespace splitsite
