#include "topologies/reference/api_proxy/ask.hpp"

#include <httplib.h>

namespace splitsite::reference {
namespace {

using nlohmann::json;
using std::chrono::microseconds;

const char* outcome_of(httplib::Error error, Duration took, Duration timeout) {
  switch (error) {
    case httplib::Error::ConnectionTimeout:
      return "silent";
    case httplib::Error::Connection:
      return took < timeout ? "refused" : "silent";
    default:
      return took < timeout ? "reset" : "silent";
  }
}

}  // namespace

json ask(const Question& question) {
  httplib::SSLClient client(question.address, question.port);
  client.set_keep_alive(true);
  client.set_connection_timeout(question.timeout);
  client.set_read_timeout(question.timeout);
  client.set_write_timeout(question.timeout);
  client.set_tcp_nodelay(true);
  client.enable_server_certificate_verification(question.ca.has_value());
  if (question.ca) client.set_ca_cert_path(question.ca->c_str());

  json answers = json::array();
  for (int i = 0; i < question.count; ++i) {
    const Instant begun = steady_clock().now();
    const httplib::Result result = client.Get(question.path.c_str());
    const Duration took = steady_clock().now() - begun;
    const auto us = std::chrono::duration_cast<microseconds>(took).count();
    if (!result) {
      answers.push_back({{"outcome", outcome_of(result.error(), took, question.timeout)},
                         {"took_us", us},
                         {"why", httplib::to_string(result.error())}});
      break;
    }
    answers.push_back({{"outcome", "answered"}, {"status", result->status}, {"took_us", us}});
  }
  return {{"answers", answers}};
}

}  // namespace splitsite::reference
