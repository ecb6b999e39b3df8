// The collector's side.
#include <nlohmann/json.hpp>

#include "topologies/guest/datagram.hpp"

namespace splitsite::guest {

namespace {

using Json = nlohmann::json;

std::optional<std::uint64_t> number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<std::string> text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

std::optional<Datagram> parse_datagram(std::string_view datagram) {
  const Json object = Json::parse(datagram, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  const auto vm = text(object, "vm");
  const auto boot = number(object, "boot");
  if (!vm || vm->empty() || !boot) return std::nullopt;
  const auto found_seq = number(object, "found_seq");
  const auto found_boot = number(object, "found_boot");
  if (found_seq && found_boot) return StartReport{*vm, *boot, *found_seq, *found_boot};
  const auto seq = number(object, "seq");
  const auto crc = number(object, "crc");
  if (seq && crc && *crc <= UINT32_MAX) {
    return WriteReport{*vm, *boot, *seq, static_cast<std::uint32_t>(*crc)};
  }
  if (const auto error = text(object, "error")) return ErrorReport{*vm, *boot, *error};
  return std::nullopt;
}

}  // namespace splitsite::guest
