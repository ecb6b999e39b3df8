#include "harness/adapters/netlink/netem.hpp"

#include <fmt/format.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace splitsite::netlink {
namespace {

constexpr std::uint32_t own_handle = 0x00010000;  // "1:"

struct MessagePolicy {
  using Type = nl_msg*;
  static Type empty() { return nullptr; }
  static void close(Type message) noexcept { nlmsg_free(message); }
};
using Message = UniqueHandle<MessagePolicy>;

struct CallbackPolicy {
  using Type = nl_cb*;
  static Type empty() { return nullptr; }
  static void close(Type callbacks) noexcept { nl_cb_put(callbacks); }
};

// What the kernel said to one request.
struct Answer {
  int error = 0;  // errno
  std::string explanation;
  bool finished = false;
  std::optional<NetemLeaf> leaf;
  std::optional<std::string> foreign_root;  // kind of a root discipline that is not ours
  int device = 0;                           // whose disciplines are looked for
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
  auto& answer = *static_cast<Answer*>(argument);
  answer.error = -error->error;
  answer.explanation = explanation_in(*error);
  answer.finished = true;
  return NL_STOP;
}

int on_end(nl_msg*, void* argument) {
  static_cast<Answer*>(argument)->finished = true;
  return NL_STOP;
}

// A packed options attribute: the fixed part, then nested attributes.
NetemLeaf leaf_from(const nlattr* options) {
  NetemLeaf leaf;
  tc_netem_qopt fixed{};
  if (nla_len(options) < static_cast<int>(sizeof fixed)) return leaf;
  std::memcpy(&fixed, nla_data(options), sizeof fixed);
  leaf.limit = fixed.limit;
  leaf.impairment.loss_percent = percent_from_probability(fixed.loss);
  const auto* nested = reinterpret_cast<const nlattr*>(static_cast<const char*>(nla_data(options)) +
                                                       NLA_ALIGN(sizeof fixed));
  const int rest = nla_len(options) - static_cast<int>(NLA_ALIGN(sizeof fixed));
  const auto time_in = [&](int type) {
    const nlattr* found = nla_find(nested, rest, type);
    return Duration(found == nullptr ? 0 : static_cast<std::int64_t>(nla_get_u64(found)));
  };
  leaf.impairment.delay = time_in(TCA_NETEM_LATENCY64);
  leaf.impairment.jitter = time_in(TCA_NETEM_JITTER64);
  return leaf;
}

std::uint64_t dropped_in(nlattr* statistics) {
  const nlattr* queue =
      nla_find(static_cast<nlattr*>(nla_data(statistics)), nla_len(statistics), TCA_STATS_QUEUE);
  gnet_stats_queue counters{};
  if (queue == nullptr || nla_len(queue) < static_cast<int>(sizeof counters)) return 0;
  std::memcpy(&counters, nla_data(queue), sizeof counters);
  return counters.drops;
}

int on_discipline(nl_msg* message, void* argument) {
  auto& answer = *static_cast<Answer*>(argument);
  nlmsghdr* header = nlmsg_hdr(message);
  const auto* discipline = static_cast<const tcmsg*>(nlmsg_data(header));
  if (header->nlmsg_type != RTM_NEWQDISC || discipline->tcm_ifindex != answer.device ||
      discipline->tcm_parent != TC_H_ROOT) {
    return NL_OK;
  }
  std::array<nlattr*, TCA_MAX + 1> attributes{};
  if (nlmsg_parse(header, sizeof(tcmsg), attributes.data(), TCA_MAX, nullptr) < 0) return NL_OK;
  nlattr* kind = attributes[TCA_KIND];
  nlattr* options = attributes[TCA_OPTIONS];
  if (discipline->tcm_handle == own_handle && kind != nullptr && options != nullptr &&
      nla_strcmp(kind, "netem") == 0) {
    answer.leaf = leaf_from(options);
    if (nlattr* statistics = attributes[TCA_STATS2]) answer.leaf->dropped = dropped_in(statistics);
  } else if (discipline->tcm_handle != 0 && kind != nullptr) {  // 0: the kernel's default
    answer.foreign_root = nla_get_string(kind);
  }
  return NL_OK;
}

// Sends `message` and reads until it is acknowledged, refused or all is dumped.
Answer exchange(nl_sock* socket, nl_msg* message, int device) {
  Answer answer{.device = device};
  UniqueHandle<CallbackPolicy> callbacks(nl_cb_alloc(NL_CB_DEFAULT));
  if (!callbacks || nl_send_auto(socket, message) < 0) {
    answer.error = EIO;
    return answer;
  }
  nl_cb_err(callbacks.get(), NL_CB_CUSTOM, on_error, &answer);
  nl_cb_set(callbacks.get(), NL_CB_ACK, NL_CB_CUSTOM, on_end, &answer);
  nl_cb_set(callbacks.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_end, &answer);
  nl_cb_set(callbacks.get(), NL_CB_VALID, NL_CB_CUSTOM, on_discipline, &answer);
  while (!answer.finished) {
    if (nl_recvmsgs(socket, callbacks.get()) < 0 && !answer.finished) {
      answer.error = EIO;
      return answer;
    }
  }
  return answer;
}

Error failure(const std::string& attempted, const std::string& device, const Answer& answer) {
  ErrorKind kind = ErrorKind::Internal;
  std::string hint;
  if (answer.error == EPERM || answer.error == EACCES) {
    kind = ErrorKind::Refused;
    hint = "run as root";
  } else if (answer.error == EINVAL || answer.error == ERANGE) {
    kind = ErrorKind::Invalid;
  } else if (answer.error == EEXIST) {
    kind = ErrorKind::Conflict;
  } else if (answer.error == ENOENT || answer.error == ENODEV) {
    kind = ErrorKind::Unavailable;
    if (answer.explanation.find("unknown") != std::string::npos) hint = "load the module sch_netem";
  }
  std::string why = errno_text(answer.error);
  if (!answer.explanation.empty()) why += fmt::format(" ({})", answer.explanation);
  return Error{.kind = kind, .attempted = attempted, .subject = device, .why = why, .hint = hint};
}

// Asked of the socket's own namespace, which need not be the calling thread's.
Result<int> index_of(nl_sock* socket, const std::string& device) {
  ifreq request{};
  if (device.size() >= sizeof request.ifr_name) {
    return failure("find the network device", device, Answer{.error = ENODEV});
  }
  std::memcpy(request.ifr_name, device.data(), device.size());
  if (::ioctl(nl_socket_get_fd(socket), SIOCGIFINDEX, &request) != 0) {
    return failure("find the network device", device, Answer{.error = errno});
  }
  return request.ifr_ifindex;
}

// netem keeps what a change does not mention, so every attribute is sent, also the ones at zero.
bool put_shape(nl_msg* message, const Impairment& impairment) {
  tc_netem_qopt fixed{};
  fixed.limit = limit_for(impairment);
  fixed.loss = probability_from_percent(impairment.loss_percent);
  const tc_netem_corr correlation{};
  const tc_netem_reorder reorder{};
  const tc_netem_corrupt corrupt{};
  const tc_netem_rate rate{};
  const auto delay = static_cast<std::uint64_t>(impairment.delay.count());
  const auto jitter = static_cast<std::uint64_t>(impairment.jitter.count());
  nlattr* options = nla_nest_start(message, TCA_OPTIONS);
  if (options == nullptr || nlmsg_append(message, &fixed, sizeof fixed, NLA_ALIGNTO) < 0 ||
      nla_put(message, TCA_NETEM_CORR, sizeof correlation, &correlation) < 0 ||
      nla_put(message, TCA_NETEM_REORDER, sizeof reorder, &reorder) < 0 ||
      nla_put(message, TCA_NETEM_CORRUPT, sizeof corrupt, &corrupt) < 0 ||
      nla_put(message, TCA_NETEM_RATE, sizeof rate, &rate) < 0 ||
      nla_put_u64(message, TCA_NETEM_LATENCY64, delay) < 0 ||
      nla_put_u64(message, TCA_NETEM_JITTER64, jitter) < 0) {
    return false;
  }
  nla_nest_end(message, options);
  return true;
}

}  // namespace

