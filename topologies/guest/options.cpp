// Parsing at the edge: behind it there are only addresses.
#include "topologies/guest/options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace splitsite::guest {

namespace {

Error invalid(std::string key, std::string why) {
  return {.kind = ErrorKind::Invalid,
          .attempted = "read the kernel command line",
          .subject = std::move(key),
          .why = std::move(why)};
}

std::optional<std::string> value_of(std::string_view line, std::string_view key) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find_first_of(" \n", at), line.size());
    const std::string_view word = line.substr(at, end - at);
    if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=') {
      return std::string(word.substr(key.size() + 1));
    }
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<int> number(std::string_view text, int lowest, int highest) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < lowest || value > highest) return std::nullopt;
  return value;
}

struct AddressAndNumber {
  in_addr address{};
  int number = 0;
};

// "10.77.0.101/24", "10.77.0.32:7200"
std::optional<AddressAndNumber> split(const std::string& text, char separator, int highest) {
  const auto at = text.find(separator);
  if (at == std::string::npos) return std::nullopt;
  AddressAndNumber parts;
  if (inet_pton(AF_INET, text.substr(0, at).c_str(), &parts.address) != 1) return std::nullopt;
  const auto behind = number(std::string_view(text).substr(at + 1), 1, highest);
  if (!behind) return std::nullopt;
  parts.number = *behind;
  return parts;
}

}  // namespace

Result<Options> parse_command_line(std::string_view command_line) {
  Options options;
  const auto vm = value_of(command_line, "splitsite.vm");
  if (!vm || vm->empty()) return invalid("splitsite.vm", "it is missing");
  options.vm = *vm;

  const auto ip = value_of(command_line, "splitsite.ip").value_or("");
  const auto own = split(ip, '/', 32);
  if (!own) return invalid("splitsite.ip", "'" + ip + "' is not ADDRESS/PREFIX");
  options.address = own->address;
  options.prefix_length = own->number;

  const auto collector = value_of(command_line, "splitsite.collector").value_or("");
  const auto there = split(collector, ':', 65535);
  if (!there) return invalid("splitsite.collector", "'" + collector + "' is not ADDRESS:PORT");
  options.collector.sin_family = AF_INET;
  options.collector.sin_addr = there->address;
  options.collector.sin_port = htons(static_cast<std::uint16_t>(there->number));

  const auto interval = value_of(command_line, "splitsite.write_interval_ms").value_or("");
  const auto milliseconds = number(interval, 1, 60'000);
  if (!milliseconds)
    return invalid("splitsite.write_interval_ms",
                   "'" + interval + "' is no number of milliseconds");
  options.write_interval = std::chrono::milliseconds(*milliseconds);
  return options;
}

}  // namespace splitsite::guest
