#include "harness/fault/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite {
namespace {

// How many letters must be changed to get from one word to the other.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t kept = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({kept, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string names_near(const Catalogue& catalogue, const std::string& name) {
  constexpr std::size_t kMisspelt = 3;
  std::string near;
  for (const CatalogueEntry& entry : catalogue) {
    const bool part = !name.empty() && entry.name.find(name) != std::string::npos;
    if (!part && distance(entry.name, name) > kMisspelt) continue;
    near += (near.empty() ? "" : ", ") + entry.name;
  }
  return near;
}

}  // namespace

Result<const CatalogueEntry*> find_entry(const Catalogue& catalogue, const std::string& name) {
  const auto found = std::find_if(catalogue.begin(), catalogue.end(),
                                  [&](const CatalogueEntry& e) { return e.name == name; });
  if (found != catalogue.end()) return &*found;
  const std::string near = names_near(catalogue, name);
  return Error{
      .kind = ErrorKind::Invalid,
      .attempted = "find the fault",
      .subject = fmt::format("\"{}\"", name),
      .why = "the catalogue has none of that name",
      .hint = near.empty() ? "see \"splitsite fault list\"" : "did you mean " + near + "?"};
}

Result<std::unique_ptr<Fault>> make_fault(const CatalogueEntry& entry, const Parameters& given,
                                          const LabConfig& config) {
  SPLITSITE_TRY(const auto reader,
                ParameterReader::create(entry.name, entry.parameters, given, config));
  SPLITSITE_TRY(auto fault, entry.make(reader));
  // A plan is pure: what it finds wrong is known before anything is touched.
  SPLITSITE_TRY_VOID(fault->plan(config));
  return fault;
}

}  // namespace splitsite
