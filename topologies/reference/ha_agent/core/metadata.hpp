// The whiteboard on shared storage: one 4 KiB block per host at 4096 × host id, block 0 for what
// holds for all (fact 5.3). The format is ovirt-hosted-engine-ha's (lib/metadata.py,
// agent/hosted_engine.py): 512 bytes of "1|1|timestamp|host id|score|engine status as
// JSON|hostname|maintenance|stopped|crc32|shared configuration|configuration time", then key=value
// lines for people. Reading is strict: a torn or foreign block is an error, never half believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/result.hpp"
#include "topologies/reference/ha_agent/core/agent_state.hpp"

namespace splitsite::reference::ha {

inline constexpr std::size_t kBlockBytes = 4096;  // HOST_SEGMENT_BYTES
inline constexpr std::size_t kHeaderBytes = 512;  // METADATA_BLOCK_BYTES

// What a host tells the others of itself.
struct HostBlock {
  Peer host;
  std::string state;  // for people: "EngineUp"
};

// Exactly kBlockBytes. ErrorKind::Invalid if the header does not fit (a hostname of 400 letters).
Result<std::string> encode(const HostBlock& block);

// The block at `host_id`'s offset; an empty optional when nobody ever wrote there. ErrorKind::
// Invalid with the reason: wrong size, version, count of fields, checksum, or another host's block.
Result<std::optional<Peer>> decode_host_block(int host_id, std::string_view block);

std::string encode_global_block(bool maintenance);
// A block nobody wrote is no maintenance.
Result<bool> decode_global_block(std::string_view block);

// {"vm": "up", "health": "good", "detail": "Up", "reason": ""}
std::string to_json(const EngineStatus& status);
Result<EngineStatus> engine_status_from_json(const std::string& text);

// The whole area, block 0 first: what can be read of it, but for the agent's own block.
Whiteboard read_whiteboard(std::string_view area, int own_host_id);

}  // namespace splitsite::reference::ha
