// What the tests of link faults share: a fault made from a line of text, put in force and taken off
// on the fake lab without an injector. Linked by tests only.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "faults/link/entries.hpp"
#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {

inline CatalogueEntry entry_named(const std::string& name) {
  const auto all = link_faults();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const CatalogueEntry& entry) { return entry.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

// From "link-cut sites=a-b how=reject".
inline Result<std::unique_ptr<Fault>> try_fault(const std::string& line) {
  const auto space = line.find(' ');
  SPLITSITE_TRY(const Parameters given, parse_parameters(line.substr(space + 1)));
  return make_fault(entry_named(line.substr(0, space)), given, fake_config());
}

inline std::unique_ptr<Fault> fault_of(const std::string& line) {
  auto made = try_fault(line);
  if (!made) FAIL(made.error().message());
  return std::move(made).value();
}

inline std::string refusal_of(const std::string& line) {
  const auto made = try_fault(line);
  return made ? "accepted" : made.error().message();
}

inline std::string plan_text(const std::string& line) {
  const auto plan = fault_of(line)->plan(fake_config());
  if (!plan) return plan.error().message();
  std::string text;
  for (const Step& step : plan.value()) text += describe(step) + "\n";
  return text;
}

inline void measure_before(FakeLab& lab, Fault& fault) {
  const auto measured = fault.measure_before(lab.bench());
  if (!measured) FAIL(measured.error().message());
}

inline void put_in_force(FakeLab& lab, const Fault& fault) {
  const auto plan = fault.plan(lab.config()).value();
  for (const Step& step : plan) {
    REQUIRE(splitsite::apply(step, FaultId("f"), lab.bench().switches()).has_value());
  }
}

inline void take_off(FakeLab& lab, const Fault& fault) {
  const auto plan = fault.plan(lab.config()).value();
  REQUIRE(undo_all(plan, FaultId("f"), lab.bench().switches()).has_value());
}

inline std::string proof_text(const Result<Proof>& proof) {
  if (!proof) return proof.error().message();
  return proof.value().claim + " | " + proof.value().measured + " | " + proof.value().control;
}

}  // namespace splitsite
