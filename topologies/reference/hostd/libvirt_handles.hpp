// Sole ownership of libvirt's objects, and its errors as ours. Internal to the libvirt adapter.
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <string>

#include "harness/core/error.hpp"
#include "harness/core/handle.hpp"

namespace splitsite::reference::hostd {

struct ConnectPolicy {
  using Type = virConnectPtr;
  static Type empty() { return nullptr; }
  static void close(Type connection) noexcept { virConnectClose(connection); }
};
using UniqueConnect = UniqueHandle<ConnectPolicy>;

struct DomainPolicy {
  using Type = virDomainPtr;
  static Type empty() { return nullptr; }
  static void close(Type domain) noexcept { virDomainFree(domain); }
};
using UniqueDomain = UniqueHandle<DomainPolicy>;

// libvirt's last error on this thread.
inline Error libvirt_error(ErrorKind kind, std::string attempted, std::string subject) {
  Error error{.kind = kind, .attempted = std::move(attempted), .subject = std::move(subject)};
  const virErrorPtr last = virGetLastError();
  error.why = last != nullptr && last->message != nullptr ? last->message : "unknown libvirt error";
  return error;
}

inline bool last_error_is(int code) { return virGetLastErrorCode() == code; }

}  // namespace splitsite::reference::hostd
