#include "topologies/reference/manager/api/search.hpp"

#include <fmt/chrono.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace splitsite::reference {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_operator(char c) { return c == '=' || c == '!' || c == '<' || c == '>'; }

// Words, operators and "quoted words", which keep their spaces.
std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  std::string token;
  const auto end = [&] {
    if (!token.empty()) tokens.push_back(std::exchange(token, {}));
  };
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      end();
      quoted = !quoted;
      continue;
    }
    const bool space = c == ' ' && !quoted;
    const bool other_kind =
        !quoted && !token.empty() && is_operator(c) != is_operator(token.back());
    if (space || other_kind) end();
    if (!space) token += c;
  }
  end();
  return tokens;
}

std::optional<Relation> relation_of(const std::string& token) {
  if (token == "=") return Relation::Equal;
  if (token == "!=") return Relation::NotEqual;
  if (token == "<") return Relation::Less;
  if (token == "<=") return Relation::LessOrEqual;
  if (token == ">") return Relation::Greater;
  if (token == ">=") return Relation::GreaterOrEqual;
  return std::nullopt;
}

Error invalid(const char* mistake) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand the search",
               .subject = {},
               .why = mistake};
}

// What oVirt calls the day that is so many days ago.
std::string_view name_of_day(std::chrono::sys_days day, int days_ago) {
  constexpr std::array<std::string_view, 7> names = {"sunday",   "monday", "tuesday", "wednesday",
                                                     "thursday", "friday", "saturday"};
  if (days_ago == 0) return "today";
  if (days_ago == 1) return "yesterday";
  return names[std::chrono::weekday(day).c_encoding()];
}

// "2026-11-21" of a day that is named; everything else stays.
std::string day_of(const std::string& text, std::chrono::sys_days today) {
  for (int ago = 0; ago < 8; ++ago) {
    const std::chrono::sys_days day = today - std::chrono::days(ago);
    if (lower(text) != name_of_day(day, ago)) continue;
    return fmt::format("{:%F}", fmt::gmtime(std::chrono::system_clock::to_time_t(day)));
  }
  return text;
}

class Parser {
 public:
  explicit Parser(const std::string& text) : tokens_(tokens_of(text)) {}

  Result<Search> parse() {
    while (at_ < tokens_.size()) {
      SPLITSITE_TRY_VOID(phrase(lower(tokens_[at_])));
    }
    if (joined_ != Joined::Beside) return invalid("INVALID_POST_OR_AND_PHRASE");
    return search_;
  }

 private:
  Result<void> phrase(const std::string& word) {
    if (word == "sortby") return sorting();
    if (word == "page") return page();
    if (word == "and" || word == "or") {
      const bool misplaced = search_.conditions.empty() || joined_ != Joined::Beside;
      if (misplaced) return invalid("INVALID_CONDITION_FILED");
      joined_ = word == "or" ? Joined::Or : Joined::And;
      ++at_;
      return success();
    }
    return condition(word);
  }

  Result<void> condition(const std::string& word) {
    if (is_operator(word.front())) return invalid("INVALID_CONDITION_FILED");
    Condition made{.joined = std::exchange(joined_, Joined::Beside)};
    const std::string next = at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : "";
    if (next.empty() || !is_operator(next.front())) {
      if (free_text_) return invalid("FREE_TEXT_ALLOWED_ONCE_PER_OBJ");
      free_text_ = true;
      made.value = tokens_[at_++];
    } else {
      const auto relation = relation_of(next);
      if (!relation) return invalid("INVALID_CONDITION_RELATION");
      if (at_ + 2 >= tokens_.size()) return invalid("INVALID_CONDITION_VALUE");
      made.field = word;
      made.relation = *relation;
      made.value = tokens_[at_ + 2];
      at_ += 3;
    }
    search_.conditions.push_back(std::move(made));
    return success();
  }

  Result<void> sorting() {
    if (at_ + 1 >= tokens_.size()) return invalid("INVALID_SORT_FIELD");
    search_.sort_field = lower(tokens_[at_ + 1]);
    at_ += 2;
    const std::string direction = at_ < tokens_.size() ? lower(tokens_[at_]) : "";
    if (direction.empty() || direction == "page") return success();
    if (direction != "asc" && direction != "desc") return invalid("INVALID_SORT_DIRECTION");
    search_.descending = direction == "desc";
    ++at_;
    return success();
  }

  Result<void> page() {
    const std::string number = at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : "";
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), search_.page);
    const bool good = error == std::errc() && end == number.data() + number.size();
    if (number.empty() || !good || search_.page < 1) return invalid("INVALID_PAGE_FEILD");
    at_ += 2;
    if (at_ < tokens_.size()) return invalid("NOTHING_COMES_AFTER_PAGE_VALUE");
    return success();
  }

  const std::vector<std::string> tokens_;
  std::size_t at_ = 0;
  Search search_;
  Joined joined_ = Joined::Beside;  // `and` or `or` was read, its condition not yet
  bool free_text_ = false;
};

}  // namespace

Result<Search> parse_search(const std::string& text) { return Parser(text).parse(); }

std::string comparable(const std::string& field, const std::string& value) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> weights = {
      {{"normal", "0"}, {"warning", "1"}, {"error", "2"}, {"alert", "10"}}};
  std::string text = lower(value);
  if (field == "status") {
    std::erase(text, '_');
    return text == "problematic" ? "nonresponsive" : text;  // StoragePoolStatus.NonResponsive
  }
  for (const auto& [severity, weight] : weights) {
    if (field == "severity" && text == severity) return std::string(weight);
  }
  return value;
}

Condition comparable(Condition condition, std::chrono::sys_days today) {
  condition.value = comparable(condition.field, condition.value);
  const bool migrates = condition.value == "migratingfrom" || condition.value == "migratingto";
  if (condition.field == "status" && migrates) condition.value = "migrating";
  if (condition.field != "time") return condition;
  condition.value = day_of(condition.value, today);
  if (condition.relation == Relation::Equal) condition.value = condition.value.substr(0, 10) + "*";
  return condition;
}

bool comes_before(const std::string& a, const std::string& b) {
  const auto digits = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (digits(a) && digits(b) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

bool holds(const Condition& condition, const std::string& value, bool case_sensitive) {
  const int flags = case_sensitive ? 0 : FNM_CASEFOLD;
  switch (condition.relation) {
    case Relation::Equal:
      return ::fnmatch(condition.value.c_str(), value.c_str(), flags) == 0;
    case Relation::NotEqual:
      return ::fnmatch(condition.value.c_str(), value.c_str(), flags) != 0;
    case Relation::Less:
      return comes_before(value, condition.value);
    case Relation::LessOrEqual:
      return !comes_before(condition.value, value);
    case Relation::Greater:
      return comes_before(condition.value, value);
    case Relation::GreaterOrEqual:
      return !comes_before(value, condition.value);
  }
  return false;
}

}  // namespace splitsite::reference
