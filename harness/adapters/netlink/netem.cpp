#include "harness/adapters/netlink/netem.hpp"

#include <fmt/format.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "harness/adapters/netlink/netem_options.hpp"
#include "harness/adapters/netlink/request.hpp"

namespace splitsite::netlink {
namespace {

constexpr std::uint32_t own_handle = 0x00010000;  // "1:"
constexpr const char* module = "sch_netem";

// The root discipline of one device, as dumped.
struct Root {
  int device = 0;
  std::optional<NetemLeaf> leaf;
  std::optional<std::string> foreign;  // kind of a discipline that is not ours
};

std::uint64_t dropped_in(nlattr* statistics) {
  const nlattr* queue =
      nla_find(static_cast<nlattr*>(nla_data(statistics)), nla_len(statistics), TCA_STATS_QUEUE);
  gnet_stats_queue counters{};
  if (queue == nullptr || nla_len(queue) < static_cast<int>(sizeof counters)) return 0;
  std::memcpy(&counters, nla_data(queue), sizeof counters);
  return counters.drops;
}

void look_at(nlmsghdr* header, Root& root) {
  const auto* discipline = static_cast<const tcmsg*>(nlmsg_data(header));
  if (header->nlmsg_type != RTM_NEWQDISC || discipline->tcm_ifindex != root.device ||
      discipline->tcm_parent != TC_H_ROOT) {
    return;
  }
  std::array<nlattr*, TCA_MAX + 1> attributes{};
  if (nlmsg_parse(header, sizeof(tcmsg), attributes.data(), TCA_MAX, nullptr) < 0) return;
  nlattr* kind = attributes[TCA_KIND];
  nlattr* options = attributes[TCA_OPTIONS];
  if (discipline->tcm_handle == own_handle && kind != nullptr && options != nullptr &&
      nla_strcmp(kind, "netem") == 0) {
    root.leaf = leaf_from(options);
    if (nlattr* statistics = attributes[TCA_STATS2]) root.leaf->dropped = dropped_in(statistics);
  } else if (discipline->tcm_handle != 0 && kind != nullptr) {  // 0: the kernel's default
    root.foreign = nla_get_string(kind);
  }
}

// Asked of the socket's own namespace, which need not be the calling thread's.
Result<int> index_of(nl_sock* socket, const std::string& device) {
  ifreq request{};
  if (device.size() >= sizeof request.ifr_name) {
    return failure("find the network device", device, Answer{.error = ENODEV}, module);
  }
  std::memcpy(request.ifr_name, device.data(), device.size());
  if (::ioctl(nl_socket_get_fd(socket), SIOCGIFINDEX, &request) != 0) {
    return failure("find the network device", device, Answer{.error = errno}, module);
  }
  return request.ifr_ifindex;
}

// A leaf passes, delays or loses packets; it cannot answer them and does not look at their length.
Result<void> only_a_leaf(const Impairment& impairment) {
  SPLITSITE_TRY_VOID(validate(impairment));
  if (leaf_part(impairment, false) == impairment) return success();
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "accept the",
               .subject = "impairment",
               .why = "a cut, flapping or a longest packet is not a netem leaf's to do"};
}

}  // namespace

Result<Netem> Netem::open() {
  SPLITSITE_TRY(Socket socket, open_socket(NETLINK_ROUTE));
  return Netem(std::move(socket));
}

Result<NetemLeaf> Netem::read(const std::string& device) {
  SPLITSITE_TRY(const int index, index_of(socket_.get(), device));
  Message message(nlmsg_alloc_simple(RTM_GETQDISC, NLM_F_DUMP));
  tcmsg wanted{.tcm_family = AF_UNSPEC, .tcm_ifindex = index};
  if (!message || nlmsg_append(message.get(), &wanted, sizeof wanted, NLMSG_ALIGNTO) < 0) {
    return failure("read the netem leaf of", device, Answer{.error = ENOMEM}, module);
  }
  Root root{.device = index};
  const Answer answer =
      exchange(socket_.get(), message.get(), [&](nlmsghdr* dumped) { look_at(dumped, root); });
  if (answer.error != 0) return failure("read the netem leaf of", device, answer, module);
  if (root.leaf) return *root.leaf;
  const std::string why = root.foreign
                              ? fmt::format("its root is {}, set by somebody else", *root.foreign)
                              : "it has none";
  return Error{.kind = root.foreign ? ErrorKind::Conflict : ErrorKind::Unavailable,
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
  SPLITSITE_TRY_VOID(only_a_leaf(impairment));
  // Neither CREATE nor REPLACE: the kernel changes the leaf with our handle, or refuses.
  return send_leaf(device, impairment, 0, "change the netem leaf of");
}

Result<void> Netem::send_leaf(const std::string& device, const Impairment& impairment, int flags,
                              const std::string& attempted) {
  SPLITSITE_TRY(const int index, index_of(socket_.get(), device));
  Message message(nlmsg_alloc_size(options_room(impairment)));
  tcmsg header{.tcm_family = AF_UNSPEC,
               .tcm_ifindex = index,
               .tcm_handle = own_handle,
               .tcm_parent = TC_H_ROOT};
  if (!message ||
      nlmsg_put(message.get(), NL_AUTO_PORT, NL_AUTO_SEQ, RTM_NEWQDISC, 0,
                NLM_F_REQUEST | NLM_F_ACK | flags) == nullptr ||
      nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0 ||
      nla_put_string(message.get(), TCA_KIND, "netem") < 0 ||
      !put_options(message.get(), impairment)) {
    return failure(attempted, device, Answer{.error = ENOMEM}, module);
  }
  const Answer answer = exchange(socket_.get(), message.get());
  if (answer.error != 0) return failure(attempted, device, answer, module);
  return success();
}

}  // namespace splitsite::netlink
