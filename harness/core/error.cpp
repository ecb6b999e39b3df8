#include "harness/core/error.hpp"

#include <fmt/format.h>

#include <system_error>

namespace splitsite {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::Refused:
      return "refused";
    case ErrorKind::TimedOut:
      return "timed out";
    case ErrorKind::Conflict:
      return "conflict";
    case ErrorKind::Invalid:
      return "invalid";
    case ErrorKind::Interrupted:
      return "interrupted";
    case ErrorKind::Internal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string text = fmt::format("could not {}", attempted);
  if (!subject.empty()) text += " " + subject;
  if (!why.empty()) text += ": " + why;
  if (!hint.empty()) text += "; " + hint;
  if (cause) text += fmt::format(" (because it {})", cause->message());
  return text;
}

Error Error::while_attempting(std::string what, std::string on) const {
  return Error{.kind = kind,
               .attempted = std::move(what),
               .subject = std::move(on),
               .why = {},
               .hint = {},
               .cause = std::make_shared<const Error>(*this)};
}

std::string errno_text(int value) { return std::system_category().message(value); }

}  // namespace splitsite
