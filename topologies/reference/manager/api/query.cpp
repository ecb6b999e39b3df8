#include "topologies/reference/manager/api/query.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

namespace splitsite::reference {
namespace {

constexpr long page_size = 100;

struct Term {
  std::string key;
  std::string value;
  bool negated = false;
  bool alternative = false;  // joined to what stands before by `or`
};

struct Search {
  std::vector<Term> terms;
  std::string sort_key;
  bool descending = false;
  long page = 0;  // 0: all of them
};

Error invalid(std::string why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand the query",
               .subject = {},
               .why = std::move(why)};
}

Result<long> whole_number(const std::string& name, const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return invalid(fmt::format("{} is \"{}\", not a number", name, text));
  }
  return value;
}

// Words, with "quoted ones" kept together and spaces around `=` taken out.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      if (!words.back().empty()) words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

Result<Term> term_of(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    return invalid(fmt::format("\"{}\" is no condition", word));
  }
  Term term{.key = word.substr(0, equals), .value = word.substr(equals + 1)};
  term.negated = term.key.back() == '!';
  if (term.negated) term.key.pop_back();
  if (term.key == "type") term.key = "code";
  return term;
}

Result<Search> parse_search(const std::string& text) {
  Search search;
  const std::vector<std::string> words = words_of(text);
  bool alternative = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const std::string next = i + 1 < words.size() ? words[i + 1] : "";
    if (word == "and" || word == "or") {
      alternative = word == "or";
    } else if (word == "sortby") {
      search.sort_key = next;
      ++i;
    } else if (word == "asc" || word == "desc") {
      search.descending = word == "desc";
    } else if (word == "page") {
      SPLITSITE_TRY(search.page, whole_number("page", next));
      ++i;
    } else {
      SPLITSITE_TRY(Term term, term_of(word));
      term.alternative = alternative;
      search.terms.push_back(std::move(term));
      alternative = false;
    }
  }
  return search;
}

bool fits(const pugi::xml_node& node, const Term& term, bool case_sensitive) {
  const std::string found = node.child(term.key.c_str()).text().as_string();
  const int flags = case_sensitive ? 0 : FNM_CASEFOLD;
  const bool equal = ::fnmatch(term.value.c_str(), found.c_str(), flags) == 0;
  return equal != term.negated;
}

bool fits(const pugi::xml_node& node, const std::vector<Term>& terms, bool case_sensitive) {
  bool result = true;
  for (const Term& term : terms) {
    const bool here = fits(node, term, case_sensitive);
    result = term.alternative ? result || here : result && here;
  }
  return result;
}

// Numbers by value, everything else (ISO dates included) by text.
bool less(const std::string& a, const std::string& b) {
  const auto digits = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (digits(a) && digits(b) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

void sort(pugi::xml_node collection, const std::string& key, bool descending) {
  std::vector<pugi::xml_node> nodes(collection.begin(), collection.end());
  std::stable_sort(nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) {
    const std::string left = a.child(key.c_str()).text().as_string();
    const std::string right = b.child(key.c_str()).text().as_string();
    return descending ? less(right, left) : less(left, right);
  });
  for (pugi::xml_node& node : nodes) collection.append_move(node);
}

void keep_slice(pugi::xml_node collection, long first, long count) {
  long position = 0;
  for (pugi::xml_node node = collection.first_child(); node;) {
    const pugi::xml_node next = node.next_sibling();
    if (position < first || position >= first + count) collection.remove_child(node);
    ++position;
    node = next;
  }
}

template <class Predicate>
void remove_if(pugi::xml_node collection, Predicate unwanted) {
  for (pugi::xml_node node = collection.first_child(); node;) {
    const pugi::xml_node next = node.next_sibling();
    if (unwanted(node)) collection.remove_child(node);
    node = next;
  }
}

}  // namespace

Result<void> narrow(pugi::xml_node collection, const QueryParameters& query) {
  if (query.contains("from")) {
    SPLITSITE_TRY(long from, whole_number("from", parameter(query, "from")));
    remove_if(collection, [from](const pugi::xml_node& node) {
      return node.child("index").text().as_llong() <= from;
    });
  }
  SPLITSITE_TRY(Search search, parse_search(parameter(query, "search")));
  const bool case_sensitive = parameter(query, "case_sensitive") == "true";
  remove_if(collection,
            [&](const pugi::xml_node& node) { return !fits(node, search.terms, case_sensitive); });
  if (!search.sort_key.empty()) sort(collection, search.sort_key, search.descending);
  if (search.page > 0) keep_slice(collection, (search.page - 1) * page_size, page_size);
  if (query.contains("max")) {
    SPLITSITE_TRY(long max, whole_number("max", parameter(query, "max")));
    // oVirt takes a negative number as "no limit".
    if (max >= 0) keep_slice(collection, 0, max);
  }
  return success();
}

std::string parameter(const QueryParameters& query, const std::string& name,
                      const std::string& absent) {
  const auto found = query.find(name);
  return found == query.end() ? absent : found->second;
}

}  // namespace splitsite::reference
