// What goes back to a client, before it is HTTP.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace splitsite::reference {

struct ApiAnswer {
  int status = 200;
  std::string content_type = {};  // empty: no body
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// The page a servlet container shows when a filter refuses a request: not a fault, as in oVirt.
inline ApiAnswer error_page(int status, const std::string& text) {
  return {status, "text/html;charset=UTF-8",
          "<html><head><title>Error</title></head><body>" + text + "</body></html>"};
}

}  // namespace splitsite::reference
