#include "topologies/reference/ha_agent/core/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

#include "topologies/reference/rpc/strict_json.hpp"

namespace splitsite::reference::ha {
namespace {

constexpr int kParseVersion = 1;
constexpr int kFeatureVersion = 1;
constexpr std::string_view kEmptyCrc = "00000000";

enum Field {
  kParse,
  kFeature,
  kTimestamp,
  kHostId,
  kScore,
  kEngine,
  kHostname,
  kMaintenance,
  kStopped,
  kCrc,
  kSharedConfiguration,
  kConfigurationTime,
  kFields
};

Error unreadable(int host_id, std::string why) {
  return {.kind = ErrorKind::Invalid,
          .attempted = "read the metadata of host",
          .subject = fmt::format("{}", host_id),
          .why = std::move(why)};
}

std::string crc32_of(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return fmt::format("{:08x}", crc.checksum());
}

std::string_view without_padding(std::string_view text) {
  return text.substr(0, text.find_last_not_of('\0') + 1);
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool read_flag(std::string_view text, bool& into) {
  into = text == "1";
  return text == "0" || text == "1";
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string header_of(const Peer& host, std::string_view crc) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{:d}|{:d}|{}|1|0", kParseVersion, kFeatureVersion,
                     host.timestamp, host.host_id, host.score, to_json(host.engine), host.hostname,
                     host.maintenance, host.stopped, crc);
}

std::string for_people(const HostBlock& block) {
  const Peer& host = block.host;
  return fmt::format(
      "metadata_parse_version={}\nmetadata_feature_version={}\nhost-ts={}\nhost-id={}\nscore={}\n"
      "engine-status={}\nhostname={}\nmaintenance={}\nstate={}\nstopped={}\n",
      kParseVersion, kFeatureVersion, host.timestamp, host.host_id, host.score,
      to_json(host.engine), host.hostname, host.maintenance ? "True" : "False", block.state,
      host.stopped ? "True" : "False");
}

Result<void> check_checksum(int host_id, const std::vector<std::string_view>& fields) {
  std::string text;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += '|';
    text += i == kCrc ? kEmptyCrc : fields[i];
  }
  const std::string expected = crc32_of(text);
  if (fields[kCrc] == expected) return success();
  return unreadable(host_id, fmt::format("provided checksum {} does not match the data {}",
                                         fields[kCrc], expected));
}

// The version comes first and alone: a newer agent may have changed everything behind it.
Result<void> check_versions(int host_id, const std::vector<std::string_view>& fields) {
  int parse = 0;
  if (!read_number(fields[kParse], parse))
    return unreadable(host_id, fmt::format("no metadata version in \"{:.40}\"", fields[kParse]));
  if (parse > kFeatureVersion)
    return unreadable(host_id, fmt::format("metadata version {} is too new", parse));
  if (fields.size() != kFields)
    return unreadable(host_id, fmt::format("{} of {} fields", fields.size(), +kFields));
  int feature = 0;
  if (!read_number(fields[kFeature], feature) || feature < kParseVersion)
    return unreadable(host_id, fmt::format("metadata version {} is too old", fields[kFeature]));
  return success();
}

Result<Peer> read_fields(int host_id, const std::vector<std::string_view>& fields) {
  Peer peer{.hostname = std::string(fields[kHostname])};
  const bool read = read_number(fields[kTimestamp], peer.timestamp) &&
                    read_number(fields[kHostId], peer.host_id) &&
                    read_number(fields[kScore], peer.score) &&
                    read_flag(fields[kMaintenance], peer.maintenance) &&
                    read_flag(fields[kStopped], peer.stopped);
  if (!read) return unreadable(host_id, "a field is not the number it should be");
  if (peer.host_id != host_id)
    return unreadable(host_id, fmt::format("it is the block of host {}", peer.host_id));
  SPLITSITE_TRY(peer.engine, engine_status_from_json(std::string(fields[kEngine])));
  return peer;
}

}  // namespace

