#include "topologies/reference/manager/api/single_sign_on.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "topologies/reference/manager/api/admission.hpp"

namespace splitsite::reference {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* api_scope = "ovirt-app-api";
constexpr const char* validate_scope = "ovirt-ext=token-info:validate";
constexpr const char* for_ever = "9223372036854775807";  // an account that never expires

bool has_scope(const SignOnRequest& request, const std::string& scope) {
  return (" " + parameter(request.parameters, "scope") + " ").find(" " + scope + " ") !=
         std::string::npos;
}

ApiAnswer json_answer(int status, const Json& json) {
  return {status, "application/json", json.dump()};
}

// The API's clients are told in another form than all others (SsoService.sendJsonDataWithMessage).
ApiAnswer refused(const SignOnRequest& request, const std::string& code, const std::string& why) {
  if (has_scope(request, api_scope)) {
    return json_answer(400, {{"error_code", code}, {"error", why}});
  }
  return json_answer(400, {{"error", code}, {"error_description", why}});
}

ApiAnswer missing(const SignOnRequest& request, const std::string& what) {
  return refused(request, "invalid_request", fmt::format("Missing parameter: '{}'", what));
}

using Refusal = std::optional<ApiAnswer>;

Refusal check_accept(const SignOnRequest& request) {
  if (request.accept == "application/json") return std::nullopt;
  return missing(request, "Accept Header");
}

// Which clients there are is not told to anybody, so any id with a secret is taken: what counts
// here is the token.
Refusal check_client(const SignOnRequest& request) {
  constexpr std::string_view basic = "Basic ";
  const bool in_header = request.authorization.starts_with(basic) &&
                         decode_basic(request.authorization.substr(basic.size()));
  if (in_header) return std::nullopt;
  for (const char* name : {"client_id", "client_secret"}) {
    if (parameter(request.parameters, name).empty()) return missing(request, name);
  }
  return std::nullopt;
}

}  // namespace

ApiAnswer grant_token(Sessions& sessions, const SignOnRequest& request) {
  if (parameter(request.parameters, "grant_type") != "password") {
    return refused(request, "unsupported_grant_type",
                   "The authorization grant type is not supported by the authorization server.");
  }
  for (const char* name : {"username", "password"}) {
    if (!request.parameters.contains(name)) return missing(request, name);
  }
  const std::string user = parameter(request.parameters, "username");
  const auto token = sessions.log_in(user, parameter(request.parameters, "password"));
  if (!token) return refused(request, "access_denied", wrong_password(user));
  if (auto refusal = check_accept(request)) return *refusal;
  return json_answer(200, {{"access_token", *token},
                           {"scope", parameter(request.parameters, "scope")},
                           {"exp", for_ever},
                           {"token_type", "bearer"}});
}

ApiAnswer tell_token(Sessions& sessions, const std::string& user, const SignOnRequest& request) {
  if (auto refusal = check_accept(request)) return *refusal;
  const bool only_validate = has_scope(request, validate_scope);
  if (!only_validate) {
    if (auto refusal = check_client(request)) return *refusal;
  }
  if (!sessions.is_valid(parameter(request.parameters, "token"))) {
    return refused(request, "invalid_grant", expired_grant);
  }
  if (only_validate) return json_answer(200, Json::object());
  return json_answer(200, {{"active", true},
                           {"token_type", "bearer"},
                           {"client_id", parameter(request.parameters, "client_id")},
                           {"user_id", user},
                           {"user_authz", "internal-authz"},
                           {"scope", api_scope},
                           {"exp", for_ever}});
}

ApiAnswer revoke_token(Sessions& sessions, const SignOnRequest& request) {
  if (auto refusal = check_accept(request)) return *refusal;
  if (auto refusal = check_client(request)) return *refusal;
  sessions.revoke(parameter(request.parameters, "token"));
  return json_answer(200, Json::object());
}

ApiAnswer log_out(Sessions& sessions, const SignOnRequest& request) {
  sessions.revoke(parameter(request.parameters, "token"));
  return json_answer(200, Json::object());
}

ApiAnswer refuse_negotiation() { return error_page(401, "Unauthorized"); }

}  // namespace splitsite::reference
