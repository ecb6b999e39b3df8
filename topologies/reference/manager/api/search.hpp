// oVirt's query language, read: pure, knows neither XML nor which fields there are.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::reference {

enum class Relation { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };
// To the condition before it; Beside: by nothing at all.
enum class Joined { Beside, And, Or };

struct Condition {
  std::string field;  // in lower case; empty: `value` may be anywhere
  Relation relation = Relation::Equal;
  std::string value;
  Joined joined = Joined::Beside;
};

struct Search {
  std::vector<Condition> conditions;
  std::string sort_field;  // empty: as it comes
  bool descending = false;
  long page = 0;  // 0: all of them
};

// ErrorKind::Invalid with oVirt's name of the mistake in `why`.
Result<Search> parse_search(const std::string& text);

// What oVirt's search compares: a status by its name without underscores (EnumValueAutoCompleter),
// a severity by its weight (AuditLogSeverity), everything else as it is printed.
std::string comparable(const std::string& field, const std::string& value);
// The same of what is asked for. A time may be "today", "yesterday" or a day of the last week, and
// equals the whole day (BaseConditionFieldAutoCompleter.formatValue).
Condition comparable(Condition condition, std::chrono::sys_days today);

// Whether the condition holds for a field's value; wildcards and case as oVirt has them.
bool holds(const Condition& condition, const std::string& value, bool case_sensitive);

// Numbers by value, everything else (ISO dates included) by text.
bool comes_before(const std::string& a, const std::string& b);

}  // namespace splitsite::reference
