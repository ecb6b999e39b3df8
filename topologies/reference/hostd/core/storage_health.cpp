#include "topologies/reference/hostd/core/storage_health.hpp"

namespace splitsite::reference::hostd {

void StorageHealth::read_succeeded(Instant now) {
  delay_ = began_ ? now - *began_ : Duration{};
  good_began_ = began_;
  began_.reset();
  ended_ = now;
  visible_ = true;
  error_.clear();
}

void StorageHealth::read_failed(const Error& error, Instant now) {
  began_.reset();
  ended_ = now;
  visible_ = error.kind != ErrorKind::Unavailable;
  error_ = error.message();
}

StorageView StorageHealth::view(Instant now) const {
  StorageView view{.lun_visible = visible_, .lun_error = error_};
  view.overdue = began_ && now - *began_ > timeout_;
  if (ended_) view.age = now - *ended_;
  if (good_began_) view.delay = delay_;
  return view;
}

std::optional<Instant> StorageHealth::valid_since(Instant now) const {
  if (!view(now).valid()) return std::nullopt;
  return good_began_;
}

}  // namespace splitsite::reference::hostd
