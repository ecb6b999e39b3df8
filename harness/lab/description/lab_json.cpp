// lab.json, written and read. Each struct names its fields once, in fields(), for both directions,
// so that what is written can always be read back.
#include <fmt/format.h>

#include <cerrno>
#include <concepts>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <type_traits>

#include "harness/lab/description/lab_config.hpp"

namespace splitsite {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string_view word(SiteRole value) { return to_string(value); }
std::string_view word(NodeRole value) { return to_string(value); }
std::string_view word(DeadSpm value) { return to_string(value); }
std::string_view word(LinkKind kind) { return kind == LinkKind::Site ? "site" : "replication"; }

constexpr SiteRole last_of(SiteRole) { return SiteRole::Third; }
constexpr NodeRole last_of(NodeRole) { return NodeRole::Witness; }
constexpr DeadSpm last_of(DeadSpm) { return DeadSpm::Stuck; }
constexpr LinkKind last_of(LinkKind) { return LinkKind::Replication; }

template <class T>
constexpr bool is_id = false;
template <class Tag>
constexpr bool is_id<Id<Tag>> = true;
template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;

// "A U, to be read into or to be written from."
template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

void fields(auto& io, Is<SiteConfig> auto& it) {
  io("name", it.name);
  io("role", it.role);
}
void fields(auto& io, Is<NicConfig> auto& it) {
  io("device", it.device);
  io("network", it.network);
  io("mac", it.mac);
  io("address", it.address);
}
void fields(auto& io, Is<NodeConfig> auto& it) {
  io("name", it.name);
  io("role", it.role);
  io("site", it.site);
  io("memory_mib", it.memory_mib);
  io("vcpus", it.vcpus);
  io("host_id", it.host_id);
  io("spm_priority", it.spm_priority);
  io("nics", it.nics);
}
void fields(auto& io, Is<Impairment> auto& it) {
  io("delay_us", it.delay);
  io("jitter_us", it.jitter);
  io("loss_percent", it.loss_percent);
}
void fields(auto& io, Is<LinkConfig> auto& it) {
  io("kind", it.kind);
  io("first", it.first);
  io("second", it.second);
  io("first_to_second", it.first_to_second);
  io("second_to_first", it.second_to_first);
}
void fields(auto& io, Is<LeaseConfig> auto& it) {
  io("name", it.name);
  io("offset", it.offset);
}
void fields(auto& io, Is<VolumeConfig> auto& it) {
  io("vm", it.vm);
  io("offset", it.offset);
  io("size", it.size);
}
void fields(auto& io, Is<StorageConfig> auto& it) {
  io("domain", it.domain);
  io("iqn_prefix", it.iqn_prefix);
  io("serial", it.serial);
  io("lun_size", it.lun_size);
  io("lockspace_offset", it.lockspace_offset);
  io("leases", it.leases);
  io("volumes", it.volumes);
}
void fields(auto& io, Is<VmConfig> auto& it) {
  io("name", it.name);
  io("home", it.home);
  io("highly_available", it.highly_available);
  io("lease", it.lease);
  io("priority", it.priority);
  io("memory_mib", it.memory_mib);
  io("mac", it.mac);
  io("address", it.address);
}
void fields(auto& io, Is<AffinityGroupConfig> auto& it) {
  io("name", it.name);
  io("enforcing", it.enforcing);
  io("positive", it.positive);
  io("vms", it.vms);
  io("hosts", it.hosts);
}
void fields(auto& io, Is<TimingConfig> auto& it) {
  io("profile", it.profile);
  io("sanlock_io_timeout_ms", it.sanlock_io_timeout);
  io("vds_refresh_rate_ms", it.vds_refresh_rate);
  io("vds_connection_timeout_ms", it.vds_connection_timeout);
  io("vds_heartbeat_ms", it.vds_heartbeat);
  io("vds_attempts_to_reset_count", it.vds_attempts_to_reset_count);
  io("timeout_to_reset_vds_ms", it.timeout_to_reset_vds);
  io("delay_reset_for_spm_ms", it.delay_reset_for_spm);
  io("delay_reset_per_vm_ms", it.delay_reset_per_vm);
  io("number_vds_refreshes_before_try_to_start_unknown_vms",
     it.number_vds_refreshes_before_try_to_start_unknown_vms);
  io("number_vds_refreshes_before_retry_to_start_unknown_vms",
     it.number_vds_refreshes_before_retry_to_start_unknown_vms);
  io("storage_pool_refresh_time_ms", it.storage_pool_refresh_time);
  io("spm_command_fail_over_retries", it.spm_command_fail_over_retries);
  io("ha_restart_runner_interval_ms", it.ha_restart_runner_interval);
  io("ha_restart_short_retries", it.ha_restart_short_retries);
  io("ha_restart_short_interval_ms", it.ha_restart_short_interval);
  io("ha_restart_long_interval_ms", it.ha_restart_long_interval);
  io("max_rerun_vm_on_vds_count", it.max_rerun_vm_on_vds_count);
  io("storage_domain_failure_timeout_ms", it.storage_domain_failure_timeout);
  io("auto_recovery_interval_ms", it.auto_recovery_interval);
  io("affinity_rules_enforcement_initial_delay_ms", it.affinity_rules_enforcement_initial_delay);
  io("affinity_rules_enforcement_interval_ms", it.affinity_rules_enforcement_interval);
}
void fields(auto& io, Is<LabConfig> auto& it) {
  io("name", it.name);
  io("sites", it.sites);
  io("nodes", it.nodes);
  io("links", it.links);
  io("storage", it.storage);
  io("vms", it.vms);
  io("affinity_groups", it.affinity_groups);
  io("timing", it.timing);
  io("dead_spm", it.dead_spm);
  io("machine_address", it.machine_address);
  io("collector_address", it.collector_address);
  io("collector_port", it.collector_port);
  io("witness_address", it.witness_address);
  io("witness_port", it.witness_port);
  io("host_daemon_port", it.host_daemon_port);
  io("manager_port", it.manager_port);
}

class Writer {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    object_[key] = json(value);
  }
  template <class T>
  static Json json(const T& value) {
    if constexpr (is_id<T>) {
      return value.str();
    } else if constexpr (std::is_enum_v<T>) {
      return std::string(word(value));
    } else if constexpr (std::same_as<T, milliseconds>) {
      return value.count();
    } else if constexpr (std::same_as<T, Duration>) {
      return duration_cast<microseconds>(value).count();
    } else if constexpr (is_list<T>) {
      Json list = Json::array();
      for (const auto& item : value) list.push_back(json(item));
      return list;
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      return value;
    } else {
      Writer inner;
      fields(inner, value);
      return inner.object_;
    }
  }

