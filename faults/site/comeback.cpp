#include "faults/site/comeback.hpp"

namespace splitsite {

std::vector<ParameterSpec> with_comeback(std::vector<ParameterSpec> own) {
  own.push_back({"return", "choice", "how it comes back: all at once, or one after the other",
                 "together", "together, staggered"});
  own.push_back({"return-gap", "duration", "longest pause between two when staggered", "10s",
                 "500 ms to 60 s"});
  own.push_back({"seed", "count", "what order and pauses are drawn from", "1", "0 to 4294967295"});
  return own;
}

Result<Comeback> read_comeback(const ParameterReader& reader, SeedIsFor seed_is_for) {
  Comeback comeback;
  SPLITSITE_TRY(comeback.staggered,
                reader.choice_of<bool>("return", {{"together", false}, {"staggered", true}}));
  SPLITSITE_TRY(comeback.longest_gap,
                reader.duration("return-gap", kShortestGap, std::chrono::seconds(60)));
  SPLITSITE_TRY(const std::int64_t seed, reader.count("seed", 0, 0xffffffff));
  comeback.seed = static_cast<std::uint64_t>(seed);
  if (!comeback.staggered && reader.given("return-gap")) {
    return reader.wrong("return-gap", "needs return=staggered");
  }
  if (!comeback.staggered && seed_is_for == SeedIsFor::Return && reader.given("seed")) {
    return reader.wrong("seed", "needs return=staggered: nothing else is drawn");
  }
  return comeback;
}

}  // namespace splitsite
