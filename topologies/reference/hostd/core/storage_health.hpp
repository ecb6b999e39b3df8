// Does this host reach the replicated LUN? Kept from the reads of the storage monitor, whose thread
// may hang in one for minutes. As in VDSM (lib/vdsm/storage/check.py) a hanging read is no error:
// it makes the last check older, and the Manager judges its age (fact 3.3). Nobody resumes a VM on
// it.
#pragma once

#include <optional>
#include <string>

#include "harness/core/error.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::reference::hostd {

struct StorageView {
  bool lun_visible = false;       // the device exists
  std::string lun_error;          // empty: the last read succeeded in time
  bool overdue = false;           // a read hangs
  std::optional<Duration> age;    // since the last read ended; unset before the first
  std::optional<Duration> delay;  // what the last good read took
  bool valid() const { return lun_visible && lun_error.empty() && !overdue && age.has_value(); }
};

class StorageHealth {
 public:
  explicit StorageHealth(Duration timeout) : timeout_(timeout) {}

  void read_began(Instant now) { began_ = now; }
  void read_succeeded(Instant now);
  void read_failed(const Error& error, Instant now);

  StorageView view(Instant now) const;
  // When the last good read began, if storage is valid now: everything before it may be resumed.
  std::optional<Instant> valid_since(Instant now) const;

 private:
  Duration timeout_;
  std::optional<Instant> began_;  // of the read that runs
  std::optional<Instant> ended_;
  std::optional<Instant> good_began_;
  Duration delay_{};
  bool visible_ = false;
  std::string error_ = "not checked yet";
};

}  // namespace splitsite::reference::hostd
