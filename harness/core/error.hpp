// What went wrong, said once and completely: what was attempted, on what, why it failed, what to
// do. An Error speaks about the environment or the input. A bug in the harness is an assertion, and
// a misbehaving product is a verdict; neither is ever an Error.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace splitsite {

enum class ErrorKind {
  Unavailable,  // this machine or lab cannot do it
  Refused,      // asked, and the other side said no
  TimedOut,     // the deadline passed; `why` says what was last seen
  Conflict,     // something else owns what was asked for
  Invalid,      // the input is wrong; nothing was touched
  Interrupted,  // the user or the owner asked to stop
  Internal,     // none of the above: read `why`
};

std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string attempted;  // verb and object: "start the domain"
  std::string subject;    // the id it was attempted on: "host-a1"; may be empty
  std::string why;        // native cause included: errno text, libvirt message, HTTP status
  std::string hint;       // what the reader can do; may be empty
  std::shared_ptr<const Error> cause;

  // "could not start the domain host-a1: no space left on device; free 2 GiB in /var (because …)"
  std::string message() const;

  // The same failure seen from one level up: `attempted` is replaced, this error becomes the cause.
  Error while_attempting(std::string what, std::string on = {}) const;
};

// The system's text for an errno value, thread safe.
std::string errno_text(int value);

}  // namespace splitsite
