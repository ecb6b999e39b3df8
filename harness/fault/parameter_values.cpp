// The readers of numbers: with a unit, in per cent, whole or not.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "harness/fault/parameters.hpp"

namespace splitsite {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// In nanoseconds, and in bits per second.
constexpr Unit kTimes[] = {{"ns", 1},  {"us", 1e3},   {"ms", 1e6},
                           {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}};
constexpr Unit kRates[] = {{"bit", 1}, {"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The number at the front of `text`, which is cut off. Infinities and "nan" are no numbers here.
std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return value;
}

template <std::size_t N>
std::optional<double> with_unit(std::string_view text, const Unit (&units)[N]) {
  text = trimmed(text);
  const auto value = take_number(text);
  if (!value) return std::nullopt;
  text = trimmed(text);
  for (const Unit& unit : units) {
    if (text == unit.name) return *value * unit.factor;
  }
  // Nothing needs no unit.
  if (*value == 0 && text.empty()) return 0.0;
  return std::nullopt;
}

std::optional<double> plain(std::string_view text, std::string_view may_end_in) {
  text = trimmed(text);
  const auto value = take_number(text);
  if (!value || (!text.empty() && trimmed(text) != may_end_in)) return std::nullopt;
  return value;
}

}  // namespace

Result<Duration> parse_duration(const std::string& text) {
  constexpr double kMost = 1e9 * 3600 * 24 * 365;  // a year, well inside what a Duration holds
  const auto value = with_unit(text, kTimes);
  if (value && *value >= 0 && *value <= kMost) {
    return Duration(static_cast<Duration::rep>(std::round(*value)));
  }
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read the duration",
               .subject = "\"" + text + "\"",
               .why = "it is not a duration such as 10ms, 1.5s or 2min"};
}

Result<Duration> ParameterReader::duration(const std::string& name, Duration least,
                                           Duration most) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const auto value = with_unit(typed, kTimes);
  if (!value) return wrong(name, "is not a duration such as 10ms, 1.5s or 2min");
  const double rounded = std::round(*value);
  if (rounded < static_cast<double>(least.count()) || rounded > static_cast<double>(most.count())) {
    return wrong(name, "is out of range");
  }
  return Duration(static_cast<Duration::rep>(rounded));
}

Result<double> ParameterReader::percent(const std::string& name, double least, double most) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const auto value = plain(typed, "%");
  if (!value) return wrong(name, "is not a percentage such as 30 or 0.5%");
  if (*value < least || *value > most) return wrong(name, "is out of range");
  return *value;
}

Result<Duration> ParameterReader::whole_milliseconds(const std::string& name, Duration least,
                                                     Duration most) const {
  SPLITSITE_TRY(const Duration value, duration(name, least, most));
  if (value % std::chrono::milliseconds(1) == Duration::zero()) return value;
  return wrong(name, "is not in whole milliseconds");
}

Result<int> ParameterReader::whole_percent(const std::string& name, int least, int most) const {
  SPLITSITE_TRY(const double value, percent(name, least, most));
  if (value == std::floor(value)) return static_cast<int>(value);
  return wrong(name, "is not a whole percentage");
}

Result<std::uint64_t> ParameterReader::rate(const std::string& name, std::uint64_t least,
                                            std::uint64_t most) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const auto value = with_unit(typed, kRates);
  if (!value) return wrong(name, "is not a rate such as 10Mbit or 64kbit");
  if (*value < static_cast<double>(least) || *value > static_cast<double>(most)) {
    return wrong(name, "is out of range");
  }
  return static_cast<std::uint64_t>(std::llround(*value));
}

Result<std::int64_t> ParameterReader::count(const std::string& name, std::int64_t least,
                                            std::int64_t most) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  std::int64_t value = 0;
  const char* end = typed.data() + typed.size();
  const auto read = std::from_chars(typed.data(), end, value);
  if (read.ec == std::errc::result_out_of_range) return wrong(name, "is out of range");
  if (read.ec != std::errc{} || read.ptr != end) return wrong(name, "is not a whole number");
  if (value < least || value > most) return wrong(name, "is out of range");
  return value;
}

Result<double> ParameterReader::number(const std::string& name, double least, double most) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const auto value = plain(typed, "");
  if (!value) return wrong(name, "is not a number");
  if (*value < least || *value > most) return wrong(name, "is out of range");
  return *value;
}

Result<std::string> ParameterReader::choice(const std::string& name,
                                            std::initializer_list<const char*> words) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  if (std::find(words.begin(), words.end(), typed) != words.end()) return typed;
  return wrong(name, "is not one of its words");
}

Result<bool> ParameterReader::flag(const std::string& name) const {
  return choice_of<bool>(name, {{"yes", true}, {"no", false}});
}

}  // namespace splitsite
