#include "topologies/reference/ha_agent/edge/http.hpp"

#include <curl/curl.h>

#include "harness/core/handle.hpp"

namespace splitsite::reference::ha {
namespace {

struct CurlPolicy {
  using Type = CURL*;
  static Type empty() { return nullptr; }
  static void close(Type handle) noexcept { curl_easy_cleanup(handle); }
};
using Curl = UniqueHandle<CurlPolicy>;

std::size_t collect(char* data, std::size_t size, std::size_t count, void* into) {
  static_cast<std::string*>(into)->append(data, size * count);
  return size * count;
}

Curl prepare(const std::string& url, std::chrono::milliseconds limit, std::string& answer) {
  Curl curl(curl_easy_init());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  return curl;
}

}  // namespace

Result<std::string> post(const std::string& url, const std::string& body,
                         std::chrono::milliseconds limit) {
  std::string answer;
  const Curl curl = prepare(url, limit, answer);
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  const CURLcode outcome = curl_easy_perform(curl.get());
  if (outcome == CURLE_OK) return answer;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "ask",
               .subject = url,
               .why = curl_easy_strerror(outcome)};
}

bool page_answers(const std::string& url, std::chrono::milliseconds limit) {
  std::string answer;
  const Curl curl = prepare(url, limit, answer);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  if (curl_easy_perform(curl.get()) != CURLE_OK) return false;
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return status == 200;
}

}  // namespace splitsite::reference::ha
