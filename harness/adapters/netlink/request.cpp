#include "harness/adapters/netlink/request.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <optional>

namespace splitsite::netlink {
namespace {

// More than the kernel puts into one answer of a dump.
constexpr std::size_t answer_room = 32768;

struct CallbackPolicy {
  using Type = nl_cb*;
  static Type empty() { return nullptr; }
  static void close(Type callbacks) noexcept { nl_cb_put(callbacks); }
};

struct Conversation {
  Answer answer;
  bool finished = false;
  const std::function<void(nlmsghdr*)>* on_message = nullptr;
  // A transaction's: which acknowledgements end it. Nothing: the first one does.
  std::optional<unsigned> first;
  unsigned last = 0;

  bool ends_with(unsigned sequence) const {
    return !first || sequence == *first || sequence == last;
  }
};

// The extended acknowledgement follows the request's copy, or its header alone if it was capped.
std::string explanation_in(const nlmsgerr& error) {
  const auto* header = reinterpret_cast<const nlmsghdr*>(&error) - 1;
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  std::size_t skipped = sizeof(nlmsgerr);
  if ((header->nlmsg_flags & NLM_F_CAPPED) == 0) skipped += error.msg.nlmsg_len - NLMSG_HDRLEN;
  const std::size_t payload = header->nlmsg_len - NLMSG_HDRLEN;
  if (payload <= skipped) return {};
  const auto* start = reinterpret_cast<const char*>(&error) + NLMSG_ALIGN(skipped);
  const nlattr* text = nla_find(reinterpret_cast<const nlattr*>(start),
                                static_cast<int>(payload - skipped), NLMSGERR_ATTR_MSG);
  return text == nullptr ? std::string{} : nla_get_string(text);
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* argument) {
  auto& conversation = *static_cast<Conversation*>(argument);
  if (conversation.answer.error == 0) {
    conversation.answer = {-error->error, explanation_in(*error)};
  }
  if (conversation.ends_with(error->msg.nlmsg_seq)) conversation.finished = true;
  return NL_SKIP;  // NL_STOP would make the read itself fail, like one that timed out
}

int on_acknowledged(nl_msg* message, void* argument) {
  auto& conversation = *static_cast<Conversation*>(argument);
  const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(nlmsg_hdr(message)));
  if (conversation.ends_with(error->msg.nlmsg_seq)) conversation.finished = true;
  return NL_STOP;
}

int on_end(nl_msg*, void* argument) {
  static_cast<Conversation*>(argument)->finished = true;
  return NL_STOP;
}

int on_valid(nl_msg* message, void* argument) {
  const auto* on_message = static_cast<Conversation*>(argument)->on_message;
  if (on_message != nullptr && *on_message) (*on_message)(nlmsg_hdr(message));
  return NL_OK;
}

int any_sequence(nl_msg*, void*) { return NL_OK; }

Answer converse(nl_sock* socket, Conversation& conversation) {
  UniqueHandle<CallbackPolicy> callbacks(nl_cb_alloc(NL_CB_DEFAULT));
  if (!callbacks) return {.error = ENOMEM};
  nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &conversation);
  nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, on_acknowledged, &conversation);
  nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_end, &conversation);
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &conversation);
  nl_cb_set(callbacks.get(), NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, nullptr);
  while (!conversation.finished) {
    const int code = nl_recvmsgs(socket, callbacks.get());
    if (code < 0) return {.error = code == -NLE_AGAIN ? ETIME : EIO};
  }
  return conversation.answer;
}

// ENOENT also says that a leaf or a table is not there, which no module would change.
bool kind_is_unknown(const Answer& answer) {
  if (answer.error == ENOENT) return answer.explanation.find("unknown") != std::string::npos;
  return answer.error != ENODEV;
}

}  // namespace

void SocketPolicy::close(Type socket) noexcept { nl_socket_free(socket); }

Result<Socket> open_socket(int protocol) {
  Socket socket(nl_socket_alloc());
  if (!socket || nl_connect(socket.get(), protocol) < 0) {
    return failure("open a netlink socket", {}, Answer{.error = errno}, {});
  }
  // Room for any answer at once, or each is read twice: first for its length.
  nl_socket_disable_msg_peek(socket.get());
  if (nl_socket_set_msg_buf_size(socket.get(), answer_room) < 0) {
    return failure("make room for the answers of", "a netlink socket", Answer{.error = ENOMEM}, {});
  }
  const int yes = 1;
  const timeval patience{.tv_sec = 2, .tv_usec = 0};
  const int fd = nl_socket_get_fd(socket.get());
  // Without these the kernel's explanations are missing, which is no reason to fail.
  ::setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof yes);
  ::setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return socket;
}

Answer exchange(nl_sock* socket, nl_msg* message,
                const std::function<void(nlmsghdr*)>& on_message) {
  if (nl_send_auto(socket, message) < 0) return {.error = EIO};
  Conversation conversation;
  conversation.on_message = &on_message;
  return converse(socket, conversation);
}

Answer exchange_batch(nl_sock* socket, const std::string& bytes, unsigned first, unsigned last) {
  if (nl_sendto(socket, const_cast<char*>(bytes.data()), bytes.size()) < 0) return {.error = EIO};
  Conversation conversation;
  conversation.first = first;
  conversation.last = last;
  return converse(socket, conversation);
}

Error failure(const std::string& attempted, const std::string& subject, const Answer& answer,
              const std::string& module) {
  ErrorKind kind = ErrorKind::Internal;
  std::string hint;
  switch (answer.error) {
    case EPERM:
    case EACCES:
      kind = ErrorKind::Refused;
      hint = "run as root";
      break;
    case EINVAL:
    case ERANGE:
      kind = ErrorKind::Invalid;
      break;
    case EEXIST:
    case EBUSY:
      kind = ErrorKind::Conflict;
      break;
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
      kind = ErrorKind::Unavailable;
      if (kind_is_unknown(answer) && !module.empty()) hint = "load the module " + module;
      break;
    case ETIME:
      kind = ErrorKind::TimedOut;
      break;
    default:
      break;
  }
  std::string why = errno_text(answer.error);
  if (!answer.explanation.empty()) why += fmt::format(" ({})", answer.explanation);
  return Error{.kind = kind, .attempted = attempted, .subject = subject, .why = why, .hint = hint};
}

}  // namespace splitsite::netlink
