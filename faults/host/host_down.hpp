// What all faults share that take a whole host away: before it the host answers, lives a life that
// can be told from the next one, and keeps a connection; while it is away nobody hears of it, over
// new connections and over the old one; and beside it another host goes on.
#pragma once

#include <optional>
#include <string>

#include "faults/measure/open_flow.hpp"
#include "harness/fault/catalogue.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class HostDown : public Fault {
 public:
  nlohmann::json parameters() const override { return {{"host", host_.str()}}; }
  Result<void> measure_before(const Bench& bench) override;
  // It answers, and lives another life than before.
  Result<Proof> prove_healed(const Bench& bench) const override;

 protected:
  explicit HostDown(NodeId host) : host_(std::move(host)) {}

  const NodeId& host() const { return host_; }
  // Nothing is heard of it, in all the ways there are. Looks once.
  Result<std::string> is_silent(const Bench& bench) const;
  // In this state of its power and silent, within the bound.
  Result<Proof> prove_away(const Bench& bench, PowerState wanted, Duration within) const;
  // The life it had is over, within the bound: it is silent, or has booted anew already.
  Result<Proof> prove_life_over(const Bench& bench, Duration within) const;
  // Answers again, over the network and by its agent; says whether it has booted anew.
  struct Return {
    bool anew = false;
    std::string text;
  };
  Result<Return> await_return(const Bench& bench, const std::string& claim, bool only_anew) const;
  Result<std::string> unaffected(const Bench& bench) const;

 private:
  // Set together, by measure_before.
  struct Before {
    NodeId observer;
    NodeId control;
    std::string life;  // the boot id
    OpenFlow flow;
    OpenFlow control_flow;
  };
  Result<const Before*> before(const std::string& claim) const;

 protected:
  // The connection that was open before.
  Result<const OpenFlow*> flow() const;

 private:
  NodeId host_;
  std::optional<Before> before_;
};

// Of a catalogue entry: "host", which must be given.
ParameterSpec host_parameter();

}  // namespace splitsite
