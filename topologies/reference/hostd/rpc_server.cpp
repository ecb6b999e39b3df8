#include "topologies/reference/hostd/rpc_server.hpp"

#include <fmt/format.h>
#include <httplib.h>

#include <cstring>
#include <thread>
#include <utility>

namespace splitsite::reference::hostd {
namespace {

// Verbs may keep their caller for seconds: enough threads that the others go on meanwhile.
constexpr std::size_t kThreads = 16;
constexpr std::size_t kLargestRequest = 64 * 1024;

rpc::Reply answer(const RpcServer::Handler& handler, const std::string& text) {
  const auto request = rpc::decode_request(text);
  if (request) return handler(request.value());
  const auto code =
      rpc::is_unknown_method(text) ? rpc::Code::NotImplemented : rpc::Code::MissingParameter;
  return rpc::Error{.code = static_cast<int>(code), .message = request.error().message()};
}

}  // namespace

struct RpcServer::Impl {
  httplib::Server server;
  Handler handler;
  std::uint16_t port = 0;
  std::thread thread;

  ~Impl() {
    server.stop();
    if (thread.joinable()) thread.join();
  }
};

Result<RpcServer> RpcServer::listen(const std::string& address, std::uint16_t port,
                                    Handler handler) {
  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  httplib::Server& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_payload_max_length(kLargestRequest);
  server.set_tcp_nodelay(true);
  // One request a connection: httplib looks at an idle one a hundred times a second.
  server.set_keep_alive_max_count(1);
  server.Post(rpc::kPath, [self = impl.get()](const httplib::Request& request,
                                              httplib::Response& response) {
    response.set_content(rpc::encode(answer(self->handler, request.body)), "application/json");
  });

  const int bound = port == 0 ? server.bind_to_any_port(address)
                              : (server.bind_to_port(address, port) ? port : -1);
  if (bound <= 0)
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "listen for the Manager",
                 .subject = fmt::format("{}:{}", address, port),
                 .why = errno_text(errno)};
  impl->port = static_cast<std::uint16_t>(bound);
  impl->thread = std::thread([&server] { server.listen_after_bind(); });
  // A server that was stopped before it ran would run for ever.
  while (!server.is_running()) std::this_thread::yield();
  return RpcServer(std::move(impl));
}

RpcServer::RpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RpcServer::RpcServer(RpcServer&&) noexcept = default;
RpcServer& RpcServer::operator=(RpcServer&&) noexcept = default;
RpcServer::~RpcServer() = default;

std::uint16_t RpcServer::port() const { return impl_->port; }

}  // namespace splitsite::reference::hostd
