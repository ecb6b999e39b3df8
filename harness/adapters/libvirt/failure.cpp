#include "harness/adapters/libvirt/failure.hpp"

#include <fmt/format.h>
#include <libvirt/virterror.h>

namespace splitsite::libvirt {
namespace {

ErrorKind kind_of(int code) {
  switch (code) {
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_NO_DOMAIN:
    case VIR_ERR_SYSTEM_ERROR:
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_CONFIG_UNSUPPORTED:
      return ErrorKind::Unavailable;
    case VIR_ERR_OPERATION_INVALID:
    case VIR_ERR_DOM_EXIST:
      return ErrorKind::Conflict;
    case VIR_ERR_OPERATION_TIMEOUT:
    case VIR_ERR_AGENT_UNRESPONSIVE:
      return ErrorKind::TimedOut;
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_INVALID_ARG:
      return ErrorKind::Invalid;
    case VIR_ERR_OPERATION_ABORTED:
      return ErrorKind::Interrupted;
    case VIR_ERR_OPERATION_DENIED:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_OPERATION_FAILED:
      return ErrorKind::Refused;
    default:
      return ErrorKind::Internal;
  }
}

}  // namespace

Error last_failure(std::string attempted, std::string subject) {
  Error error{.attempted = std::move(attempted), .subject = std::move(subject)};
  const virErrorPtr native = virGetLastError();
  if (native == nullptr) {
    error.why = "libvirt gives no reason";
    return error;
  }
  error.kind = kind_of(native->code);
  error.why = fmt::format("{} (libvirt domain {}, code {})",
                          native->message != nullptr ? native->message : "no text", native->domain,
                          native->code);
  return error;
}

}  // namespace splitsite::libvirt
