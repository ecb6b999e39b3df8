#include "harness/adapters/netlink/netem_options.hpp"

#include <linux/rtnetlink.h>

#include <vector>

#include "scripts/testing/catch.hpp"

namespace splitsite::netlink {
namespace {

using namespace std::chrono_literals;

// Written into a message and read from it, as if the kernel had kept it.
NetemLeaf through_a_message(const Impairment& impairment) {
  nl_msg* message = nlmsg_alloc_size(options_room(impairment));
  nlmsg_put(message, 0, 0, RTM_NEWQDISC, sizeof(tcmsg), 0);
  REQUIRE(put_options(message, impairment));
  const NetemLeaf leaf = leaf_from(nlmsg_find_attr(nlmsg_hdr(message), sizeof(tcmsg), TCA_OPTIONS));
  nlmsg_free(message);
  return leaf;
}

TEST_CASE("Whatever a leaf can do goes out and comes back") {
  const std::vector<Impairment> asked = {
      {},
      {.delay = 3500us},
      {.delay = 60s, .jitter = 5ms, .delay_correlation_percent = 25},
      {.loss_percent = 1.5, .loss_correlation_percent = 30},
      {.loss_percent = 100},
      {.bursts = BurstLoss{0.1, 20, 90, 0.01}},
      {.duplicate_percent = 3, .corrupt_percent = 0.5},
      {.delay = 10ms, .reorder_percent = 25},
      {.rate_bits_per_second = 10'000'000},
      {.rate_bits_per_second = 40'000'000'000},
  };
  for (const Impairment& impairment : asked) {
    INFO(describe(impairment));
    const NetemLeaf leaf = through_a_message(impairment);
    CHECK(same_leaf(impairment, leaf.impairment));
    CHECK(leaf.limit == limit_for(impairment));
  }
}

TEST_CASE("Two leaves that differ in anything the kernel tells are not the same") {
  const Impairment clear;
  CHECK(same_leaf(clear, clear));
  CHECK_FALSE(same_leaf(clear, {.delay = 1us}));
  CHECK_FALSE(same_leaf(clear, {.loss_percent = 0.001}));
  CHECK_FALSE(same_leaf(clear, {.bursts = BurstLoss{1, 1, 100, 0}}));
  CHECK_FALSE(same_leaf(clear, {.duplicate_percent = 1}));
  CHECK_FALSE(same_leaf(clear, {.corrupt_percent = 1}));
  CHECK_FALSE(same_leaf(clear, {.reorder_percent = 1}));
  CHECK_FALSE(same_leaf(clear, {.rate_bits_per_second = 8000}));
  CHECK_FALSE(same_leaf({.bursts = BurstLoss{1, 1, 100, 0}}, {.bursts = BurstLoss{1, 2, 100, 0}}));
}

TEST_CASE("The shape of a jitter is sent as a table, also the even one, and none without jitter") {
  const auto sends_table = [](const Impairment& impairment) {
    nl_msg* message = nlmsg_alloc_size(options_room(impairment));
    nlmsg_put(message, 0, 0, RTM_NEWQDISC, sizeof(tcmsg), 0);
    REQUIRE(put_options(message, impairment));
    const bool large = nlmsg_hdr(message)->nlmsg_len > 8192;
    nlmsg_free(message);
    return large;
  };
  CHECK_FALSE(sends_table({.delay = 5ms}));
  CHECK(sends_table({.delay = 5ms, .jitter = 1ms}));
  CHECK(sends_table({.delay = 5ms, .jitter = 1ms, .shape = DelayShape::Pareto}));
}

TEST_CASE("A message without room is refused, not cut short") {
  nl_msg* message = nlmsg_alloc_size(256);
  nlmsg_put(message, 0, 0, RTM_NEWQDISC, sizeof(tcmsg), 0);
  CHECK_FALSE(put_options(message, {.delay = 5ms, .jitter = 1ms}));
  nlmsg_free(message);
}

}  // namespace
}  // namespace splitsite::netlink
