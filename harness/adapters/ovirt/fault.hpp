// What the engine said when it said no: <fault>, <action><fault>, an OAuth error, or a web server's
// error page. Pure; the HTTP status is given by the caller.
#pragma once

#include <optional>
#include <string>

#include "harness/core/error.hpp"

namespace splitsite::ovirt {

struct Fault {
  std::string reason;  // "Operation Failed"
  std::string detail;  // "[Cannot run VM. VM is running.]"; may be empty
};

// The fault in an XML body, at the root or within an action. None if there is none.
std::optional<Fault> find_fault(const std::string& body);

// "Operation Failed: [Cannot run VM. VM is running.]"
std::string describe(const Fault& fault);

// One line from any error body: a fault, an OAuth error, the title of an HTML page, or the first
// words of plain text.
std::string explain_body(const std::string& body);

// 4xx is Refused (the engine said no), 5xx Unavailable (it could not answer), else Internal.
// `why` = "HTTP 409: Operation Failed: […]".
Error http_error(long status, const std::string& body, std::string attempted, std::string subject);

}  // namespace splitsite::ovirt
