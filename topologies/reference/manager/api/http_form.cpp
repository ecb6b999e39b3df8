#include "topologies/reference/manager/api/http_form.hpp"

#include <strings.h>

#include <algorithm>

#include "topologies/reference/manager/api/elements.hpp"

namespace splitsite::reference {
namespace {

// The value of "name=value" in a Cookie header.
std::string cookie_value(const std::string& header, const std::string& name) {
  std::string_view rest = header;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    std::string_view each = rest.substr(0, end);
    each.remove_prefix(std::min(each.find_first_not_of(' '), each.size()));
    if (each.starts_with(name + "=")) return std::string(each.substr(name.size() + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

bool prefers(const httplib::Request& request, const char* wanted) {
  const auto [begin, end] = request.headers.equal_range("Prefer");
  return std::any_of(begin, end, [&](const auto& header) {
    return ::strcasestr(header.second.c_str(), wanted) != nullptr;
  });
}

bool header_is_set(const httplib::Request& request, const char* name) {
  return request.has_header(name) && is_set({{name, request.get_header_value(name)}}, name);
}

std::string correlation_id(const httplib::Request& request) {
  std::string id = clean_correlation_id(request.get_header_value("Correlation-Id"));
  if (id.empty()) id = clean_correlation_id(request.get_param_value("correlation_id"));
  return id.empty() ? random_correlation_id() : id;
}

}  // namespace

void to_http(const ApiAnswer& answer, httplib::Response& response) {
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  if (!answer.content_type.empty()) response.set_content(answer.body, answer.content_type);
}

SignOnRequest sign_on_request(const httplib::Request& request) {
  SignOnRequest made{.accept = request.get_header_value("Accept"),
                     .authorization = request.get_header_value("Authorization")};
  made.parameters.insert(request.params.begin(), request.params.end());
  return made;
}

Credentials credentials(const httplib::Request& request) {
  return {.authorization = request.get_header_value("Authorization"),
          .cookie = cookie_value(request.get_header_value("Cookie"), session_cookie),
          .persistent = prefers(request, "persistent-auth"),
          .fresh = prefers(request, "new-auth"),
          .session_ttl = request.get_header_value("Session-TTL")};
}

ApiRequest api_request(const httplib::Request& request) {
  ApiRequest made{.method = request.method == "HEAD" ? "GET" : request.method,
                  .path = request.path.substr(api_root.size()),
                  .body = request.body,
                  .body_media = body_media(request.get_header_value("Content-Type"))};
  made.query.insert(request.params.begin(), request.params.end());
  made.answer_media =
      answer_media(parameter(made.query, "accept", request.get_header_value("Accept")));
  made.all_content = is_set(made.query, "all_content") || header_is_set(request, "All-Content");
  made.filtered = is_set(made.query, "filter") || header_is_set(request, "Filter");
  made.context.correlation_id = correlation_id(request);
  return made;
}

bool is_version_4(const httplib::Request& request, std::string& path) {
  const auto end = std::min(path.find('/', 1), path.size());
  const std::string first = path.substr(0, end);
  const bool versioned = first.size() > 2 && first.starts_with("/v") &&
                         first.find_first_not_of("0123456789", 2) == std::string::npos;
  if (!versioned) {
    const std::string header = request.get_header_value("Version");
    return header.empty() || header == "4";
  }
  path.erase(0, end);
  return first == "/v4";
}

}  // namespace splitsite::reference
