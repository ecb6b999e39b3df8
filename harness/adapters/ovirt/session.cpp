#include "harness/adapters/ovirt/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "harness/adapters/ovirt/fault.hpp"

namespace splitsite::ovirt {
namespace {

constexpr const char* ca_path = "/services/pki-resource?resource=ca-certificate&format=X509-PEM-CA";

// "https://engine/", "https://engine/ovirt-engine" and "https://engine/ovirt-engine/api" are all
// in use as "the engine's URL".
std::string root_of(std::string url) {
  const auto drop = [&url](const std::string& tail) {
    if (url.size() >= tail.size() && url.ends_with(tail)) url.resize(url.size() - tail.size());
  };
  drop("/");
  drop("/api");
  drop("/ovirt-engine");
  return url + "/ovirt-engine";
}

bool is_pem(const std::string& text) {
  return text.find("-----BEGIN CERTIFICATE-----") != std::string::npos;
}

}  // namespace

Session::Session(EngineAccess access) : access_(std::move(access)) {
  access_.url = root_of(access_.url);
  if (access_.ca_source == CaSource::File) trust_.ca_file = access_.ca_file;
}

Session::~Session() {
  if (token_.empty()) return;
  // Where the public SDKs log out; /sso/oauth/revoke is for registered client programs only.
  HttpRequest revoke = form("/services/sso-logout", "scope=ovirt-app-api&token=" + token_);
  revoke.timeout = std::min<Duration>(revoke.timeout, std::chrono::seconds(2));
  (void)http_.send(revoke, trust_);
}

Result<std::string> Session::get(const std::string& path) {
  return request("GET", path, {}, access_.request_timeout);
}

Result<std::string> Session::post(const std::string& path, const std::string& xml) {
  return request("POST", path, xml, access_.action_timeout);
}

Result<std::string> Session::request(const std::string& method, const std::string& path,
                                     const std::string& xml, Duration timeout) {
  HttpRequest request{
      .method = method,
      .url = access_.url + "/api" + path,
      .headers = {"Version: 4", "Accept: application/xml", "Content-Type: application/xml",
                  fmt::format("Correlation-Id: splitsite-{}-{}", ::getpid(), ++requests_)},
      .body = xml,
      .connect_timeout = access_.connect_timeout,
      .timeout = timeout};
  SPLITSITE_TRY(HttpAnswer answer, authorized(std::move(request)));
  if (answer.status >= 200 && answer.status < 300) return std::move(answer.body);
  return http_error(answer.status, answer.body, fmt::format("{} {}", method, path), {});
}

Result<HttpAnswer> Session::authorized(HttpRequest request) {
  const bool fresh = token_.empty();
  if (fresh) {
    SPLITSITE_TRY_VOID(log_in());
  }
  request.headers.push_back("Authorization: Bearer " + token_);
  SPLITSITE_TRY(HttpAnswer answer, trusted(request));
  if (answer.status != 401 || fresh) return answer;
  SPLITSITE_TRY_VOID(log_in());
  request.headers.back() = "Authorization: Bearer " + token_;
  return trusted(request);
}

Result<HttpAnswer> Session::trusted(const HttpRequest& request) {
  const bool asks_for_ca = access_.ca_source != CaSource::File;
  if (asks_for_ca && trust_.ca_pem.empty()) {
    SPLITSITE_TRY_VOID(take_offered_ca());
  }
  Result<HttpAnswer> answer = http_.send(request, trust_);
  const bool new_ca = !answer && http_.certificate_refused();
  if (!new_ca || access_.ca_source != CaSource::EachUse) return answer;
  SPLITSITE_TRY_VOID(take_offered_ca());
  return http_.send(request, trust_);
}

Result<void> Session::take_offered_ca() {
  if (access_.url.starts_with("http://")) return success();
  const HttpRequest request{.url = access_.url + ca_path,
                            .connect_timeout = access_.connect_timeout,
                            .timeout = access_.request_timeout};
  SPLITSITE_TRY(HttpAnswer answer, http_.send(request, Trust{.unchecked = true}));
  if (answer.status != 200) {
    return http_error(answer.status, answer.body, "fetch the engine's CA certificate", {});
  }
  if (!is_pem(answer.body)) {
    return Error{.kind = ErrorKind::Internal,
                 .attempted = "fetch the engine's CA certificate",
                 .subject = {},
                 .why = "not a PEM certificate: " + explain_body(answer.body)};
  }
  trust_.ca_pem = std::move(answer.body);
  return success();
}

Result<void> Session::log_in() {
  token_.clear();
  const std::string body =
      fmt::format("grant_type=password&scope=ovirt-app-api&username={}&password={}",
                  HttpClient::escape(access_.user), HttpClient::escape(access_.password));
  SPLITSITE_TRY(HttpAnswer answer, trusted(form("/sso/oauth/token", body)));
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  const bool good = answer.status == 200 && json.is_object() && json.contains("access_token") &&
                    json["access_token"].is_string();
  if (good) {
    token_ = json["access_token"];
    return success();
  }
  Error error = http_error(answer.status, answer.body, "log in as", access_.user);
  // Engines before 4.3 answer a wrong password with 200 and an error in the body.
  if (answer.status == 200) error.kind = ErrorKind::Refused;
  return error;
}

HttpRequest Session::form(const std::string& path, const std::string& body) const {
  return HttpRequest{
      .method = "POST",
      .url = access_.url + path,
      .headers = {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded"},
      .body = body,
      .connect_timeout = access_.connect_timeout,
      .timeout = access_.request_timeout};
}

}  // namespace splitsite::ovirt
