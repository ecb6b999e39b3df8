#include "harness/adapters/ovirt/http.hpp"

#include <fmt/format.h>

#include <mutex>

namespace splitsite::ovirt {
namespace {

// Answers of an engine with thousands of VMs stay far below; more is not an answer to us.
constexpr std::size_t largest_body = 64u << 20;

std::size_t keep(char* data, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > largest_body) return 0;
  body.append(data, size * count);
  return size * count;
}

long milliseconds(Duration d) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
}

void trust_in(CURL* curl, const Trust& trust) {
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, trust.unchecked ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, trust.unchecked ? 0L : 2L);
  if (trust.unchecked) return;
  if (!trust.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, trust.ca_file.c_str());
  } else if (!trust.ca_pem.empty()) {
    curl_blob blob{};
    blob.data = const_cast<char*>(trust.ca_pem.data());
    blob.len = trust.ca_pem.size();
    blob.flags = CURL_BLOB_COPY;
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
  }
}

}  // namespace

HttpClient::HttpClient() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  curl_.reset(curl_easy_init());
}

Result<HttpAnswer> HttpClient::send(const HttpRequest& request, const Trust& trust) {
  certificate_refused_ = false;
  if (!curl_) {
    return Error{.kind = ErrorKind::Internal, .attempted = "start libcurl", .subject = {}};
  }
  HttpAnswer answer;
  prepare(request, trust, answer);
  char words[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl_.get(), CURLOPT_ERRORBUFFER, words);
  const CURLcode code = curl_easy_perform(curl_.get());
  if (code != CURLE_OK) return failure(request, code, words);
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  const char* type = nullptr;
  curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) answer.content_type = type;
  return answer;
}

void HttpClient::prepare(const HttpRequest& request, const Trust& trust, HttpAnswer& answer) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // options only: open connections stay
  headers_.reset();
  for (const std::string& header : request.headers) {
    headers_.reset(curl_slist_append(headers_.release(), header.c_str()));
  }
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  // The engine is reached directly or not at all: a proxy from the environment would hide faults.
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  // Servers close idle connections after five seconds or so: do not race with them.
  curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, 4L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect_timeout));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &keep);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  trust_in(curl, trust);
}

Error HttpClient::failure(const HttpRequest& request, CURLcode code, const char* words) {
  Error error{.kind = ErrorKind::Unavailable,
              .attempted = fmt::format("{} {}", request.method, request.url),
              .subject = {},
              .why = *words != '\0' ? words : curl_easy_strerror(code)};
  if (code == CURLE_OPERATION_TIMEDOUT) {
    error.kind = ErrorKind::TimedOut;
  } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR) {
    certificate_refused_ = true;
    error.kind = ErrorKind::Refused;
    error.hint = "give the CA certificate that signed the engine's";
  } else if (code == CURLE_SSL_CACERT_BADFILE) {
    error.kind = ErrorKind::Invalid;
  }
  return error;
}

std::string HttpClient::escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

}  // namespace splitsite::ovirt
