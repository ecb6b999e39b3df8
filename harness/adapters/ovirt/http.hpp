// One HTTPS connection to the engine, kept alive between requests. Knows nothing of oVirt. This is
// the only file pair that includes libcurl.
#pragma once

#include <curl/curl.h>

#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::ovirt {

struct CurlPolicy {
  using Type = CURL*;
  static Type empty() { return nullptr; }
  static void close(Type handle) noexcept { curl_easy_cleanup(handle); }
};

struct HeaderListPolicy {
  using Type = curl_slist*;
  static Type empty() { return nullptr; }
  static void close(Type list) noexcept { curl_slist_free_all(list); }
};

// Whose signature on the server's certificate is believed.
struct Trust {
  std::string ca_file;     // PEM file
  std::string ca_pem;      // PEM text; used if there is no file
  bool unchecked = false;  // nobody's: only to ask a lab's engine for its CA
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  Duration connect_timeout{};
  Duration timeout{};  // of the whole exchange, connecting included
};

struct HttpAnswer {
  long status = 0;
  std::string content_type;  // may be empty
  std::string body;
};

class HttpClient {
 public:
  HttpClient();

  // Any HTTP status is an answer; only what keeps an answer from coming is an Error: TimedOut,
  // Unavailable (no connection), Refused (certificate not trusted; `certificate_refused` tells).
  Result<HttpAnswer> send(const HttpRequest& request, const Trust& trust);

  // Whether the last Error of send() was a certificate that did not verify.
  bool certificate_refused() const { return certificate_refused_; }

  // For forms and queries: everything outside RFC 3986's unreserved characters as %XX.
  static std::string escape(const std::string& text);

 private:
  void prepare(const HttpRequest& request, const Trust& trust, HttpAnswer& answer);
  Error failure(const HttpRequest& request, CURLcode code, const char* words);

  UniqueHandle<CurlPolicy> curl_;
  UniqueHandle<HeaderListPolicy> headers_;
  bool certificate_refused_ = false;
};

}  // namespace splitsite::ovirt
