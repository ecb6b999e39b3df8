#include "topologies/reference/manager/api/api_server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <openssl/pem.h>

#include <limits>
#include <thread>

#include "harness/time/eventually.hpp"
#include "topologies/reference/manager/api/admission.hpp"
#include "topologies/reference/manager/api/certificates.hpp"
#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/http_form.hpp"
#include "topologies/reference/manager/api/router.hpp"
#include "topologies/reference/manager/api/single_sign_on.hpp"

namespace splitsite::reference {
namespace {

// Every open connection keeps a thread while it is alive or idle for less than the limit.
constexpr std::size_t threads = 24;
constexpr std::size_t largest_body = 64u << 10;

// The library's default shares the port with whoever else asks for it.
void own_the_port(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

bool use_certificate(SSL_CTX& context, const Certificates& certificates) {
  const auto memory = [](const std::string& text) {
    return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  };
  BIO* certificate_text = memory(certificates.server_pem);
  BIO* key_text = memory(certificates.server_key_pem);
  X509* certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
  const bool good = certificate != nullptr && key != nullptr &&
                    SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1 &&
                    SSL_CTX_use_certificate(&context, certificate) == 1 &&
                    SSL_CTX_use_PrivateKey(&context, key) == 1 &&
                    SSL_CTX_check_private_key(&context) == 1;
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free_all(certificate_text);
  BIO_free_all(key_text);
  return good;
}

}  // namespace

class ApiServer::Impl {
 public:
  Impl(const ApiConfig& config, Certificates certificates, ManagerPort& manager, Clock& clock)
      : certificates_(std::move(certificates)),
        sessions_(config.account, clock, config.session_idle_limit),
        user_(config.account.user),
        router_(manager),
        server_([this](SSL_CTX& context) { return use_certificate(context, certificates_); }) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server_.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    server_.set_keep_alive_timeout(config.connection_idle_limit.count());
    server_.set_tcp_nodelay(true);
    server_.set_socket_options(&own_the_port);
    server_.set_payload_max_length(largest_body);
    serve_services();
    serve_single_sign_on();
    serve_api();
  }

  ~Impl() { server_.stop(); }

  Result<void> listen(const ApiConfig& config) {
    bool bound = server_.is_valid();
    if (bound && config.port == 0) {
      const int port = server_.bind_to_any_port(config.listen_address);
      bound = port > 0;
      port_ = static_cast<std::uint16_t>(bound ? port : 0);
    } else if (bound) {
      bound = server_.bind_to_port(config.listen_address, config.port);
      port_ = config.port;
    }
    if (!bound) {
      return Error{.kind = ErrorKind::Unavailable,
                   .attempted = "serve the API at",
                   .subject = fmt::format("{}:{}", config.listen_address, config.port),
                   .why = server_.is_valid() ? errno_text(errno) : "the certificate is not usable"};
    }
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    // A stop() before the loop has begun would be lost, and the destructor wait for ever.
    const Wait begun{.what = "the API server to listen", .bound = std::chrono::seconds(5)};
    SPLITSITE_TRY_VOID(eventually<bool>(steady_clock(), begun, [this]() -> Probed<bool> {
      if (server_.is_running()) return true;
      return NotYet{"its thread has not begun"};
    }));
    return success();
  }

  std::uint16_t port() const { return port_; }
  const std::string& ca_pem() const { return certificates_.ca_pem; }

 private:
  void serve_services() {
    server_.Get("/ovirt-engine/services/health", [](const auto&, auto& response) {
      response.set_content("DB Up!Welcome to Health Status!", "text/plain");
    });
    server_.Get("/ovirt-engine/services/pki-resource", [this](const auto& request, auto& response) {
      const bool known = request.get_param_value("resource") == "ca-certificate" &&
                         request.get_param_value("format") == "X509-PEM-CA";
      if (known) {
        response.set_content(certificates_.ca_pem, "application/x-x509-ca-cert");
      } else {
        to_http(error_page(404, "Not Found"), response);
      }
    });
  }

  void serve_single_sign_on() {
    const auto at = [this](const std::string& path, auto answer) {
      const auto handle = [answer](const httplib::Request& request, httplib::Response& response) {
        to_http(answer(sign_on_request(request)), response);
      };
      server_.Get(path, handle);
      server_.Post(path, handle);
    };
    at("/ovirt-engine/sso/oauth/token",
       [this](const SignOnRequest& request) { return grant_token(sessions_, request); });
    at("/ovirt-engine/sso/oauth/token-info",
       [this](const SignOnRequest& request) { return tell_token(sessions_, user_, request); });
    at("/ovirt-engine/sso/oauth/revoke",
       [this](const SignOnRequest& request) { return revoke_token(sessions_, request); });
    at("/ovirt-engine/services/sso-logout",
       [this](const SignOnRequest& request) { return log_out(sessions_, request); });
    at("/ovirt-engine/sso/oauth/token-http-auth",
       [](const SignOnRequest&) { return refuse_negotiation(); });
  }

  void serve_api() {
    const std::string everything = std::string(api_root) + "(/.*)?";
    const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
      to_http(answer_to(request), response);
    };
    server_.Get(everything, handle);
    server_.Post(everything, handle);
    server_.Put(everything, handle);
    server_.Delete(everything, handle);
    server_.Options(everything, handle);
  }

  // In the order of oVirt's filters: who asks, under which name, in which version.
  ApiAnswer answer_to(const httplib::Request& request) {
    const Admission admission = admit(sessions_, credentials(request));
    if (!admission.admitted) {
      ApiAnswer refusal = error_page(401, admission.why);
      refusal.headers.emplace_back("WWW-Authenticate", "Basic realm=\"RESTAPI\"");
      return refusal;
    }
    ApiRequest asked = api_request(request);
    asked.context.user = user_ + "-authz";
    ApiAnswer answer =
        is_version_4(request, asked.path) ? router_.answer(asked) : error_page(400, "Bad Request");
    answer.headers.emplace_back("Correlation-Id", asked.context.correlation_id);
    if (!admission.new_cookie.empty()) {
      answer.headers.emplace_back("Set-Cookie",
                                  fmt::format("{}={}; path={}; secure; HttpOnly", session_cookie,
                                              admission.new_cookie, api_root));
    }
    if (admission.ends_after) sessions_.revoke(admission.token);
    return answer;
  }

  const Certificates certificates_;
  Sessions sessions_;
  const std::string user_;
  const Router router_;
  httplib::SSLServer server_;
  std::uint16_t port_ = 0;
  std::jthread thread_;  // last: ends before anything it uses
};

ApiServer::ApiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiServer::~ApiServer() = default;

Result<std::unique_ptr<ApiServer>> ApiServer::start(const ApiConfig& config, ManagerPort& manager,
                                                    Clock& clock) {
  SPLITSITE_TRY(Certificates certificates,
                load_or_make_certificates(config.directory, config.names));
  auto impl = std::make_unique<Impl>(config, std::move(certificates), manager, clock);
  SPLITSITE_TRY_VOID(impl->listen(config));
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(impl)));
}

std::uint16_t ApiServer::port() const { return impl_->port(); }
const std::string& ApiServer::ca_pem() const { return impl_->ca_pem(); }

}  // namespace splitsite::reference