 private:
  Json object_ = Json::object();
};

// Reads one object. The first complaint is kept with the path to the value it is about.
class Reader {
 public:
  Reader(const Json& object, std::string path, std::string& complaint)
      : object_(object), path_(std::move(path)), complaint_(complaint) {}

  template <class T>
  void operator()(const char* key, T& value) {
    known_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end()) return complain(at(key), "is missing");
    read(*found, at(key), value);
  }
  void refuse_unknown_keys() {
    for (const auto& entry : object_.items()) {
      if (known_.count(entry.key()) == 0) complain(at(entry.key()), "is not a known key");
    }
  }
  template <class T>
  void read(const Json& json, const std::string& path, T& value) {
    if constexpr (is_id<T>) {
      if (!json.is_string()) return complain(path, "is not text");
      value = T(json.template get<std::string>());
    } else if constexpr (std::is_enum_v<T>) {
      read_word(json, path, value);
    } else if constexpr (std::same_as<T, milliseconds>) {
      value = milliseconds(read_count(json, path));
    } else if constexpr (std::same_as<T, Duration>) {
      value = microseconds(read_count(json, path));
    } else if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) return complain(path, "is not true or false");
      value = json.template get<bool>();
    } else if constexpr (std::floating_point<T>) {
      if (!json.is_number()) return complain(path, "is not a number");
      value = json.template get<T>();
    } else if constexpr (std::integral<T>) {
      const std::int64_t whole = read_integer(json, path);
      if (!std::in_range<T>(whole)) return complain(path, "is out of range");
      value = static_cast<T>(whole);
    } else if constexpr (std::same_as<T, std::string>) {
      if (!json.is_string()) return complain(path, "is not text");
      value = json.template get<std::string>();
    } else if constexpr (is_list<T>) {
      read_list(json, path, value);
    } else {
      if (!json.is_object()) return complain(path, "is not an object");
      Reader inner(json, path, complaint_);
      fields(inner, value);
      inner.refuse_unknown_keys();
    }
  }

 private:
  std::string at(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  void complain(const std::string& path, std::string_view what) {
    if (complaint_.empty()) complaint_ = fmt::format("{} {}", path, what);
  }
  std::int64_t read_integer(const Json& json, const std::string& path) {
    if (!json.is_number_integer()) complain(path, "is not a whole number");
    return json.is_number_integer() ? json.get<std::int64_t>() : 0;
  }
  std::int64_t read_count(const Json& json, const std::string& path) {
    const std::int64_t count = read_integer(json, path);
    // A day: more is a mistake, and would overflow once it is nanoseconds.
    if (count < 0 || count > 86'400'000'000) complain(path, "is not a time between 0 and a day");
    return complaint_.empty() ? count : 0;
  }
  template <class Enum>
  void read_word(const Json& json, const std::string& path, Enum& value) {
    for (int i = 0; json.is_string() && i <= static_cast<int>(last_of(Enum{})); ++i) {
      if (json != std::string(word(static_cast<Enum>(i)))) continue;
      value = static_cast<Enum>(i);
      return;
    }
    complain(path, "is not one of its words");
  }
  template <class Item>
  void read_list(const Json& json, const std::string& path, std::vector<Item>& list) {
    if (!json.is_array()) return complain(path, "is not a list");
    list.clear();
    for (const Json& item : json) {
      list.emplace_back();
      read(item, fmt::format("{}[{}]", path, list.size() - 1), list.back());
    }
  }

  const Json& object_;
  std::string path_;
  std::string& complaint_;
  std::set<std::string> known_;
};

}  // namespace

std::string to_json(const LabConfig& config) { return Writer::json(config).dump(2) + "\n"; }

Result<LabConfig> lab_config_from_json(const std::string& text) {
  const Error error{.kind = ErrorKind::Invalid, .attempted = "read the lab description"};
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::string complaint;
  LabConfig config;
  if (!json.is_object()) {
    complaint = "it is not a JSON object";
  } else {
    Reader(json, "", complaint).read(json, "", config);
  }
  if (complaint.empty()) return config;
  Error result = error;
  result.why = complaint;
  return result;
}

Result<LabConfig> read_lab_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || !text) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "read the lab description",
                 .subject = path,
                 .why = errno_text(errno)};
  }
  auto config = lab_config_from_json(text.str());
  if (config) return config;
  Error error = config.error();
  error.subject = path;
  return error;
}

}  // namespace splitsite
