#include "topologies/reference/manager/api/query.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "topologies/reference/manager/api/search.hpp"

namespace splitsite::reference {
namespace {

std::optional<long> whole_number(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = !text.empty() && error == std::errc() && end == text.data() + text.size();
  return good ? std::optional(value) : std::nullopt;
}

Error invalid(const char* mistake) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand the search",
               .subject = {},
               .why = mistake};
}

Result<void> check_fields(const Search& search, const SearchFields& fields) {
  const auto known = [&](const std::string& name) {
    return name.empty() ||
           std::find(fields.names.begin(), fields.names.end(), name) != fields.names.end();
  };
  for (const Condition& each : search.conditions) {
    if (!known(each.field)) return invalid("INVALID_CONDITION_FILED");
  }
  if (!known(search.sort_field)) return invalid("INVALID_SORT_FIELD");
  return success();
}

// A word without a field is looked for within every value, as SQL's LIKE '%word%'.
bool fits(const pugi::xml_node& node, const Condition& condition, const SearchFields& fields,
          bool case_sensitive) {
  if (!condition.field.empty()) {
    return holds(comparable(condition, fields.today),
                 comparable(condition.field, fields.value(node, condition.field)), case_sensitive);
  }
  const Condition anywhere{.value = "*" + condition.value + "*"};
  return std::any_of(fields.names.begin(), fields.names.end(), [&](const std::string& name) {
    return holds(anywhere, fields.value(node, name), case_sensitive);
  });
}

bool fits(const pugi::xml_node& node, const Search& search, const SearchFields& fields,
          bool case_sensitive) {
  // `and` binds most, then `or`, then nothing at all (SyntaxChecker).
  bool every = true;  // of what stands beside each other
  bool any = false;   // of the alternatives of the last one
  bool all = true;    // of the last alternative
  for (const Condition& each : search.conditions) {
    const bool here = fits(node, each, fields, case_sensitive);
    if (each.joined == Joined::And) {
      all = all && here;
      continue;
    }
    if (each.joined == Joined::Beside) every = every && (any || all);
    any = each.joined == Joined::Or && (any || all);
    all = here;
  }
  return every && (any || all);
}

void sort(pugi::xml_node collection, const Search& search, const SearchFields& fields) {
  std::vector<std::pair<std::string, pugi::xml_node>> keyed;
  for (const pugi::xml_node& node : collection.children()) {
    keyed.emplace_back(comparable(search.sort_field, fields.value(node, search.sort_field)), node);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    return search.descending ? comes_before(b.first, a.first) : comes_before(a.first, b.first);
  });
  for (auto& [key, node] : keyed) collection.append_move(node);
}

template <class Predicate>
void remove_if(pugi::xml_node collection, Predicate unwanted) {
  for (pugi::xml_node node = collection.first_child(); node;) {
    const pugi::xml_node next = node.next_sibling();
    if (unwanted(node)) collection.remove_child(node);
    node = next;
  }
}

void keep_slice(pugi::xml_node collection, long first, long count) {
  long position = 0;
  remove_if(collection, [&](const pugi::xml_node&) {
    const long here = position++;
    return here < first || here - first >= count;
  });
}

// `max` is how much a page has; without it everything is on the first one (getPagePhrase). A
// negative number is no limit.
void keep_page(pugi::xml_node collection, long page, std::optional<long> max) {
  constexpr long everything = std::numeric_limits<long>::max();
  const long size = max.value_or(-1) < 0 ? everything : *max;
  const long skipped = std::min(page - 1, everything / std::max(size, 1L)) * size;
  keep_slice(collection, skipped, size);
}

}  // namespace

Result<void> narrow(pugi::xml_node collection, const QueryParameters& query,
                    const SearchFields& fields) {
  if (const auto from = whole_number(parameter(query, "from"))) {
    remove_if(collection, [&](const pugi::xml_node& node) {
      const pugi::xml_node index = node.child("index");
      return index && index.text().as_llong() <= *from;
    });
  }
  long page = 1;
  if (const std::string text = parameter(query, "search"); !text.empty()) {
    SPLITSITE_TRY(const Search search, parse_search(text));
    SPLITSITE_TRY_VOID(check_fields(search, fields));
    const bool case_sensitive = is_set(query, "case_sensitive");
    remove_if(collection, [&](const pugi::xml_node& node) {
      return !fits(node, search, fields, case_sensitive);
    });
    if (!search.sort_field.empty()) sort(collection, search, fields);
    page = std::max(search.page, 1L);
  }
  keep_page(collection, page, whole_number(parameter(query, "max")));
  return success();
}

std::string parameter(const QueryParameters& query, const std::string& name,
                      const std::string& absent) {
  const auto found = query.find(name);
  return found == query.end() ? absent : found->second;
}

bool is_set(const QueryParameters& query, const std::string& name) {
  constexpr std::array<const char*, 6> yes = {"", "true", "t", "yes", "y", "1"};
  const auto found = query.find(name);
  return found != query.end() && std::any_of(yes.begin(), yes.end(), [&](const char* each) {
           return ::strcasecmp(each, found->second.c_str()) == 0;
         });
}

}  // namespace splitsite::reference
