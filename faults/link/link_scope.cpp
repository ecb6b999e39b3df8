#include "faults/link/link_scope.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace splitsite {
namespace {

const char* word(LinkKind kind) { return kind == LinkKind::Site ? "site" : "replication"; }

// Which of the two directions "both", "a-b" or "b-a" means.
Result<void> read_direction(const ParameterReader& reader, LinkScope& scope) {
  SPLITSITE_TRY(const std::string text, reader.text("direction"));
  if (text == "both") return success();
  scope.there = text == fmt::format("{}-{}", scope.first, scope.second);
  scope.back = text == fmt::format("{}-{}", scope.second, scope.first);
  if (scope.there || scope.back) return success();
  return reader.wrong(
      "direction", fmt::format("is not a direction of the link {}-{}", scope.first, scope.second));
}

}  // namespace

bool LinkScope::affects(const LinkDirection& direction) const {
  if (direction.kind != kind) return false;
  if (direction.from == first && direction.to == second) return there;
  return direction.from == second && direction.to == first && back;
}

std::string describe(const LinkScope& scope) {
  const char* kind = word(scope.kind);
  if (scope.there && scope.back) {
    return fmt::format("{} link {}-{}, both ways", kind, scope.first, scope.second);
  }
  const SiteId& from = scope.there ? scope.first : scope.second;
  const SiteId& to = scope.there ? scope.second : scope.first;
  return fmt::format("{} link, {} to {} only", kind, from, to);
}

nlohmann::json to_json(const LinkScope& scope) {
  const auto way = [](const SiteId& x, const SiteId& y) { return fmt::format("{}-{}", x, y); };
  const std::string there = way(scope.first, scope.second);
  return {{"link", word(scope.kind)},
          {"sites", there},
          {"direction", !scope.back    ? there
                        : !scope.there ? way(scope.second, scope.first)
                                       : "both"}};
}

Result<std::vector<LinkDirection>> directions_of(const LabConfig& config, const LinkScope& scope) {
  std::string known;
  for (const LinkConfig& link : config.links) {
    if (link.kind != scope.kind) continue;
    const bool same = link.first == scope.first && link.second == scope.second;
    const bool turned = link.first == scope.second && link.second == scope.first;
    if (same || turned) {
      return std::vector<LinkDirection>{{link.kind, link.first, link.second},
                                        {link.kind, link.second, link.first}};
    }
    known += fmt::format("{}{}-{}", known.empty() ? "" : ", ", link.first, link.second);
  }
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the link",
               .subject = fmt::format("{}-{}", scope.first, scope.second),
               .why = fmt::format("parameter \"sites\": the lab has no {} link between the two",
                                  word(scope.kind)),
               .hint = "name one of: " + known};
}

Result<Plan> plan_on(const LabConfig& config, const LinkScope& scope, const Impairment& effect) {
  SPLITSITE_TRY(const auto directions, directions_of(config, scope));
  Plan plan;
  for (const LinkDirection& direction : directions) {
    if (scope.affects(direction)) plan.push_back(ImpairLink{direction, effect});
  }
  return plan;
}

std::vector<ParameterSpec> with_link_parameters(std::vector<ParameterSpec> own) {
  std::vector<ParameterSpec> all{
      {.name = "sites",
       .type = "sites",
       .meaning = "the two sites the link joins",
       .otherwise = "",
       .allowed = "two sites with such a link: a-b"},
      {.name = "direction",
       .type = "text",
       .meaning = "both ways, or only from the first site named here to the second",
       .otherwise = "both",
       .allowed = "both, or one of the link's directions: a-b, b-a"},
      {.name = "link",
       .type = "choice",
       .meaning = "the network of the hosts, or that between the storage nodes",
       .otherwise = "site",
       .allowed = "site, replication"}};
  all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  return all;
}

Result<LinkScope> read_link_scope(const ParameterReader& reader) {
  SPLITSITE_TRY(const auto sites, reader.sites("sites"));
  SPLITSITE_TRY(const LinkKind kind,
                reader.choice_of<LinkKind>(
                    "link", {{"site", LinkKind::Site}, {"replication", LinkKind::Replication}}));
  LinkScope scope{.kind = kind, .first = sites.first, .second = sites.second};
  SPLITSITE_TRY_VOID(read_direction(reader, scope));
  SPLITSITE_TRY_VOID(directions_of(reader.config(), scope));
  return scope;
}

}  // namespace splitsite
