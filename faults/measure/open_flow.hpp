// A TCP connection that was open before the fault: what happens to it is not what happens to a new
// one. Opened by measure_before and kept by the fault until it is over.
#pragma once

#include "faults/measure/way.hpp"

namespace splitsite {

class [[nodiscard]] OpenFlow {
 public:
  // Open and answering, or an error. The bench's prober outlives the flow.
  static Result<OpenFlow> open(const Bench& bench, const Way& way);
  // To another service than the agents' own, which only is_broken() then makes sense of.
  static Result<OpenFlow> open_to(const Bench& bench, const Way& way, int port);
  OpenFlow(OpenFlow&& other) noexcept;
  OpenFlow& operator=(OpenFlow&& other) noexcept;
  ~OpenFlow();  // closes it; a node that is gone has closed it already

  // Each returns what was measured, as a sentence for the proof.

  // A message comes back, within 20 s (TCP repeats what was lost at growing intervals).
  Result<std::string> answers(const Bench& bench) const;
  // A message sent now does not come back within a second, and nobody has ended the connection.
  Result<std::string> is_silent(const Bench& bench) const;
  // The connection is ended within 5 s.
  Result<std::string> is_broken(const Bench& bench) const;
  // After a fault: it answers again, or it was ended meanwhile, which is a legal end for an old
  // connection; only going on in silence, for longer than TCP ever pauses, is not.
  Result<std::string> is_over_it(const Bench& bench) const;

 private:
  OpenFlow(Prober& prober, Way way, FlowId id);

  Prober* prober_;  // null: moved from
  Way way_;
  FlowId id_;
};

}  // namespace splitsite
