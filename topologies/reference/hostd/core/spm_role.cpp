#include "topologies/reference/hostd/core/spm_role.hpp"

#include <utility>

namespace splitsite::reference::hostd {

using rpc::SpmRole;

namespace {

Error busy(const char* attempted, const char* why) {
  return {.kind = ErrorKind::Conflict, .attempted = attempted, .why = why};
}

}  // namespace

Result<bool> SpmState::begin_start() {
  if (stopping_) return busy("start SPM", "the SPM lease is being given back");
  if (status_ != SpmRole::Free) return false;
  status_ = SpmRole::Contend;
  last_error_.clear();
  return true;
}

void SpmState::started(std::int64_t version) {
  status_ = SpmRole::Spm;
  version_ = version;
}

void SpmState::start_failed(std::string why) {
  status_ = SpmRole::Free;
  version_ = -1;
  last_error_ = std::move(why);
}

Result<bool> SpmState::begin_stop() {
  if (stopping_) return busy("stop SPM", "the SPM lease is being given back already");
  if (status_ == SpmRole::Contend) return busy("stop SPM", "the SPM lease is being acquired");
  if (status_ == SpmRole::Free) return false;
  status_ = SpmRole::Contend;
  stopping_ = true;
  return true;
}

void SpmState::stopped() {
  status_ = SpmRole::Free;
  stopping_ = false;
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

}  // namespace splitsite::reference::hostd