void NetemSocketPolicy::close(Type socket) noexcept { nl_socket_free(socket); }

Result<Netem> Netem::open() {
  UniqueHandle<NetemSocketPolicy> socket(nl_socket_alloc());
  if (!socket || nl_connect(socket.get(), NETLINK_ROUTE) < 0) {
    return failure("open a netlink socket", {}, Answer{.error = errno});
  }
  const int yes = 1;
  // Without these the kernel's explanations are missing, which is no reason to fail.
  ::setsockopt(nl_socket_get_fd(socket.get()), SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof yes);
  ::setsockopt(nl_socket_get_fd(socket.get()), SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);
  return Netem(std::move(socket));
}

Result<NetemLeaf> Netem::read(const std::string& device) {
  SPLITSITE_TRY(const int index, index_of(socket_.get(), device));
  Message message(nlmsg_alloc_simple(RTM_GETQDISC, NLM_F_DUMP));
  tcmsg wanted{.tcm_family = AF_UNSPEC, .tcm_ifindex = index};
  if (!message || nlmsg_append(message.get(), &wanted, sizeof wanted, NLMSG_ALIGNTO) < 0) {
    return failure("read the netem leaf of", device, Answer{.error = ENOMEM});
  }
  const Answer answer = exchange(socket_.get(), message.get(), index);
  if (answer.error != 0) return failure("read the netem leaf of", device, answer);
  if (answer.leaf) return *answer.leaf;
  const std::string why = answer.foreign_root ? fmt::format("its root is {}, set by somebody else",
                                                            *answer.foreign_root)
                                              : "it has none";
  return Error{.kind = answer.foreign_root ? ErrorKind::Conflict : ErrorKind::Unavailable,
               .attempted = "read the netem leaf of",
               .subject = device,
               .why = why};
}

