// The two questions the agent asks over HTTP: of the host daemon beside it, and of the engine.
#pragma once

#include <chrono>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::reference::ha {

// The body of the answer, whatever its status. ErrorKind::Unavailable after `limit` at the latest.
Result<std::string> post(const std::string& url, const std::string& body,
                         std::chrono::milliseconds limit);

// Whether GET of the page is answered with 200. Certificates are not checked: the question is
// whether somebody lives there, as `hosted-engine --check-liveliness` asks it.
bool page_answers(const std::string& url, std::chrono::milliseconds limit);

}  // namespace splitsite::reference::ha
