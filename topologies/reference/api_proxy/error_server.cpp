#include "topologies/reference/api_proxy/error_server.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <thread>

#include "harness/time/eventually.hpp"

namespace splitsite::reference {

class ErrorServer::Impl {
 public:
  Impl(int status, const std::string& directory)
      : server_((directory + "/server.pem").c_str(), (directory + "/server.key").c_str()) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(8); };
    server_.set_keep_alive_timeout(5);
    server_.set_tcp_nodelay(true);
    server_.set_pre_routing_handler([status](const auto&, auto& response) {
      response.status = status;
      // As oVirt's faults look.
      response.set_content(
          fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"
                      "<fault><detail>HTTP {}</detail><reason>Operation Failed</reason></fault>",
                      status),
          "application/xml");
      return httplib::Server::HandlerResponse::Handled;
    });
  }
  ~Impl() { server_.stop(); }

  Result<void> listen() {
    const Error cannot{
        .kind = ErrorKind::Unavailable,
        .attempted = "serve errors",
        .why = server_.is_valid() ? "no port is free" : "the server's certificate is not usable"};
    if (!server_.is_valid()) return cannot;
    port_ = server_.bind_to_any_port("127.0.0.1");
    if (port_ <= 0) return cannot;
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    // A stop() before the loop has begun would be lost, and the destructor wait for ever.
    const Wait begun{.what = "the error server to listen", .bound = std::chrono::seconds(5)};
    SPLITSITE_TRY_VOID(eventually<bool>(steady_clock(), begun, [this]() -> Probed<bool> {
      if (server_.is_running()) return true;
      return NotYet{"its thread has not begun"};
    }));
    return success();
  }

  int port() const { return port_; }

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::jthread thread_;  // last: ends before what it uses
};

ErrorServer::ErrorServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ErrorServer::~ErrorServer() = default;

Result<std::unique_ptr<ErrorServer>> ErrorServer::start(int status, const std::string& directory) {
  auto impl = std::make_unique<Impl>(status, directory);
  SPLITSITE_TRY_VOID(impl->listen());
  return std::unique_ptr<ErrorServer>(new ErrorServer(std::move(impl)));
}

sockaddr_in ErrorServer::address() const {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(static_cast<std::uint16_t>(impl_->port()));
  return at;
}

}  // namespace splitsite::reference