std::string to_json(const EngineStatus& status) {
  return nlohmann::json{{"vm", to_string(status.vm)},
                        {"health", to_string(status.health)},
                        {"detail", status.detail},
                        {"reason", status.reason}}
      .dump();
}

Result<EngineStatus> engine_status_from_json(const std::string& text) {
  const auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  EngineStatus status;
  rpc::StrictObject in(object);
  in.take_word("vm", status.vm, EngineVm::Up, EngineVm::Unknown);
  in.take_word("health", status.health, EngineHealth::Good, EngineHealth::Unknown);
  in.take("detail", status.detail);
  in.take("reason", status.reason);
  if (const std::string why = in.complaint(); !why.empty())
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read the engine's status",
                 .subject = text.substr(0, 80),
                 .why = why};
  return status;
}

Result<std::string> encode(const HostBlock& block) {
  std::string text = header_of(block.host, crc32_of(header_of(block.host, kEmptyCrc)));
  // '|' and line ends would shift every field behind them.
  const bool plain = block.host.hostname.find_first_of("|\n") == std::string::npos &&
                     to_json(block.host.engine).find('|') == std::string::npos;
  if (text.size() > kHeaderBytes || !plain)
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "write the metadata of host",
                 .subject = fmt::format("{}", block.host.host_id),
                 .why = fmt::format("the header does not fit: {} bytes", text.size())};
  text.resize(kHeaderBytes, '\0');
  text += for_people(block).substr(0, kBlockBytes - kHeaderBytes);
  text.resize(kBlockBytes, '\0');
  return text;
}

Result<std::optional<Peer>> decode_host_block(int host_id, std::string_view block) {
  if (block.size() != kBlockBytes)
    return unreadable(host_id, fmt::format("{} of {} bytes", block.size(), kBlockBytes));
  const std::string_view header = without_padding(block.substr(0, kHeaderBytes));
  if (header.empty()) return std::optional<Peer>();
  const auto fields = split(header, '|');
  SPLITSITE_TRY_VOID(check_versions(host_id, fields));
  SPLITSITE_TRY_VOID(check_checksum(host_id, fields));
  SPLITSITE_TRY(Peer peer, read_fields(host_id, fields));
  return std::optional<Peer>(std::move(peer));
}

std::string encode_global_block(bool maintenance) {
  std::string block = fmt::format("maintenance={:d}\n", maintenance);
  block.resize(kBlockBytes, '\0');
  return block;
}

Result<bool> decode_global_block(std::string_view block) {
  if (block.size() != kBlockBytes)
    return unreadable(0, fmt::format("{} of {} bytes", block.size(), kBlockBytes));
  const std::string_view text = without_padding(block);
  if (text.empty() || text == "maintenance=0\n") return false;
  if (text == "maintenance=1\n") return true;
  return unreadable(0, fmt::format("unknown text \"{:.40}\"", text));
}

Whiteboard read_whiteboard(std::string_view area, int own_host_id) {
  Whiteboard board;
  for (std::size_t at = 0; at + kBlockBytes <= area.size(); at += kBlockBytes) {
    const int host_id = static_cast<int>(at / kBlockBytes);
    const std::string_view block = area.substr(at, kBlockBytes);
    if (host_id == own_host_id) continue;
    if (host_id == 0) {
      const auto maintenance = decode_global_block(block);
      // As in H: a bad global block is said, and counts as no maintenance.
      if (maintenance)
        board.global_maintenance = maintenance.value();
      else
        board.unreadable[0] = maintenance.error().why;
      continue;
    }
    auto peer = decode_host_block(host_id, block);
    if (!peer)
      board.unreadable[host_id] = peer.error().why;
    else if (peer.value())
      board.peers.push_back(std::move(*peer.value()));
  }
  return board;
}

}  // namespace splitsite::reference::ha
