#include "topologies/reference/hostd/core/spm_role.hpp"

#include <utility>

namespace splitsite::hostd {
namespace {

Error busy(const char* attempted) {
  return {.kind = ErrorKind::Conflict,
          .attempted = attempted,
          .why = "another change of the SPM role is running"};
}

}  // namespace

Result<bool> SpmRole::begin_start() {
  if (status_ == SpmStatus::Contend) return busy("start SPM");
  if (status_ == SpmStatus::Spm) return false;
  status_ = SpmStatus::Contend;
  last_error_.clear();
  return true;
}

void SpmRole::started(std::int64_t version) {
  status_ = SpmStatus::Spm;
  version_ = version;
}

void SpmRole::start_failed(std::string why) {
  status_ = SpmStatus::Free;
  version_ = -1;
  last_error_ = std::move(why);
}

Result<bool> SpmRole::begin_stop() {
  if (status_ == SpmStatus::Contend) return busy("stop SPM");
  if (status_ == SpmStatus::Free) return false;
  status_ = SpmStatus::Contend;
  return true;
}

void SpmRole::stopped() {
  status_ = SpmStatus::Free;
  version_ = -1;
}

bool SpmWatchdog::must_restart(LeaseLook look) {
  if (look == LeaseLook::Lost) return true;
  if (look == LeaseLook::Held) {
    errors_ = 0;
    return false;
  }
  return ++errors_ > kForgiven;
}

const char* to_string(SpmStatus status) {
  switch (status) {
    case SpmStatus::Free: return "Free";
    case SpmStatus::Contend: return "Contend";
    case SpmStatus::Spm: return "SPM";
  }
  return "Free";
}

}  // namespace splitsite::hostd
