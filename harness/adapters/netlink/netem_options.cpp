#include "harness/adapters/netlink/netem_options.hpp"

#include <linux/pkt_sched.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "harness/adapters/netlink/delay_table.hpp"

namespace splitsite::netlink {
namespace {

constexpr std::uint64_t u32_most = std::numeric_limits<std::uint32_t>::max();

template <class T>
bool put(nl_msg* message, int type, const T& value) {
  return nla_put(message, type, sizeof value, &value) >= 0;
}

// The nested attributes of a leaf as the kernel dumps them, after the fixed part.
class Nested {
 public:
  Nested(const nlattr* first, int length) : first_(first), length_(length) {}

  template <class T>
  std::optional<T> find(int type) const {
    const nlattr* found = nla_find(first_, length_, type);
    T value{};
    if (found == nullptr || nla_len(found) < static_cast<int>(sizeof value)) return std::nullopt;
    std::memcpy(&value, nla_data(found), sizeof value);
    return value;
  }
  const nlattr* find(int type) const { return nla_find(first_, length_, type); }

 private:
  const nlattr* first_;
  int length_;
};

// The table of a delay that never differs would not be looked at.
bool has_table(const Impairment& impairment) { return impairment.jitter != Duration::zero(); }

bool put_table(nl_msg* message, const Impairment& impairment) {
  if (!has_table(impairment)) return true;
  const auto& table = delay_table(impairment.shape);
  const auto bytes = static_cast<int>(table.size() * sizeof table.front());
  return nla_put(message, TCA_NETEM_DELAY_DIST, bytes, table.data()) >= 0;
}

bool put_loss(nl_msg* message, const Impairment& impairment) {
  if (!impairment.bursts) return true;  // without it, the kernel goes back to random loss
  const BurstLoss& bursts = *impairment.bursts;
  const tc_netem_gemodel model{
      .p = probability_from_percent(bursts.enter_percent),
      .r = probability_from_percent(bursts.leave_percent),
      .h = probability_from_percent(100 - bursts.bad_loss_percent),  // what a burst lets pass
      .k1 = probability_from_percent(bursts.good_loss_percent)};
  nlattr* nest = nla_nest_start(message, TCA_NETEM_LOSS);
  if (nest == nullptr || !put(message, NETEM_LOSS_GE, model)) return false;
  nla_nest_end(message, nest);
  return true;
}

bool put_rate(nl_msg* message, const Impairment& impairment) {
  const std::uint64_t rate = impairment.rate_bits_per_second / 8;
  const tc_netem_rate low{.rate = static_cast<std::uint32_t>(std::min(rate, u32_most))};
  return put(message, TCA_NETEM_RATE, low) &&
         (rate < u32_most || nla_put_u64(message, TCA_NETEM_RATE64, rate) >= 0);
}

bool put_attributes(nl_msg* message, const Impairment& impairment) {
  const tc_netem_corr correlations{
      .delay_corr = probability_from_percent(impairment.delay_correlation_percent),
      .loss_corr = probability_from_percent(impairment.loss_correlation_percent)};
  const tc_netem_reorder reorder{probability_from_percent(impairment.reorder_percent), 0};
  const tc_netem_corrupt corrupt{probability_from_percent(impairment.corrupt_percent), 0};
  const auto delay = static_cast<std::uint64_t>(impairment.delay.count());
  const auto jitter = static_cast<std::uint64_t>(impairment.jitter.count());
  return put(message, TCA_NETEM_CORR, correlations) && put(message, TCA_NETEM_REORDER, reorder) &&
         put(message, TCA_NETEM_CORRUPT, corrupt) && put_rate(message, impairment) &&
         nla_put_u64(message, TCA_NETEM_LATENCY64, delay) >= 0 &&
         nla_put_u64(message, TCA_NETEM_JITTER64, jitter) >= 0 && put_loss(message, impairment) &&
         put_table(message, impairment);
}

void read_loss(const Nested& nested, Impairment& impairment) {
  const nlattr* nest = nested.find(TCA_NETEM_LOSS);
  if (nest == nullptr) return;
  const Nested models(static_cast<const nlattr*>(nla_data(nest)), nla_len(nest));
  if (const auto model = models.find<tc_netem_gemodel>(NETEM_LOSS_GE)) {
    impairment.bursts = BurstLoss{.enter_percent = percent_from_probability(model->p),
                                  .leave_percent = percent_from_probability(model->r),
                                  .bad_loss_percent = 100 - percent_from_probability(model->h),
                                  .good_loss_percent = percent_from_probability(model->k1)};
  }
}

void read_rate(const Nested& nested, Impairment& impairment) {
  const auto low = nested.find<tc_netem_rate>(TCA_NETEM_RATE);
  const auto high = nested.find<std::uint64_t>(TCA_NETEM_RATE64);
  impairment.rate_bits_per_second = 8 * high.value_or(low ? low->rate : 0);
}

}  // namespace

std::size_t options_room(const Impairment& impairment) {
  return has_table(impairment) ? 16 * 1024 : 1024;
}

bool put_options(nl_msg* message, const Impairment& impairment) {
  tc_netem_qopt fixed{};
  fixed.limit = limit_for(impairment);
  fixed.loss = probability_from_percent(impairment.loss_percent);
  fixed.duplicate = probability_from_percent(impairment.duplicate_percent);
  // A gap of one makes every packet a candidate for overtaking; the share follows separately.
  fixed.gap = impairment.reorder_percent > 0 ? 1 : 0;
  nlattr* options = nla_nest_start(message, TCA_OPTIONS);
  if (options == nullptr || nlmsg_append(message, &fixed, sizeof fixed, NLA_ALIGNTO) < 0 ||
      !put_attributes(message, impairment)) {
    return false;
  }
  nla_nest_end(message, options);
  return true;
}

NetemLeaf leaf_from(const nlattr* options) {
  NetemLeaf leaf;
  tc_netem_qopt fixed{};
  if (nla_len(options) < static_cast<int>(sizeof fixed)) return leaf;
  std::memcpy(&fixed, nla_data(options), sizeof fixed);
  leaf.limit = fixed.limit;
  Impairment& impairment = leaf.impairment;
  const Nested nested(reinterpret_cast<const nlattr*>(static_cast<const char*>(nla_data(options)) +
                                                      NLA_ALIGN(sizeof fixed)),
                      nla_len(options) - static_cast<int>(NLA_ALIGN(sizeof fixed)));
  impairment.delay = Duration(nested.find<std::int64_t>(TCA_NETEM_LATENCY64).value_or(0));
  impairment.jitter = Duration(nested.find<std::int64_t>(TCA_NETEM_JITTER64).value_or(0));
  impairment.loss_percent = percent_from_probability(fixed.loss);
  impairment.duplicate_percent = percent_from_probability(fixed.duplicate);
  if (const auto correlations = nested.find<tc_netem_corr>(TCA_NETEM_CORR)) {
    impairment.delay_correlation_percent = percent_from_probability(correlations->delay_corr);
    impairment.loss_correlation_percent = percent_from_probability(correlations->loss_corr);
  }
  if (const auto reorder = nested.find<tc_netem_reorder>(TCA_NETEM_REORDER); reorder && fixed.gap) {
    impairment.reorder_percent = percent_from_probability(reorder->probability);
  }
  if (const auto corrupt = nested.find<tc_netem_corrupt>(TCA_NETEM_CORRUPT)) {
    impairment.corrupt_percent = percent_from_probability(corrupt->probability);
  }
  read_loss(nested, impairment);
  read_rate(nested, impairment);
  return leaf;
}

}  // namespace splitsite::netlink
