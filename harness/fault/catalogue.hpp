// The catalogue: every fault there is, as data a person can read and a program can draw from. One
// entry per fault, declared beside it; the README's table, the command line, the campaign and the
// shared life-cycle test are made from it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/fault/fault.hpp"
#include "harness/fault/parameters.hpp"

namespace splitsite {

struct CatalogueEntry {
  std::string name;     // "link-delay": what fault->name() says
  std::string summary;  // one line, no full stop: "delay between two sites"
  std::vector<ParameterSpec> parameters;
  // One or two plain sentences each.
  std::string mechanism;  // how the lab is changed
  std::string proof;      // what is measured, and the unaffected control
  std::string undo;       // how it is healed, and what proves it
  std::string limits;     // what it cannot do, and what to know before using it
  // Made from parameters that are known and complete; cross-checks between them are made here.
  // Touches nothing.
  std::function<Result<std::unique_ptr<Fault>>(const ParameterReader&)> make;
  // Parameters that work in topologies/stretch-standalone, quick to inject and to heal.
  std::string example;  // "sites=a-b added=10ms"
  // Others that are another story, and need not be quick: "sites=a-b link=replication".
  std::vector<std::string> further_examples = {};
};

using Catalogue = std::vector<CatalogueEntry>;

// Invalid, with the names that come near, if there is none of that name.
Result<const CatalogueEntry*> find_entry(const Catalogue& catalogue, const std::string& name);

// The fault with these parameters in this lab, ready for Injector::inject. Invalid names the
// parameter and what is allowed.
Result<std::unique_ptr<Fault>> make_fault(const CatalogueEntry& entry, const Parameters& given,
                                          const LabConfig& config);

// For a terminal: one line per fault; and all there is to say about one.
std::string list_text(const Catalogue& catalogue);
std::string describe(const CatalogueEntry& entry);
// The table in the README.
std::string list_markdown(const Catalogue& catalogue);

}  // namespace splitsite
