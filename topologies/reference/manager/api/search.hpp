// oVirt's query language, read: pure, knows neither XML nor which fields there are.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::reference {

enum class Relation { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };

struct Condition {
  std::string field;  // in lower case; empty: `value` may be anywhere
  Relation relation = Relation::Equal;
  std::string value;
  bool alternative = false;  // joined to what stands before by `or`
};

struct Search {
  std::vector<Condition> conditions;
  std::string sort_field;  // empty: as it comes
  bool descending = false;
  long page = 0;  // 0: all of them
};

// ErrorKind::Invalid with oVirt's name of the mistake in `why`.
Result<Search> parse_search(const std::string& text);

// Whether the condition holds for a field's value; wildcards and case as oVirt has them.
bool holds(const Condition& condition, const std::string& value, bool case_sensitive);

// Numbers by value, everything else (ISO dates included) by text.
bool comes_before(const std::string& a, const std::string& b);

}  // namespace splitsite::reference