Result<void> Netem::install(const std::string& device) {
  const auto present = read(device);
  if (present) return success();
  if (present.error().kind == ErrorKind::Conflict) {
    return present.error().while_attempting("install a netem leaf on", device);
  }
  return send_leaf(device, {}, NLM_F_CREATE | NLM_F_EXCL, "install a netem leaf on");
}

Result<void> Netem::change(const std::string& device, const Impairment& impairment) {
  SPLITSITE_TRY_VOID(validate(impairment));
  // Neither CREATE nor REPLACE: the kernel changes the leaf with our handle, or refuses.
  return send_leaf(device, impairment, 0, "change the netem leaf of");
}

Result<void> Netem::send_leaf(const std::string& device, const Impairment& impairment, int flags,
                              const std::string& attempted) {
  SPLITSITE_TRY(const int index, index_of(socket_.get(), device));
  Message message(nlmsg_alloc_simple(RTM_NEWQDISC, NLM_F_REQUEST | NLM_F_ACK | flags));
  tcmsg header{.tcm_family = AF_UNSPEC,
               .tcm_ifindex = index,
               .tcm_handle = own_handle,
               .tcm_parent = TC_H_ROOT};
  if (!message || nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
      nla_put_string(message.get(), TCA_KIND, "netem") < 0 ||
      !put_shape(message.get(), impairment)) {
    return failure(attempted, device, Answer{.error = ENOMEM});
  }
  const Answer answer = exchange(socket_.get(), message.get(), index);
  if (answer.error != 0) return failure(attempted, device, answer);
  return success();
}

}  // namespace splitsite::netlink
