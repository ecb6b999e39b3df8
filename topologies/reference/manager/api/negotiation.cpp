#include "topologies/reference/manager/api/negotiation.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace splitsite::reference {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == at) {
      parts.emplace_back();
    } else if (c != ' ' && c != '\t') {
      parts.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return parts;
}

struct Range {
  std::string type;
  double quality = 1;
};

Range range_of(const std::string& text) {
  const std::vector<std::string> parts = split(text, ';');
  Range range{.type = parts.front()};
  for (const std::string& each : parts) {
    if (each.starts_with("q=")) range.quality = std::strtod(each.c_str() + 2, nullptr);
  }
  return range;
}

// 0: not wanted. A type named in full counts for more than a range of the same quality.
double wanted(const std::vector<Range>& ranges, std::string_view type) {
  double best = 0;
  for (const Range& range : ranges) {
    const bool any = range.type == "*/*" || range.type == "application/*";
    if (range.type == type) best = std::max(best, range.quality);
    if (any) best = std::max(best, range.quality - 0.0001);
  }
  return best;
}

}  // namespace

std::optional<Media> body_media(const std::string& content_type) {
  const std::string type = range_of(content_type).type;
  if (type.empty() || type == "application/xml") return Media::Xml;
  if (type == "application/json") return Media::Json;
  return std::nullopt;
}

std::optional<Media> answer_media(const std::string& accept) {
  if (accept.empty()) return Media::Xml;
  std::vector<Range> ranges;
  for (const std::string& each : split(accept, ',')) ranges.push_back(range_of(each));
  const double xml = wanted(ranges, "application/xml");
  const double json = wanted(ranges, "application/json");
  if (xml <= 0 && json <= 0) return std::nullopt;
  return json > xml ? Media::Json : Media::Xml;
}

std::string clean_correlation_id(const std::string& text) {
  constexpr std::size_t longest = 36;
  std::string clean;
  for (const char c : text) {
    const bool good = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (good && clean.size() < longest) clean += c;
  }
  return clean;
}

std::string random_correlation_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

}  // namespace splitsite::reference
