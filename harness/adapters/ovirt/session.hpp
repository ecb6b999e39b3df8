// A user's session with the engine: trust, token, and the API's requests. Logs in when the first
// request needs it and again when the engine no longer knows the token (it forgets all of them when
// it restarts or is failed over). For one thread.
#pragma once

#include <string>

#include "harness/adapters/ovirt/driver.hpp"
#include "harness/adapters/ovirt/http.hpp"
#include "harness/core/result.hpp"

namespace splitsite::ovirt {

class Session {
 public:
  explicit Session(EngineAccess access);
  // Gives the token back; the engine not answering is not an error then.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `path` is relative to the API's root: "/hosts", "/events?from=12". The answer's XML; an HTTP
  // status outside 200-299 is an Error with the engine's fault in `why`.
  Result<std::string> get(const std::string& path);
  Result<std::string> post(const std::string& path, const std::string& xml);

 private:
  Result<std::string> request(const std::string& method, const std::string& path,
                              const std::string& xml, Duration timeout);
  Result<HttpAnswer> authorized(HttpRequest request);
  Result<HttpAnswer> trusted(const HttpRequest& request);
  Result<void> take_offered_ca();
  Result<void> log_in();
  HttpRequest form(const std::string& path, const std::string& body) const;

  EngineAccess access_;
  HttpClient http_;
  Trust trust_;
  std::string token_;
  unsigned requests_ = 0;  // counts up in the correlation ids
};

}  // namespace splitsite::ovirt
