// A campaign: many faults drawn from the catalogue by a seed, some at once, some after each other.
// What is drawn is a plan, as data; playing a recorded plan again makes the same plan, byte for
// byte, whatever the catalogue would draw today.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/fault/catalogue.hpp"
#include "harness/fault/conflict.hpp"

namespace splitsite {

// One fault of a plan. Times count from the campaign's start, in whole milliseconds; they are kept
// as lower bounds, the order of all beginnings and ends exactly.
struct PlannedFault {
  Duration inject_at{};
  Duration heal_at{};
  std::string fault;
  Parameters parameters;

  bool operator==(const PlannedFault&) const = default;
};

struct CampaignPlan {
  std::uint64_t seed = 0;
  std::string lab;                   // whose description it was drawn for
  std::vector<PlannedFault> faults;  // in order of their beginnings

  bool operator==(const CampaignPlan&) const = default;
};

struct CampaignOptions {
  int faults = 8;
  int at_once = 2;
  Duration shortest_gap = std::chrono::seconds(2);  // between two beginnings
  Duration longest_gap = std::chrono::seconds(10);
  Duration shortest_hold = std::chrono::seconds(5);
  Duration longest_hold = std::chrono::seconds(20);
};

// Pure: the same seed, catalogue, lab and options give the same plan. Each fault is valid in this
// lab, and none begins while another one holds what it needs: a node's power, a link whose state
// cannot serve both. Invalid if the options are or the catalogue is empty.
Result<CampaignPlan> draw_campaign(const Catalogue& catalogue, const LabConfig& config,
                                   std::uint64_t seed, const CampaignOptions& options);

std::string to_text(const CampaignPlan& plan);
// Strict: an unknown or missing key, a wrong type or an impossible time is Invalid.
Result<CampaignPlan> campaign_from_text(const std::string& text);

// How a campaign touches a lab.
struct CampaignHands {
  std::function<Result<FaultId>(std::unique_ptr<Fault>)> inject;
  std::function<Result<void>(const FaultId&)> heal;
  Clock& clock;
  std::stop_token stop = {};
};

struct CampaignFinding {
  std::string fault;      // "link-delay added=10ms sites=a-b"
  bool in_force = false;  // proven
  bool healed = false;    // proven
  std::string why;        // where one of them is not
};

// Plays the plan to its end; a fault that is not proven is a finding, and the campaign goes on.
// Everything is healed when this returns, unless a finding says otherwise. Errors: a plan that does
// not fit this lab, found before anything is touched; Interrupted, with all healed.
Result<std::vector<CampaignFinding>> play_campaign(const CampaignPlan& plan,
                                                   const Catalogue& catalogue,
                                                   const LabConfig& config,
                                                   const CampaignHands& hands);

}  // namespace splitsite
