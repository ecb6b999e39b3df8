#include "harness/fault/link_owner.hpp"

namespace splitsite {

std::vector<Impairment> LinkOwner::effects_on(const LinkDirection& direction) const {
  std::vector<Impairment> all;
  const auto found = effects_.find(direction);
  if (found == effects_.end()) return all;
  for (const auto& entry : found->second) all.push_back(entry.second);
  return all;
}

Result<Impairment> LinkOwner::composed_with(const LinkDirection& direction,
                                            const Impairment& effect) const {
  auto effects = effects_on(direction);
  effects.push_back(effect);
  auto whole = compose(links_.baseline(direction), effects);
  if (!whole) return whole.error().while_attempting("change the", describe(direction));
  return whole;
}

Result<void> LinkOwner::check(const LinkDirection& direction, const Impairment& effect) const {
  SPLITSITE_TRY_VOID(composed_with(direction, effect));
  return success();
}

Result<void> LinkOwner::add(const LinkDirection& direction, const FaultId& fault,
                            const Impairment& effect) {
  SPLITSITE_TRY(const auto whole, composed_with(direction, effect));
  effects_[direction][fault] = effect;
  return links_.set(direction, whole);
}

Result<Impairment> LinkOwner::expected(const LinkDirection& direction) const {
  return compose(links_.baseline(direction), effects_on(direction));
}

Result<void> LinkOwner::remove(const LinkDirection& direction, const FaultId& fault) {
  if (const auto found = effects_.find(direction); found != effects_.end()) {
    found->second.erase(fault);
  }
  SPLITSITE_TRY(const auto whole, expected(direction));
  return links_.set(direction, whole);
}

}  // namespace splitsite
